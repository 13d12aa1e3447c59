// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

extension FamilyRenderer {
  /// The events of the slice in reading order.
  func events(of plan: FamilyPlan, children: [ChildDocument]) -> [EventView] {
    let unit = plan.unit
    var attachments: [Int: [EventView.Attachment]] = [:]
    for child in children {
      attachments[child.child.item, default: []].append(
        EventView.Attachment(
          name: child.file.name.isEmpty ? "unnamed" : versionedName(child.file),
          number: options.numbers.text(child.number), sha256: child.digests?.sha256))
    }
    return plan.slice.items.map { index in
      let item = unit.items[index]
      let blocks = EventView.blocks(of: item)
      let files = attachments[index] ?? []
      let time = item.time?.instant
      return EventView(
        index: index, id: item.nativeID ?? "item-\(index + 1)", time: time,
        timeText: time.map { options.zone.wallClock(at: $0).rfc3339 } ?? "no time",
        sender: senderName(item.role, plan.produced.person(behind: item)),
        marks: marks(of: index, in: plan),
        blocks: blocks, attachments: files,
        sha256: EventView.hash(
          role: item.role, body: EventView.body(of: blocks), attachments: files))
    }
  }

  private func versionedName(_ file: CapturedFile) -> String {
    guard let version = file.version else { return file.name }
    return file.name + " (version " + String(version) + ")"
  }

  private func marks(of index: Int, in plan: FamilyPlan) -> [String] {
    var marks: [String] = []
    if plan.produced.selection[index] == .context { marks.append("context") }
    if !plan.thread.isVisible[index] {
      marks.append("inactive branch " + plan.thread.branchID(of: index))
    }
    if plan.thread.isEdited[index] { marks.append("edited") }
    // Of an item that was emptied its provenance says so, below.
    if let deleted = plan.unit.deletedAt, plan.isDeleted(index),
      !plan.unit.items[index].flags.contains(.deletedAtSource)
    {
      marks.append(harmless("deleted at source on " + deleted.text))
    }
    // It decides whether a line may be quoted as said (claude-capture-formats section 3.5).
    let provenance = plan.produced.unit.items[index].provenance
    if provenance != .verified { marks.append(harmless(provenance.text)) }
    return marks
  }

  /// The source's own words on one line and short, without what would end the brackets.
  private func harmless(_ words: String) -> String {
    String(
      words.unicodeScalars.prefix(100).map { scalar in
        let isPlain = scalar.isASCII && scalar.value >= 0x20 && scalar.value != 0x7F
        return isPlain && scalar != "[" && scalar != "]" ? Character(scalar) : "?"
      })
  }

  /// The HTML transcript.
  func page(
    _ plan: FamilyPlan, _ events: [EventView], _ facts: FamilyFacts, nativeSHA256: String
  ) -> [UInt8] {
    let produced = plan.produced
    var page = TranscriptPage(
      TranscriptPage.Facts(
        number: options.numbers.text(plan.firstNumber),
        title: produced.unit.title.isEmpty ? "Untitled" : produced.unit.title,
        recordType: plan.recordType.rawValue,
        facts: [
          ("Control number", options.numbers.text(plan.firstNumber)),
          ("Record type", plan.recordType.rawValue),
          ("Custodian", produced.custodian.displayName),
          ("Participants", facts.participants.joined(separator: "; ")),
          ("Platform", produced.platform), ("Project", produced.project),
          ("Conversation", produced.unit.nativeID),
          ("Slice", plan.slice.id + " (" + part(plan.slice) + ")"),
          ("Time zone", options.zone.identifier), (Designation.label, designation.text),
        ],
        sliceID: plan.slice.id, part: part(plan.slice), nativeSHA256: nativeSHA256))
    for event in events { page.append(event) }
    return page.finish()
  }

  private func part(_ slice: Slice) -> String {
    String(slice.part) + " of " + String(slice.partCount)
  }

  // MARK: Rows

  /// What every document of the family has.
  func commonRow(_ plan: FamilyPlan, _ facts: FamilyFacts, _ type: RecordType) -> FieldRow {
    let produced = plan.produced
    var row = FieldRow(extraFields: options.effectiveExtraFields)
    row[.beginAttachment] = options.numbers.text(plan.firstNumber)
    row[.endAttachment] = options.numbers.text(plan.firstNumber + plan.documentCount - 1)
    row[.familyID] = row[.beginAttachment]
    row[.recordType] = type.rawValue
    let custodian = produced.custodian.sortedName
    row[.custodian] = custodian
    row[list: .allCustodians] = unique(
      [custodian] + produced.allCustodians.map(\.sortedName)
        + produced.duplicates.map(\.custodian.sortedName))
    row[list: .dedupedCustodians] = unique(produced.duplicates.map(\.custodian.sortedName))
      .filter { $0 != custodian }
    row[list: .dedupedPaths] = unique(produced.duplicates.map(\.path))
    let first = facts.firstTime.map { options.zone.wallClock(at: $0) }
    row[.dateSent] = date(first)
    row[.timeSent] = first?.timeText ?? ""
    if let first {
      // One date and time in one field is always written in this form (section 4.1).
      row[.dateTimeSent] = LoadFileDateFormat.monthDayYear.text(first.date) + " " + first.timeText
    }
    row[.sortDate] = row[.dateTimeSent]
    row[.timeZone] = options.zone.identifier
    row[.familyHash] = facts.familyHash
    row[.platform] = produced.platform
    row[.organization] = produced.organization
    row[.project] = produced.project
    row[.conversationID] = produced.unit.nativeID
    row[.sliceID] = plan.slice.id
    row[.confidentiality] = options.confidentiality
    row[.redacted] = "No"
    row[.withheld] = "No"
    row[.productionVolume] = volumeName
    row[.sourcePath] = produced.sourcePath
    row[extra: .recordID] = produced.id.text
    row[extra: .sourceSHA256] = facts.sourceSHA256
    row[extra: .sliceHash] = facts.sliceHash
    row[extra: .slicePart] = part(plan.slice)
    row[extra: .inclusive] = produced.includedIn == nil ? "Yes" : "No"
    row[extra: .includedIn] = produced.includedIn ?? ""
    return row
  }

