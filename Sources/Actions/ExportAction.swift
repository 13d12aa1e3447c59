// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
package import Model
package import Production
package import Store

/// What an export is to be, beside the set.
package struct ExportRequest: Sendable {
  /// Where the volume goes: `VOL001`, `VOL001.zip` or `VOL001.tar.zst` in a folder.
  package var output: String
  package var package: VolumePackage
  /// Signs the lists of the volume; nil signs nothing.
  package var signingKey: SigningKey?
  /// Whether the volume shows that the export stands in the audit log; it then differs from run to
  /// run.
  package var hasProof = false
  /// Whether the volume has a data sheet for a certification.
  package var hasCertification = false
  package var layout = VolumeLayout.volume
  /// Whether the messages of a report come with their words.
  package var reportHasBodies = false
  /// Encrypts a zip; nil encrypts nothing.
  package var passphrase: String?
  /// The most documents in a volume; more make further volumes.
  package var maximumDocumentCount = VolumeOptions.defaultMaximumDocumentCount
  package var renderings: Set<Rendering> = [.html]
  package var slicing: Slicing = .day
  package var zone: RunZone = .utc
  package var prefix: String?
  package var start: Int?
  package var date: CivilDate?
  package var includesContext = true
  /// Which equal conversations are left out.
  package var deduplication = DeduplicationScope.none
  /// A designation such as `CONFIDENTIAL`; empty for none.
  package var confidentiality = ""
  package var loadFiles = LoadFileForm()
  /// Further columns of the load files.
  package var extraFields: [ExtraField] = []
  /// Whether the volume carries what another store needs to make the set again.
  package var includesReviewData = false
  package var replacesExisting = false
  /// Whether volumes are read back and checked before the export counts as complete.
  package var isVerified = true

  package init(output: String, package: VolumePackage) {
    self.output = output
    self.package = package
  }

  /// Tells apart the runs of control numbers of one set.
  ///
  /// Other copies left out, other slices or no context give other documents, and a number stands for
  /// one document for ever (export-formats sections 5.5, 12.1).
  var numberVariant: String {
    var parts: [String] = []
    if deduplication != .none { parts.append(deduplication.rawValue) }
    if slicing != .day { parts.append(slicing.description) }
    if slicing == .day, zone.identifier != "UTC" { parts.append(zone.identifier) }
    if !includesContext { parts.append("no-context") }
    return parts.map { "/" + $0 }.joined()
  }
}

/// What an export wrote.
package struct ExportResult: Sendable {
  /// Nil of a rehearsal, which leaves no export behind.
  package var id: ObjectID?
  /// Of the control numbers.
  package var prefix: String
  package var reports: [VolumeReport]
}

