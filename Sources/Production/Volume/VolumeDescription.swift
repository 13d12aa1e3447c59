// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// What a volume says about itself: README, manifest and run record (export-formats sections 5.4,
/// 10.1).
struct VolumeDescription {
  let options: VolumeOptions
  let name: String
  let firstNumber: Int
  let tally: VolumeTally

  var first: String {
    tally.documents > 0 ? options.numbers.text(firstNumber) : ""
  }

  var last: String {
    tally.documents > 0 ? options.numbers.text(firstNumber + tally.documents - 1) : ""
  }

  /// The first and the last number that were left out before those of the volume; nil where they go on.
  ///
  /// Within an export they always do.
  private var gap: (first: String, last: String)? {
    guard let previous = options.previousNumber, firstNumber == options.numbers.start,
      tally.documents > 0, previous + 1 < firstNumber
    else { return nil }
    return (options.numbers.text(previous + 1), options.numbers.text(firstNumber - 1))
  }

  // MARK: Manifest

  /// The manifest with its own digest.
  func manifest(_ sums: ChecksumLists, previousManifestSHA256: String) -> JSONValue {
    let scope = options.scope
    var members: [String: JSONValue] = [
      "format": "custody-volume", "format_version": 1, "volume": .string(name),
      "date": .string(options.date.isoText),
      "profile": options.layout == .report ? "report" : "generic",
      "tool": [
        "name": .string(options.tool.name), "version": .string(options.tool.version),
        "commit": .string(options.tool.commit),
      ],
      "matter": .string(scope.matter), "producing_party": .string(scope.producingParty),
      "scope": [
        "everyone": .boolean(scope.hasEveryone), "custodians": JSONValue(scope.custodians),
        "projects": JSONValue(scope.projects), "sources": JSONValue(scope.sources),
        "from": JSONValue(scope.since), "to": JSONValue(scope.before),
        "zone": .string(options.zone.identifier), "query": .string(scope.query),
        "selection": .string(scope.selection),
        "selection_sha256": .string(scope.selectionSHA256), "loads": scope.loadValues,
      ],
      "options": optionValues, "dedupe": .string(scope.deduplication),
      "hash_algorithms": ["md5", "sha1", "sha256"],
      "counts": counts(sums),
      "bates": [
        "prefix": .string(options.numbers.prefix), "first": .string(first),
        "last": .string(last),
        "gaps": .array(gap.map { [["first": .string($0.first), "last": .string($0.last)]] } ?? []),
      ],
      "exceptions": counted(tally.exceptions),
      "files_sha256": .string(SHA256Digest(of: sums.sha256.span).hexadecimal),
      "tree": [
        "size": JSONValue(sums.tree.leafCount), "root": .string(sums.tree.root.hexadecimal),
      ],
      "integrity": [
        "documents_equal_texts": .boolean(tally.documents == tally.texts),
        "families_within_documents": .boolean(tally.families <= tally.documents),
      ],
      "previous_manifest_sha256": .string(previousManifestSHA256),
    ]
    members["manifest_id"] = .string(
      SHA256Digest(of: JSONValue.object(members).canonical).hexadecimal)
    return .object(members)
  }

  private var renderings: [String] {
    Rendering.allCases.filter { options.renderings.contains($0) }.map(\.rawValue)
  }

  var optionValues: JSONValue {
    var members: [String: JSONValue] = [
      "layout": .string(options.layout.rawValue),
      "message_bodies": .boolean(options.reportHasBodies),
      "renderings": JSONValue(renderings), "slicing": .string(options.slicing.description),
      "maximum_events": JSONValue(options.maximumEventCount),
      "maximum_documents": JSONValue(options.maximumDocumentCount),
      "extra_fields": JSONValue(options.effectiveExtraFields.map(\.rawValue)),
      "confidentiality": .string(options.confidentiality),
      "package": .string(options.package.description),
      "encryption": .string(options.passphrase == nil ? "none" : "aes256"),
      "signer": .string(options.evidence.signingKey?.publicKey.fingerprint ?? ""),
      "audit_proof": .boolean(options.evidence.proof != nil),
      "certification": .boolean(options.evidence.collections != nil),
    ]
    if options.reviewHead != nil { members["review_data"] = true }
    return .object(members.merging(options.loadFiles.values) { $1 })
  }

