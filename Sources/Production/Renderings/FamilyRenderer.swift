// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// Makes every file and record of a family.
///
/// Pure: the same family and options, the same bytes.
struct FamilyRenderer: Sendable {
  let options: VolumeOptions
  let volumeName: String
  let designation: Designation
  let concordance: ConcordanceEncoder
  let csv: CSVEncoder
  let report = CSVEncoder(neutralisesFormulas: true)
  private let packing: MemberPacking?

  init(_ options: VolumeOptions, volumeName: String) {
    self.options = options
    self.volumeName = volumeName
    designation = Designation(options.confidentiality)
    concordance = ConcordanceEncoder(options.loadFiles)
    csv = CSVEncoder(neutralisesFormulas: !options.loadFiles.csvIsRaw)
    packing =
      options.isRehearsal ? nil : MemberPacking(options.package, passphrase: options.passphrase)
  }

  func render(_ plan: FamilyPlan) throws -> RenderedFamily {
    var result = RenderedFamily()
    let native = try plan.native()
    let nativeDigests = FileDigests(of: native.span, withSHA1: true)
    let children = try plan.children.enumerated().map { position, child in
      try ChildDocument(
        child: child, file: plan.file(child), source: plan.sourceFile(child),
        number: plan.firstNumber + 1 + position,
        position: plan.firstPosition + 1 + position)
    }
    let events = events(of: plan, children: children)
    let facts = FamilyFacts(plan, events: events, nativeDigests: nativeDigests, children: children)

    var row = parentRow(plan, facts, children)
    fillNative(&row, byteCount: native.count, nativeDigests)
    if !plan.withholdsNative {
      row[.nativePath] = add(
        native, nativeDigests, .natives, "json", plan.firstNumber, plan.firstPosition, &result)
    }
    var problems = parentProblems(plan)
    let number = options.numbers.text(plan.firstNumber)
    var text = TranscriptText(designation)
    if let claim = plan.treatment.claim {
      text.append(plain: withheldSheet(number, claim))
      row[.pageCount] = "1"
    } else {
      for event in events { text.append(event) }
    }
    noteText(text, number, plan.unit.nativeID, plan, &problems)
    row[.textPath] = add(
      text.bytes, FileDigests(of: text.bytes.span), .text, "txt", plan.firstNumber,
      plan.firstPosition, &result)
    let page = page(plan, events, facts, nativeSHA256: nativeDigests.sha256)
    if options.renderings.contains(.html) {
      row[extra: .htmlPath] = add(
        page, FileDigests(of: page.span), .html, "html", plan.firstNumber, plan.firstPosition,
        &result)
    }
    try renderMessages(plan, events, children, facts, text, page, &row, &result)
    treat(&row, plan, reasons: plan.treatment.redactions.map(\.reason))
    try finish(
      row, problems, number: number, sourceID: plan.unit.nativeID, plan, facts, filesFrom: 0,
      ViewerContent(tags: viewerTags(of: plan.slice.items, in: plan), events: events), &result)
    logRedactions(plan, facts, native: nativeDigests.sha256, text: text.bytes, &result)
    logPrivilege(row, plan, facts, number, plan.treatment.redactions, &result)
    for child in children { try render(child, of: plan, facts, &result) }

    for event in plan.slice.items {
      switch plan.produced.selection[event] {
      case .selected: result.tally.selectedMessages += 1
      case .context: result.tally.contextMessages += 1
      case .excluded: break
      }
    }
    result.tally.families = 1
    if options.layout == .report {
      for event in events {
        result.messages += report.record(
          ReportMessage.values(
            event, plan, number: number, withBody: options.reportHasBodies))
      }
      result.reportTally.add(
        plan, events: events, zone: options.zone, documents: plan.documentCount,
        errors: result.tally.exceptions.values.reduce(0, +))
    }
    if plan.isFirstSlice { addDuplicates(plan, &result) }
    try renderReview(
      plan, nativeSHA256: plan.withholdsNative ? nil : nativeDigests.sha256, &result)
    try packing?.pack(&result.files)
    return result
  }

  /// Makes RSMF and EML of a slice, as far as they are asked for.
  private func renderMessages(
    _ plan: FamilyPlan, _ events: [EventView], _ children: [ChildDocument], _ facts: FamilyFacts,
    _ text: TranscriptText, _ page: [UInt8], _ row: inout FieldRow,
    _ result: inout RenderedFamily
  ) throws {
    let rsmf = options.rsmfVersion
    let hasMail = options.renderings.contains(.eml)
    guard rsmf != nil || hasMail else { return }
    let message = SliceMessage(
      plan, number: options.numbers.text(plan.firstNumber), events: events, children: children,
      numbers: options.numbers, transcript: text.bytes, sourceSHA256: facts.sourceSHA256,
      date: options.date, designation: designation)
    row[.edrmMIH] = FileDigests(of: message.messageID.utf8.span).md5
    if let rsmf {
      let bytes = try RSMFMessage.bytes(message, version: rsmf, tool: options.tool)
      row[.rsmfPath] = add(
        bytes, FileDigests(of: bytes.span), .rsmf, "rsmf", plan.firstNumber, plan.firstPosition,
        &result)
    }
    if hasMail {
      let bytes = EMLMessage.bytes(message, page: page)
      row[extra: .emlPath] = add(
        bytes, FileDigests(of: bytes.span), .eml, "eml", plan.firstNumber, plan.firstPosition,
        &result)
    }
  }