/// Produces a review set as a volume.
package struct ExportAction {
  private let store: Store
  private let actor: AuditActor

  package init(store: Store, actor: AuditActor) {
    self.store = store
    self.actor = actor
  }

  /// Writes the volume, complete under its final name or not at all.
  ///
  /// The same set gets the same control numbers whenever it is exported: the ledger keeps them by
  /// the digest of the set's frozen list. While it runs nobody adds to the set or codes it, so that all
  /// of it is produced in one state.
  ///
  /// - Parameters:
  ///   - set: The set.
  ///   - request: What is to be made of it.
  ///   - progress: Called with the path of each volume before it is read back and checked.
  /// - Returns: What was written.
  /// - Throws: `StoreError`, `ProductionError`; `StoreError` with `.damaged` when a volume is not what
  ///   it should be. It stays where it is and keeps its control numbers.
  package func run(
    _ set: ReviewSet, _ request: ExportRequest, progress: (String) throws -> Void = { _ in }
  ) throws -> ExportResult {
    let locks = try [
      store.lockJob("export-" + set.matter.id.text, as: actor),
      store.lockJob("review-" + set.id.text, as: actor),
    ]
    return try withExtendedLifetime(locks) {
      try export(set, request, target: store, isRehearsal: false, progress: progress)
    }
  }

  /// Renders the volume as ``run(_:_:)`` does and tells what it would be; writes nothing, neither
  /// into the store nor beside it, and takes no lock.
  ///
  /// - Throws: `StoreError`, `ProductionError`.
  package func rehearse(_ set: ReviewSet, _ request: ExportRequest) throws -> ExportResult {
    var result = try export(set, request, target: store.rehearsal(), isRehearsal: true) { _ in }
    result.id = nil
    return result
  }

  private func export(
    _ set: ReviewSet, _ request: ExportRequest, target: some ChangeTarget, isRehearsal: Bool,
    progress: (String) throws -> Void
  ) throws -> ExportResult {
    try check(request)
    var selection = try Selection(store, set)
    guard !selection.isEmpty else {
      throw StoreError(
        .denied, "the review set \(set.name) holds nothing; add items with custody review add")
    }
    let output = URL(fileURLWithPath: request.output).standardizedFileURL
    let folder = output.deletingLastPathComponent().path
    let name = try volumeName(output.lastPathComponent, request.package)
    try VolumeExporter.requireFree(
      folder + "/" + output.lastPathComponent, replacing: request.replacesExisting)
    let duplicates = try SuppressedCopies(
      store, set, selection, scope: request.deduplication,
      needsContainers: request.extraFields.contains { $0 == .inclusive || $0 == .includedIn })
    selection.variant = request.numberVariant + duplicates.numberVariant
    let (record, numbers, isNew, previous) = try target.change(as: actor) { change in
      let matter = try change.catalog.matter(key: set.matter.key)
      let prefix = request.prefix ?? matter.controlPrefix
      // The lock of the case keeps what is free now free until the volume binds it.
      let given = try change.catalog.controlNumber(
        of: selection.document(1), in: set, prefix: prefix)
      let first =
        try given
        ?? change.catalog.nextControlNumber(of: matter, prefix: prefix, start: request.start)
      let numbers = try ControlNumbers(prefix: prefix, start: first)
      let record = try change.startExport(
        of: set, volume: name, output: output.path, prefix: prefix,
        options: [
          "selection_sha256": .string(selection.digest.hexadecimal),
          "first_number": JSONValue(first),
          "package": .string(request.package.description),
          "encryption": .string(request.passphrase == nil ? "none" : "aes256"),
          "maximum_documents": JSONValue(request.maximumDocumentCount),
          "signer": .string(request.signingKey?.publicKey.fingerprint ?? ""),
          "layout": .string(request.layout.rawValue),
          "renderings": JSONValue(request.renderings.map(\.rawValue).sorted()),
          "slicing": .string(request.slicing.description),
          "zone": .string(request.zone.identifier),
          "context": .boolean(request.includesContext),
          "dedupe": .string(request.deduplication.rawValue),
          "fields": JSONValue(request.extraFields.map(\.rawValue).sorted()),
          "review_data": .boolean(request.includesReviewData),
          "confidentiality": .string(request.confidentiality),
          "load_files": .object(request.loadFiles.values),
        ])
      let previous = try change.catalog.lastControlNumber(
        of: matter, prefix: prefix, before: first)
      return (record, numbers, given == nil, previous)
    }
    do {
      let evidence = try evidence(for: record, of: set, request, isRehearsal: isRehearsal)
      let reports = try write(
        selection, without: duplicates, of: set, request, name: name, folder: folder,
        numbers: numbers, previous: previous, evidence: evidence, isRehearsal: isRehearsal
      ) { range in
        try bind(
          range, of: set, record, numbers, isNew: isNew, target: target,
          document: { selection.document($0 - numbers.start + 1) })
      } willRemove: { paths in
        try target.change(as: actor) { try $0.noteRemoval(of: record, paths) }
      }
      if request.isVerified, !isRehearsal { try verify(reports, request, progress) }
      try complete(record, reports, target: target)
      return ExportResult(id: record.id, prefix: record.prefix, reports: reports)
    } catch {
      try? target.change(as: actor) { change in
        try change.failExport(record, reason: String(describing: type(of: error)))
      }
      throw error
    }
  }

  private func write(
    _ selection: Selection, without duplicates: SuppressedCopies, of set: ReviewSet,
    _ request: ExportRequest, name: String, folder: String, numbers: ControlNumbers,
    previous: Int?, evidence: VolumeEvidence, isRehearsal: Bool,
    willPublish: @escaping (ClosedRange<Int>) throws -> Void,
    willRemove: @escaping ([String]) throws -> Void
  ) throws -> [VolumeReport] {
    let tool = ToolIdentity(name: Program.name, version: Program.version)
    var options = VolumeOptions(
      numbers: numbers, date: request.date ?? selection.lastLoad.utcDate, tool: tool)
    options.volumeName = name
    options.package = request.package
    options.previousNumber = previous
    options.evidence = evidence
    options.layout = request.layout
    options.reportHasBodies = request.reportHasBodies
    options.passphrase = request.passphrase
    options.maximumDocumentCount = request.maximumDocumentCount
    options.renderings = request.renderings
    options.slicing = request.slicing
    options.zone = request.zone
    options.replacesExisting = request.replacesExisting
    options.isRehearsal = isRehearsal
    options.scope.matter = set.matter.name
    options.scope.selection = set.name
    options.scope.selectionSHA256 = selection.digest.hexadecimal
    options.scope.deduplication = request.deduplication.rawValue
    options.extraFields = request.extraFields
    options.confidentiality = request.confidentiality
    options.loadFiles = request.loadFiles
    // A query may be made of the very words that are blacked out.
    let hasRedactions = try store.read { try $0.redactionCount(of: set) } > 0
    options.scope.isSilent = hasRedactions
    options.scope.loads = try store.read { catalog in
      try selection.loads.map { try ProductionLoad($0, isSilent: hasRedactions, in: catalog) }
    }
    if request.includesReviewData {
      options.reviewHead = try store.read { catalog in
        try catalog.reviewDefinition(of: set, isSilent: hasRedactions).flatMap(\.bytes)
      }
      if let head = options.reviewHead, let fault = ReviewDataScanner.fault(inHead: head.span) {
        throw StoreError(
          .failure,
          "\(fault): the review set \(set.name) has more tags, loads and acts of coding than custody "
            + "import takes; export it without --review-data")
      }
    }
    let source = try SetSource(
      store, set, selection, includesContext: request.includesContext, duplicates: duplicates,
      hasReviewData: request.includesReviewData)
    return try VolumeExporter(options).write(
      source, to: folder, willPublish: willPublish, willRemove: willRemove)
  }

  /// Reads volumes back from where they lie.
  private func verify(
    _ reports: [VolumeReport], _ request: ExportRequest, _ progress: (String) throws -> Void
  ) throws {
    for volume in reports {
      try progress(volume.path)
      let found = try VolumeVerifier.verify(
        volume.path, passphrase: request.passphrase,
        signers: request.signingKey.map { [$0.publicKey] } ?? [])
      guard let problem = found.problems.first else { continue }
      throw StoreError(
        .damaged,
        "the volume \(volume.path) does not verify (\(problem)); do not hand it over, check the disk, "
          + "and export again with --force; where it comes back, report it as a defect",
        objects: [volume.path])
    }
  }

  /// Binds the numbers of a volume to its documents before anybody can see it: whatever happens then,
  /// no other document gets one of them.
  private func bind(
    _ range: ClosedRange<Int>, of set: ReviewSet, _ record: ExportRecord,
    _ numbers: ControlNumbers, isNew: Bool, target: some ChangeTarget,
    document: @escaping (Int) -> String
  ) throws {
    try target.change(as: actor) { change in
      try change.notePublication(of: record, range)
      let bound = try change.allocateControlNumbers(
        for: range.lazy.map(document), of: set, prefix: numbers.prefix,
        start: isNew && range.lowerBound == numbers.start ? numbers.start : nil)
      guard let wrong = zip(bound, range).first(where: { $0 != $1 }) else { return }
      throw StoreError(
        .exists,
        "\(numbers.text(wrong.1)), the next control number of the review set \(set.name), belongs to "
          + "another document, since an earlier export of the set numbered fewer; export it under "
          + "another prefix with --prefix")
    }
  }

  /// What can be told before anything is written.
  private func check(_ request: ExportRequest) throws {
    _ = try ControlNumbers(
      prefix: request.prefix ?? ControlNumbers.defaultPrefix, start: request.start ?? 1)
    // A set that comes back must be whole.
    guard request.includesReviewData else { return }
    guard request.layout == .volume, request.includesContext, request.deduplication == .none else {
      throw StoreError(
        .usage,
        "review data needs the whole set in a volume: no report, no context or copies left out")
    }
  }

  // A rehearsal leaves no event that could be proven.
  private func evidence(
    for record: ExportRecord, of set: ReviewSet, _ request: ExportRequest, isRehearsal: Bool
  ) throws -> VolumeEvidence {
    var evidence = VolumeEvidence()
    evidence.signingKey = request.signingKey
    try store.read { catalog in
      if request.hasProof, !isRehearsal {
        evidence.proof = try AuditTree.proof(of: record, in: catalog, key: request.signingKey)
      }
      guard request.hasCertification else { return }
      evidence.collections = try catalog.runs(behind: set).map { run in
        VolumeEvidence.Collection(
          source: run.sourceName, method: run.kind.rawValue, operatorName: run.account,
          started: run.started, finished: run.finished, firstRecord: run.counts.firstRecord,
          lastRecord: run.counts.lastRecord, recordCount: run.counts.kept,
          exceptionCount: run.counts.exceptions)
      }
    }
    return evidence
  }

  private func complete(
    _ record: ExportRecord, _ reports: [VolumeReport], target: some ChangeTarget
  ) throws {
    let numbers = reports.compactMap(\.numbers)
    guard
      let digest = reports.last.flatMap({ SHA256Digest(hexadecimal: $0.manifestSHA256) })
    else { throw StoreError(.failure, "the volume has no manifest") }
    var range: ClosedRange<Int>?
    if let first = numbers.first, let last = numbers.last {
      range = first.lowerBound...last.upperBound
    }
    try target.change(as: actor) { change in
      try change.completeExport(
        record,
        ExportOutcome(
          numbers: range, documentCount: range?.count ?? 0,
          byteCount: reports.map(\.byteCount).reduce(0, +), manifestDigest: digest))
    }
  }

  private func volumeName(_ file: String, _ package: VolumePackage) throws -> String {
    let ending = package.fileExtension
    let name = String(file.dropLast(ending.count))
    guard file.hasSuffix(ending), VolumeExporter.isVolumeName(name) else {
      throw StoreError(
        .usage,
        "the output must be named after its volume, 2 to 10 letters and 3 digits, such as "
          + "VOL001\(ending)")
    }
    return name
  }
}