  /// The parent's record without its files.
  func parentRow(
    _ plan: FamilyPlan, _ facts: FamilyFacts, _ children: [ChildDocument]
  ) -> FieldRow {
    let unit = plan.unit
    let items = plan.slice.items
    var row = commonRow(plan, facts, plan.recordType)
    row[.beginDocument] = options.numbers.text(plan.firstNumber)
    row[.endDocument] = row[.beginDocument]
    row[list: .attachmentIDs] = children.map { options.numbers.text($0.number) }
    row[.attachmentCount] = String(children.count)
    row[.from] = facts.participants.first ?? ""
    row[list: .to] = Array(facts.participants.dropFirst())
    row[list: .participants] = facts.participants
    row[.subject] = unit.title
    let last = facts.lastTime.map { options.zone.wallClock(at: $0) }
    row[.dateEnd] = date(last)
    row[.timeEnd] = last?.timeText ?? ""
    let created = unit.createdAt?.instant.map { options.zone.wallClock(at: $0) }
    row[.dateCreated] = date(created)
    row[.timeCreated] = created?.timeText ?? ""
    let modified = unit.updatedAt?.instant.map { options.zone.wallClock(at: $0) }
    row[.dateModified] = date(modified)
    row[.timeModified] = modified?.timeText ?? ""
    row[.fileName] = unit.nativeID + ".json"
    row[.fileExtension] = "json"
    row[.mediaType] = "application/json"
    let selected = items.count { plan.produced.selection[$0] == .selected }
    row[extra: .tags] = tags(of: items, in: plan)
    row[.messageCount] = String(selected)
    row[.contextCount] = String(items.count - selected)
    row[list: .model] = unique(items.compactMap { unit.items[$0].model })
    row[.hasDeleted] = items.contains { plan.isDeleted($0) } ? "Yes" : "No"
    row[.hasEdited] = items.contains { plan.thread.isEdited[$0] } ? "Yes" : "No"
    row[.hasBranches] = items.contains { !plan.thread.isVisible[$0] } ? "Yes" : "No"
    return row
  }

  /// The tags of items, each once, in the order of groups and names.
  func tags(of items: some Sequence<Int>, in plan: FamilyPlan) -> String {
    let names = Set(
      items.flatMap { plan.produced.tags[$0] ?? [] }.map { $0.group + ": " + $0.name })
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      .map(\.asListPart).joined(separator: ";")
  }

  /// The tags that the viewer shows: coding is work product, and leaves where it is asked for alone.
  func viewerTags(of items: some Sequence<Int>, in plan: FamilyPlan) -> String {
    options.extraFields.contains(.tags) ? tags(of: items, in: plan) : ""
  }

  private func date(_ clock: WallClock?) -> String {
    clock.map { options.loadFiles.dateFormat.text($0.date) } ?? ""
  }
}

extension LoadFileDateFormat {
  func text(_ date: CivilDate) -> String {
    switch self {
    case .monthDayYear:
      digits(date.month, 2) + "/" + digits(date.day, 2) + "/" + digits(date.year, 4)
    case .compact: digits(date.year, 4) + digits(date.month, 2) + digits(date.day, 2)
    case .iso: date.isoText
    }
  }
}

extension VolumeOptions {
  /// The fields after the dictionary's: the paths of what is rendered, then those asked for, each
  /// once.
  var effectiveExtraFields: [ExtraField] {
    ExtraField.allCases.filter { field in
      switch field {
      case .htmlPath: renderings.contains(.html) || extraFields.contains(field)
      case .emlPath: renderings.contains(.eml) || extraFields.contains(field)
      default: extraFields.contains(field)
      }
    }
  }
}

/// The values without repeats and empty ones, first places kept.
///
/// They are told apart by their bytes: two paths that read the same may be two files.
private func unique(_ values: [String]) -> [String] {
  var seen: Set<[UInt8]> = []
  return values.filter { !$0.isEmpty && seen.insert(Array($0.utf8)).inserted }
}
