// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// Checks the load files against the files and the manifest (export-formats section 1.6,
/// invariants 1 to 6).
enum LoadFileChecks {
  static func run(
    _ contents: VolumeContents, manifest: JSONValue?, report: inout VerificationReport
  ) {
    let facts = contents.loadFile
    report.problems += facts.defects
    guard facts.hasConcordance else {
      if let name = manifest?["volume"]?.stringValue {
        report.note(.missing, "DATA/\(name).dat", "the volume has no load file")
      }
      return
    }
    checkNumbers(facts.records, &report)
    checkFamilies(facts.records, &report)
    checkFiles(facts.records, contents, &report)
    if let count = facts.csvRecordCount, facts.defects.isEmpty,
      count != facts.records.count + 1
    {
      report.note(
        .inconsistent, "DATA", "the CSV has \(count) lines, the DAT \(facts.records.count + 1)")
    }
    if let manifest { checkForm(manifest, facts, &report) }
    if let edrm = facts.edrm { EDRMChecks.run(edrm, contents, &report) }
    ReviewChecks.run(contents, manifest: manifest, &report)
    if let manifest {
      checkManifest(manifest, contents, &report)
      LogChecks.run(
        facts.records.map {
          LogChecks.Document(
            number: $0.begin, isWithheld: $0.isWithheld, isRedacted: $0.isRedacted)
        }, contents, manifest: manifest, report: &report)
    }
  }

  // Who receives a volume sets an importer by what the manifest says of its load files.
  private static func checkForm(
    _ manifest: JSONValue, _ facts: LoadFileFacts, _ report: inout VerificationReport
  ) {
    guard let form = manifest["options"].flatMap(LoadFileForm.init) else {
      report.note(
        .malformed, "MANIFEST/manifest.json", "it does not tell how the load files are written")
      return
    }
    if let encoding = facts.encoding, encoding != form.encoding {
      report.note(
        .inconsistent, "DATA",
        "the DAT is in \(encoding.rawValue), the manifest says \(form.encoding.rawValue)")
    }
    if facts.csvRecordCount != nil, facts.csvHasMark != form.csvHasMark {
      report.note(
        .inconsistent, "DATA",
        "the CSV \(facts.csvHasMark ? "has a" : "has no") byte order mark, the manifest says otherwise"
      )
    }
  }

  // Invariant 6.
  private static func checkNumbers(
    _ records: [LoadFileRecord], _ report: inout VerificationReport
  ) {
    var previous = ""
    for record in records {
      if !previous.isEmpty, !previous.utf8.lexicographicallyPrecedes(record.begin.utf8) {
        report.note(.inconsistent, record.begin, "control numbers do not rise")
      }
      if record.begin != record.end {
        report.note(.inconsistent, record.begin, "ENDDOC is not BEGDOC")
      }
      previous = record.end
    }
  }

  // Invariant 5: a family is its parent and the records right after it.
  private static func checkFamilies(
    _ records: [LoadFileRecord], _ report: inout VerificationReport
  ) {
    var index = 0
    while index < records.count {
      let parent = records[index]
      var end = index + 1
      while end < records.count, records[end].parent == parent.begin { end += 1 }
      let family = records[index..<end]
      if !parent.parent.isEmpty {
        report.note(.inconsistent, parent.begin, "its parent does not stand before it")
      }
      if parent.children.map(String.init) != family.dropFirst().map(\.begin) {
        report.note(.inconsistent, parent.begin, "ATTACHIDS are not the family's children")
      }
      for member in family
      where member.familyBegin != parent.begin || member.familyEnd != records[end - 1].end {
        report.note(
          .inconsistent, member.begin, "BEGATTACH and ENDATTACH do not span the family")
      }
      index = end
    }
  }