  private func counts(_ sums: ChecksumLists) -> JSONValue {
    [
      "documents": JSONValue(tally.documents), "families": JSONValue(tally.families),
      "messages": JSONValue(tally.selectedMessages),
      "context_messages": JSONValue(tally.contextMessages),
      "natives": JSONValue(tally.natives), "texts": JSONValue(tally.texts),
      "pages": JSONValue(tally.pages), "slip_sheets": JSONValue(tally.slipSheets),
      "withheld": JSONValue(tally.withheld), "redacted": JSONValue(tally.redacted),
      "suppressed_duplicates": JSONValue(tally.suppressedDuplicates),
      "substituted_characters": JSONValue(tally.substitutedCharacters),
      "files": JSONValue(sums.fileCount), "bytes": .integer(sums.byteCount),
      "record_types": counted(tally.recordTypes), "custodians": counted(tally.custodians),
    ]
  }

  private func counted(_ counts: [String: Int]) -> JSONValue {
    .object(counts.mapValues { JSONValue($0) })
  }

  // MARK: Run record

  /// The run record: what varies, where the caller gave it, and a digest of the rest.
  ///
  /// - Parameters:
  ///   - manifestSHA256: Of `manifest.json`.
  ///   - files: Other files of MANIFEST with their digests.
  /// - Returns: Canonical JSON.
  func runRecord(manifestSHA256: String, files: [String: String]) -> [UInt8] {
    var members: [String: JSONValue] = [
      "format_version": 1, "date": .string(options.date.isoText),
      "manifest_sha256": .string(manifestSHA256),
    ]
    if !files.isEmpty { members["files"] = .object(files.mapValues { .string($0) }) }
    if let run = options.runRecord {
      members["generated_at"] = JSONValue(run.generatedAt)
      members["operator"] = .string(run.operatorName)
      members["host"] = .string(run.host)
    }
    members["run_id"] = .string(SHA256Digest(of: JSONValue.object(members).canonical).hexadecimal)
    return Array(JSONValue.object(members).canonical.utf8)
  }

  // MARK: README