  // MARK: Children

  private func render(
    _ child: ChildDocument, of plan: FamilyPlan, _ facts: FamilyFacts,
    _ result: inout RenderedFamily
  ) throws {
    let firstFile = result.files.count
    let number = options.numbers.text(child.number)
    let sourceID = child.file.nativeID ?? plan.unit.items[child.child.item].nativeID ?? ""
    var row = commonRow(plan, facts, child.type)
    row[.beginDocument] = number
    row[.endDocument] = number
    row[.parentID] = options.numbers.text(plan.firstNumber)
    row[.subject] = child.file.name
    row[.fileName] = child.file.name
    row[.fileExtension] = child.file.fileExtension
    row[.mediaType] = mediaType(of: child.file)
    row[extra: .tags] = tags(of: [child.child.item], in: plan)
    var problems: [ExceptionRow] = []
    func note(_ code: ExceptionCode, _ detail: String) {
      problems.append(
        ExceptionRow(
          number: number, sourceID: sourceID, code: code, detail: detail,
          time: plan.produced.capturedAt))
    }
    var text = TranscriptText(designation)
    if child.content != nil || child.file.text != nil {
      let content = child.file.text ?? ""
      let native = child.content ?? Array(content.utf8)
      let digests = child.digests ?? FileDigests(of: native.span, withSHA1: true)
      fillNative(&row, byteCount: child.byteCount, digests)
      if !plan.withholdsNative(of: child.child) {
        row[.nativePath] = add(
          native, digests, .natives, child.nativeExtension, child.number, child.position,
          &result)
      }
      if let claim = plan.treatment.claim {
        text.append(plain: withheldSheet(number, claim))
        row[.pageCount] = "1"
      } else if let code = child.lack, content.isEmpty {
        note(code, code == .zeroByte ? "the file has no content" : child.file.lackNote)
        text.append(plain: slipSheet(number, code, child.file))
        row[.pageCount] = "1"
        if code == .zeroByte { result.tally.slipSheets += 1 }
      } else {
        if let code = child.lack { note(code, child.file.lackNote) }
        text.append(plain: content)
      }
    } else {
      note(.missingAtSource, "the capture holds the file's name, not its content")
      text.append(plain: slipSheet(number, .missingAtSource, child.file))
      row[.pageCount] = "1"
      result.tally.slipSheets += 1
    }
    noteText(text, number, sourceID, plan, &problems)
    row[.textPath] = add(
      text.bytes, FileDigests(of: text.bytes.span), .text, "txt", child.number, child.position,
      &result)
    let redactions = plan.treatment.redactions(of: child.child)
    treat(&row, plan, reasons: redactions.map(\.reason))
    try finish(
      row, problems, number: number, sourceID: sourceID, plan, facts, filesFrom: firstFile,
      ViewerContent(
        tags: viewerTags(of: [child.child.item], in: plan),
        text: child.file.text ?? ""), &result)
    logRedactions(child, plan, redactions, text: text.bytes, &result)
    logPrivilege(row, plan, facts, number, redactions, &result)
  }

  // MARK: Records