  // Invariants 3 and 4, and the text of each document from invariant 1.
  private static func checkFiles(
    _ records: [LoadFileRecord], _ contents: VolumeContents, _ report: inout VerificationReport
  ) {
    var references: [String: String] = [:]
    references.reserveCapacity(contents.entries.count)
    var namedCount = 0
    for record in records {
      var native: VolumeContents.Entry?
      for (place, path) in record.paths.enumerated() where !path.isEmpty {
        let entry = contents.entries[path]
        if place == 0 { native = entry }
        if let other = references.updateValue(record.begin, forKey: path) {
          report.note(.inconsistent, path, "both \(other) and \(record.begin) name it")
        } else if entry != nil, isNamed(path) {
          namedCount += 1
        }
        // A listed file that is gone is reported as such already.
        if entry == nil, !contents.unreadable.contains(path) {
          report.note(.missing, path, "\(record.begin) names it")
        }
      }
      if record.paths[1].isEmpty {
        report.note(.inconsistent, record.begin, "it has no text")
      }
      guard let native else {
        let isLeftOut = record.isWithheld || record.isRedacted
        if record.paths[0].isEmpty, record.exception.isEmpty, !isLeftOut {
          report.note(.inconsistent, record.begin, "it has neither a native nor an exception")
        }
        continue
      }
      if record.isWithheld || record.isRedacted {
        report.note(
          .inconsistent, record.paths[0],
          "\(record.begin) is withheld or redacted, its native is not")
      }
      let digests = native.digests
      if !digests.hasSHA256(record.sha256.utf8.span) || !digests.hasMD5(record.md5.utf8.span)
        || !digests.hasSHA1(record.sha1.utf8.span) || record.fileSize != String(native.byteCount)
      {
        report.note(
          .inconsistent, record.paths[0], "the load file gives \(record.begin) other digests")
      }
    }
    // As a rule each of them is named, and then there is no need to look for others.
    guard namedCount != contents.entries.keys.count(where: isNamed) else { return }
    let unnamed = contents.entries.keys.filter { references[$0] == nil && isNamed($0) }
    for path in unnamed.sorted() {
      report.note(.inconsistent, path, "no record of the load file names it")
    }
  }

  // Whether a record must name a file of that path.
  private static func isNamed(_ path: String) -> Bool {
    folders.contains { path.hasPrefix($0) }
  }

  private static let folders = ["NATIVES/", "TEXT/", "HTML/", "RSMF/", "EML/"]

  // Invariant 1, and the numbers of the manifest.
  private static func checkManifest(
    _ manifest: JSONValue, _ contents: VolumeContents, _ report: inout VerificationReport
  ) {
    let records = contents.loadFile.records
    var payloadByteCount: Int64 = 0
    var payloadCount = 0
    for (path, entry) in contents.entries where !path.hasPrefix("MANIFEST/") {
      payloadCount += 1
      payloadByteCount += entry.byteCount
    }
    func count(under folder: String) -> Int {
      contents.entries.keys.count { $0.hasPrefix(folder) }
    }
    let found: [(String, Int)] = [
      ("documents", records.count),
      ("families", records.count { $0.parent.isEmpty }),
      ("messages", records.reduce(0) { $0 + $1.messageCount }),
      ("context_messages", records.reduce(0) { $0 + $1.contextCount }),
      ("withheld", records.count(where: \.isWithheld)),
      ("redacted", records.count(where: \.isRedacted)), ("natives", count(under: "NATIVES/")),
      ("texts", count(under: "TEXT/")),
      ("files", payloadCount), ("bytes", Int(payloadByteCount)),
    ]
    for (name, value) in found
    where manifest["counts"]?[name]?.integerValue != Int64(value) {
      let told = manifest["counts"]?[name]?.integerValue.map(String.init) ?? "nothing"
      report.note(
        .inconsistent, "MANIFEST/manifest.json", "counts.\(name) is \(told), found \(value)")
    }
    let types = Dictionary(grouping: records, by: \.recordType).mapValues(\.count)
    if manifest["counts"]?["record_types"]?.countValues != types {
      report.note(.inconsistent, "MANIFEST/manifest.json", "counts.record_types differ")
    }
    let bates = manifest["bates"]
    if bates?["first"]?.stringValue != records.first?.begin ?? ""
      || bates?["last"]?.stringValue != records.last?.end ?? ""
    {
      report.note(.inconsistent, "MANIFEST/manifest.json", "the range of control numbers differs")
    }
    if case .array(let gaps)? = bates?["gaps"] {
      let isSound = gaps.allSatisfy { gap in
        guard let first = gap["first"]?.stringValue, let last = gap["last"]?.stringValue else {
          return false
        }
        return first <= last && last < records.first?.begin ?? ""
      }
      if !isSound {
        report.note(
          .inconsistent, "MANIFEST/manifest.json", "a gap does not lie before the control numbers")
      }
    }
    if let name = manifest["volume"]?.stringValue {
      var wanted = [
        "DATA/\(name).dat", "DATA/\(name).csv", "README.txt", LogIntake.exceptions,
        LogIntake.numbers,
      ]
      if records.contains(where: { $0.isWithheld || $0.isRedacted }) {
        wanted += ["LOGS/privilege-log.csv", "LOGS/privilege-log.html"]
      }
      if records.contains(where: \.isRedacted) { wanted.append("LOGS/redaction-log.csv") }
      for path in wanted
      where contents.entries[path] == nil && !contents.unreadable.contains(path) {
        report.note(.missing, path, "every volume has this file")
      }
    }
  }
}