  /// The production letter's data as text, LF line ends.
  func readme() -> [UInt8] {
    let scope = options.scope
    var text = "Production volume \(name)\n\n"
    func line(_ label: String, _ value: String) {
      guard !value.isEmpty else { return }
      text += label + ": " + printable(value) + "\n"
    }
    func lines(_ counts: [String: Int]) {
      for (key, count) in counts.sorted(by: {
        $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
      }) {
        text += "  " + printable(key) + ": " + String(count) + "\n"
      }
    }
    line("Matter", scope.matter)
    line("Producing party", scope.producingParty)
    line("Date", options.date.isoText)
    line("Control numbers", first.isEmpty ? "none" : first + " to " + last)
    line("Numbers left out before it", gap.map { $0.first + " to " + $0.last } ?? "none")
    line("Documents", String(tally.documents))
    line("Families", String(tally.families))
    line("Messages", String(tally.selectedMessages))
    line("Context messages (shown, not counted as responsive)", String(tally.contextMessages))
    line("Withheld documents", String(tally.withheld))
    line("Redacted documents", String(tally.redacted))
    line("Slip sheets (content not in the capture)", String(tally.slipSheets))
    text += "\nDocuments by record type:\n"
    lines(tally.recordTypes)
    text += "\nDocuments by custodian:\n"
    lines(tally.custodians)
    text +=
      "\nExceptions (\(options.layout.exceptionsPath)):"
      + (tally.exceptions.isEmpty ? " none\n" : "\n")
    lines(tally.exceptions)
    text += "\n"
    line("Selection", scope.selection)
    if !scope.loads.isEmpty { text += "What was asked for when it was filled:\n" }
    for load in scope.loads { line("  Load \(load.number)", scope.text(of: load)) }
    line("SHA-256 of the selection", scope.selectionSHA256)
    line("Duplicates left out", scope.deduplication)
    line("Suppressed duplicates", String(tally.suppressedDuplicates))
    line("Time zone", options.zone.identifier)
    line("Slices", options.slicing.description)
    line("Confidentiality", options.confidentiality)
    text += options.layout == .report ? reportFiles : volumeFiles
    text += """
      MD5 and SHA-1 are identifiers. Integrity rests on SHA-256.

      Check
        sha256sum -c --strict --quiet MANIFEST/SHA256SUMS
        hashdeep -r -l -a -k MANIFEST/hashdeep.txt \(folders.joined(separator: " "))

      """
    if let key = options.evidence.signingKey?.publicKey {
      text += """

        Signatures of the lists in MANIFEST
          Key: \(key.fingerprint)
          \(key.line)
          A key that comes with what it signed proves nothing: compare it with the one that the
          producing party gave you by another way. Then, in MANIFEST:
          (printf 'signer namespaces="\(SSHSignature.namespace)" '; cat signer.pub) > /tmp/signers
          ssh-keygen -Y verify -f /tmp/signers -I signer -n \(SSHSignature.namespace) \
        -s SHA256SUMS.sig < SHA256SUMS
          minisign -V -p minisign.pub -m SHA256SUMS

        """
    }
    return Array(text.utf8)
  }

  private var reportFiles: String {
    """

    What the files are
      Items.csv      One row for each document.
      Messages.csv   One row for each message, with the control number of its transcript.
      Summary.csv, Settings.csv, Locations.csv, Statistics.csv
                     Totals, options, sources and accounts, hits by query, custodian and day.
      Errors.csv     What is lacking or was replaced.
      transcripts    One page for each slice of a conversation.
      natives        Of a conversation: the captured record, without the messages that lie in
                     other slices or outside the selection; every message keeps its bytes. Of a
                     file: its bytes, or its extracted text where a capture holds no more. Of an
                     artifact: its text.
      text           One UTF-8 text for each document.
    Values that a spreadsheet would run as formulas are preceded by an apostrophe.

    """ + (hasLogs ? reportLogs : "")
  }

  private var reportLogs: String {
    """
      LOGS           privilege-log: what is withheld or redacted; redaction-log.csv: what is blacked
                     out. Of a withheld document and of a redacted one there is no native file;
                     their digests are of the source, and what is blacked out is in no file.

    """
  }

  private var hasLogs: Bool { tally.withheld > 0 || tally.redacted > 0 }