  /// Cleans a record, writes it in both load files and logs what it lacks.
  private func finish(
    _ row: FieldRow, _ problems: [ExceptionRow], number: String, sourceID: String,
    _ plan: FamilyPlan, _ facts: FamilyFacts, filesFrom firstFile: Int,
    _ content: ViewerContent, _ result: inout RenderedFamily
  ) throws {
    var row = row
    var problems = problems
    var cleaned: [String] = []
    var substitutions: [ConcordanceEncoder.Substitution] = []
    for field in Field.allCases where field != .exception {
      cleaned.append(cleanedValue(of: field, in: row, &substitutions))
    }
    for field in row.extraFields {
      cleaned.append(
        concordance.cleaned(
          row[extra: field], isPart: false, field: field.rawValue, substitutions: &substitutions))
    }
    func note(_ substitutions: [ConcordanceEncoder.Substitution], in place: String) {
      for substitution in substitutions {
        problems.append(
          ExceptionRow(
            number: number, sourceID: sourceID, code: .substitutedCharacters,
            field: substitution.field, count: substitution.count,
            detail: "\(place) holds the value with other characters",
            time: plan.produced.capturedAt))
      }
    }
    if options.layout == .volume { note(substitutions, in: "the DAT load file") }
    note(
      CSVEncoder.substitutions(in: row),
      in: options.layout == .volume ? "the CSV load file" : "Items.csv")
    var edrm: EDRMDocument?
    if options.edrmVersion != nil {
      let unit = plan.unit
      let isParent = row[.parentID].isEmpty
      let times = EDRMDocument.Times(
        sent: facts.firstTime, created: isParent ? unit.createdAt?.instant : nil,
        modified: isParent ? unit.updatedAt?.instant : nil)
      var changed: [ConcordanceEncoder.Substitution] = []
      edrm = EDRMDocument(row, times, substitutions: &changed)
      note(changed, in: "the EDRM XML load file")
    }
    var codes: [String] = []
    for problem in problems where !codes.contains(problem.code.rawValue) {
      codes.append(problem.code.rawValue)
    }
    row[list: .exception] = codes
    cleaned.insert(codes.joined(separator: ";"), at: Field.exception.index)

    if options.layout == .report {
      let textByteCount = result.files[firstFile...].first { $0.section == .text }?.bytes.count
      result.items += report.record(
        ReportItem.values(
          row, plan, time: facts.firstTime?.rfc3339 ?? "", textByteCount: textByteCount ?? 0,
          selection: options.scope.selection))
    } else {
      result.concordance += concordance.record(cleaned)
      result.csv += csv.record(plainValues(of: row))
    }
    if let edrm, let version = options.edrmVersion {
      result.edrm += try edrm.element(version, exceptions: codes, files: result.files[firstFile...])
      result.relationships += try edrm.relationship()
    }
    if options.renderings.contains(.viewer) {
      let time = facts.firstTime.map { options.zone.wallClock(at: $0).rfc3339 }
      result.viewer +=
        ViewerDocument(
          row, content, time: time ?? "", codes: codes,
          files: result.files[firstFile...].map(\.path)
        ).bytes
    }
    for problem in problems {
      result.exceptions += report.record(problem.values)
      result.tally.exceptions[problem.code.rawValue, default: 0] += 1
      if problem.code == .substitutedCharacters {
        result.tally.substitutedCharacters += problem.count ?? 0
      }
    }
    let pageHash = row[.sha256]
    result.numbers += report.record([
      number, number, "1", pageHash, volumeName, row[.withheld] == "Yes" ? "withheld" : "produced",
    ])
    if row[.withheld] == "Yes" { result.tally.withheld += 1 }
    if row[.redacted] == "Yes" { result.tally.redacted += 1 }
    result.tally.documents += 1
    result.tally.recordTypes[row[.recordType], default: 0] += 1
    result.tally.custodians[row[.custodian], default: 0] += 1
    result.tally.pages += Int(row[.pageCount]) ?? 0
  }

  private func cleanedValue(
    of field: Field, in row: FieldRow, _ substitutions: inout [ConcordanceEncoder.Substitution]
  ) -> String {
    guard field.isMultiValue else {
      return concordance.cleaned(
        row[field], isPart: false, field: field.rawValue, substitutions: &substitutions)
    }
    var parts: [String] = []
    for value in row[list: field] {
      parts.append(
        concordance.cleaned(
          value, isPart: true, field: field.rawValue, substitutions: &substitutions))
    }
    return parts.joined(separator: ";")
  }

  private func plainValues(of row: FieldRow) -> [String] {
    Field.allCases.map { field in
      guard field.isMultiValue else { return row[field] }
      return row[list: field].map(\.asListPart).joined(separator: ";")
    } + row.extraFields.map { row[extra: $0] }
  }

  private func addDuplicates(_ plan: FamilyPlan, _ result: inout RenderedFamily) {
    for copy in plan.produced.duplicates {
      result.duplicates += report.record([
        options.numbers.text(plan.firstNumber), copy.sourceID, copy.custodian.sortedName, copy.path,
        copy.method, copy.hash, copy.scope, copy.time?.rfc3339 ?? "",
      ])
      result.tally.suppressedDuplicates += 1
    }
  }

  // MARK: Files

  private func add(
    _ bytes: [UInt8], _ digests: FileDigests, _ section: VolumeSection, _ fileExtension: String,
    _ number: Int, _ position: Int, _ result: inout RenderedFamily
  ) -> String {
    let name = options.numbers.text(number) + "." + fileExtension
    let path = options.layout.path(section, position: position, name: name)
    result.files.append(
      RenderedFile(section: section, path: path, bytes: bytes, digests: digests))
    switch section {
    case .natives: result.tally.natives += 1
    case .text: result.tally.texts += 1
    default: break
    }
    return path.replacing("/", with: "\\")
  }

  func fillNative(_ row: inout FieldRow, byteCount: Int, _ digests: FileDigests) {
    row[.fileSize] = String(byteCount)
    row[.md5] = digests.md5
    row[.sha1] = digests.sha1 ?? ""
    row[.sha256] = digests.sha256
  }
}