  private var volumeFiles: String {
    var text = "\nLoad files\n"
    func line(_ label: String, _ value: String) {
      text += label + ": " + printable(value) + "\n"
    }
    line("  DATA/\(name).dat", "Concordance, encoding " + options.loadFiles.encoding.rawValue)
    line("  Field separator", "U+0014")
    line("  Text qualifier", "U+00FE")
    line("  New line inside a value", "U+00AE")
    line("  Several values", "separated by ;")
    line("  Dates", options.loadFiles.dateFormat.rawValue)
    line(
      "  DATA/\(name).csv",
      "RFC 4180, UTF-8; values that a spreadsheet would run as formulas are "
        + (options.loadFiles.csvIsRaw ? "left as they are" : "preceded by an apostrophe"))
    if options.reviewHead != nil {
      line(
        "  " + ReviewDataScanner.path(volumeName: name),
        "the review set with tags, notes and history, for custody import; not for other parties")
    }
    if let version = options.edrmVersion {
      line("  DATA/\(name)-edrm.xml", "EDRM XML 1." + version.rawValue)
      line("  DATA/\(name)-edrm.xsd", "the schema that it follows")
    }
    text += """

      What the files are
        NATIVES  Of a conversation: the captured record, without the messages that lie in other
                 slices or outside the selection; every message keeps its bytes. Of a file: its
                 bytes, or its extracted text where a capture holds no more. Of an artifact: its
                 text.
        TEXT     One UTF-8 text for each document.

      """
    if tally.records > 0 {
      text += """
          RECORDS  Captured records of which a native file holds only a part, whole: also their
                   messages outside of the set. For custody import; not for other parties.

        """
    }
    if options.renderings.contains(.html) { text += "  HTML     One page for each slice.\n" }
    if let version = options.rsmfVersion {
      text += "  RSMF     One short message file for each slice, version \(version.rawValue).\n"
    }
    if options.renderings.contains(.eml) {
      text += "  EML      One mail message for each slice, its files attached.\n"
    }
    if options.renderings.contains(.viewer) {
      text += "  index.html  All documents, to be browsed and searched in a browser; no network.\n"
    }
    text += """
        LOGS     exceptions.csv lists what is lacking or was replaced, bates-log.csv the numbers;
                 privilege-log what is withheld or redacted, redaction-log.csv what is blacked out.
                 Of a withheld document and of a redacted one there is no native file; their digests
                 are of the source, and what is blacked out is in no file.

      """
    return text
  }

  // What lies at the top of a volume with documents, but for MANIFEST.
  private var folders: [String] {
    if options.layout == .report {
      var names = ReportIntake.names + ReportTables.names + ["README.txt"]
      if tally.texts > 0 { names.append("text") }
      if tally.natives > 0 { names.append("natives") }
      if tally.families > 0 { names.append("transcripts") }
      if hasLogs { names.append("LOGS") }
      return Set(names).sorted()
    }
    var names = ["DATA", "LOGS", "README.txt"]
    if options.renderings.contains(.viewer) { names.append(ViewerPage.path) }
    if tally.texts > 0 { names.append("TEXT") }
    if tally.natives > 0 { names.append("NATIVES") }
    if tally.records > 0 { names.append("RECORDS") }
    if tally.families > 0 {
      if options.renderings.contains(.html) { names.append("HTML") }
      if options.rsmfVersion != nil { names.append("RSMF") }
      if options.renderings.contains(.eml) { names.append("EML") }
    }
    return names.sorted()
  }

  // Values come from people and captures: no line of the README may be forged by one.
  private func printable(_ value: String) -> String {
    String(
      String.UnicodeScalarView(
        value.unicodeScalars.map { $0.isUnseen ? " " : $0 }))
  }
}

extension JSONValue {
  /// The member `manifest_id`; empty where there is none.
  var manifestID: String {
    guard case .object(let members) = self, case .string(let id)? = members["manifest_id"] else {
      return ""
    }
    return id
  }
}

extension VolumePackage: CustomStringConvertible {
  package var description: String {
    switch self {
    case .folder: "folder"
    case .bagit: "bagit"
    case .zip(.store): "zip:store"
    case .zip(.deflate(let level)): "zip:deflate:\(level)"
    case .tarZstandard(let level): "tar.zst:\(level)"
    }
  }

  /// Reads ``description``; nil for anything else.
  init?(description text: String) {
    let parts = text.split(separator: ":")
    let level = parts.last.flatMap { Int($0) } ?? 0
    switch (parts.first, parts.count) {
    case ("folder", 1): self = .folder
    case ("bagit", 1): self = .bagit
    case ("zip", 2) where parts[1] == "store": self = .zip(.store)
    case ("zip", 3) where parts[1] == "deflate" && (1...9).contains(level):
      self = .zip(.deflate(level: level))
    case ("tar.zst", 2) where (1...19).contains(level): self = .tarZstandard(level: level)
    default: return nil
    }
  }
}
