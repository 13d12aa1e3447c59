// SPDX-License-Identifier: Apache-2.0
import Bytes
import Detection
import Model

extension PartitionWriter {
  /// A version of an item that becomes a row.
  struct Entry {
    var position: Int
    /// Its digest in the arena.
    var digest: Range<Int>
    var version: Int
    var first: PendingBatch.First
    var isEdited: Bool
  }

  /// Appends a row to the batch.
  func append(_ item: CapturedItem, _ entry: Entry, in context: Context) {
    var flags = ItemFlags(item.provenance)
    if case .own = entry.first {} else { flags.insert(.later) }
    if entry.isEdited || entry.version > 1 { flags.insert(.edited) }
    if !item.files.isEmpty { flags.insert(.hasFiles) }
    if item.files.contains(where: { $0.lack != nil }) { flags.insert(.partial) }

    let texts = appendTexts(of: item, in: context, &flags)
    let model = item.model.map { term(.model, $0) }
    var sender = item.senderID.map { term(.account, $0, detail: context.route) }
    if sender == context.account { sender = nil }
    let instant = item.time?.instant
    var own = [Facet.every, Facet.speaker(item.kind, item.role)]
    if let instant { own.append(Facet.month(CalendarMonth(of: instant))) }
    if let model { own.append(Facet.term(.model, model)) }
    if let sender { own += [Facet.isSent, Facet.term(.sender, sender)] }
    own += toolFacets(item.blocks)
    if !item.files.isEmpty { own += fileFacets(item.files) }
    if !flags.isEmpty { own += Facet.flags(flags) }
    let sensitive = appendSensitive(texts)
    if !sensitive.isEmpty { own += Facet.sensitive(batch.sensitive[sensitive]) }
    let facet = appendFacets(own, in: context)

    var id = context.idPrefix
    id.append(contentsOf: (item.nativeID ?? String(entry.position)).utf8)
    let firstFile = batch.files.count
    let firstAlias = batch.aliases.count
    for alias in item.aliases where !batch.aliases[firstAlias...].contains(alias) {
      batch.aliases.append(alias)
    }
    if !item.files.isEmpty { batch.files += item.files.map(PendingBatch.File.init) }
    batch.items.append(
      PendingBatch.Item(
        conversation: context.conversation, record: context.record, first: entry.first,
        version: entry.version, position: entry.position, time: instant?.ticks,
        idKey: LookupKey.id(derivedFrom: id.span), byteCount: item.nativeRange.count,
        flags: flags, kind: batch.append(text: item.kind.rawValue),
        role: batch.append(text: item.role.rawValue), account: context.account, sender: sender,
        model: model,
        updated: item.updatedAt?.instant?.ticks,
        nativeKey: item.nativeID.map(LookupKey.native),
        nativeID: item.nativeID.map { batch.append(text: $0) },
        parent: item.parentNativeID.map { batch.append(text: $0) },
        nativeRole: batch.append(text: item.nativeRole),
        nativeOffset: item.nativeRange.lowerBound, digest: entry.digest,
        texts: texts.with(facet: facet), files: firstFile..<batch.files.count,
        aliases: firstAlias..<batch.aliases.count, sensitive: sensitive))
  }

  /// Looks for sensitive types in all texts of an item that a bare word is looked for in.
  private func appendSensitive(_ texts: ItemTexts) -> Range<Int> {
    let start = batch.sensitive.count
    for range in [texts.body, texts.title, texts.names, texts.files] where !range.isEmpty {
      tally.add(batch.arena.span.extracting(range))
    }
    let counts = tally.finish()
    if !counts.isEmpty { batch.sensitive += counts }
    return start..<batch.sensitive.count
  }

  private func appendTexts(
    of item: CapturedItem, in context: Context, _ flags: inout ItemFlags
  ) -> ItemTexts {
    var texts = ItemTexts()
    let body = batch.arena.append(segments: item.blocks.lazy.map(\.text))
    texts.body = body.range
    var title = context.titleText
    var segmentCount = max(body.count, title.count)
    if !item.files.isEmpty {
      if item.files.contains(where: { $0.kind == .artifact }) {
        title = batch.arena.append(
          segments: [context.title] + item.files.filter { $0.kind == .artifact }.map(\.name))
      }
      let names = batch.arena.append(segments: item.files.lazy.map(\.name))
      let files = batch.arena.append(segments: item.files.lazy.compactMap(\.text))
      texts.names = names.range
      texts.files = files.range
      segmentCount = max(segmentCount, title.count, names.count, files.count)
    }
    texts.title = title.range
    if segmentCount > 1 { flags.insert(.severalSegments) }
    return texts
  }

  /// What all items of a unit have in the index, for `Context`.
  func sharedFacets(
    account: Int64?, project: Int64?, organization: Int64?, models: [Int64], senders: [Int64]
  ) -> [UInt8] {
    var tokens: [String] = []
    if let account { tokens.append(Facet.term(.account, account)) }
    if let project { tokens.append(Facet.term(.project, project)) }
    if let organization { tokens.append(Facet.term(.organization, organization)) }
    tokens += models.map { Facet.term(.conversationModel, $0) }
    tokens += senders.map { Facet.term(.participant, $0) }
    tokens.append(Facet.term(.source, sourceTerm))
    tokens.append(Facet.term(.run, runTerm))
    return tokens.flatMap { Array(" ".utf8) + Array($0.utf8) }
  }

  private func appendFacets(_ own: [String], in context: Context) -> Range<Int> {
    let start = batch.arena.count
    batch.arena.append(contentsOf: rawMarkBytes)
    for (index, token) in own.enumerated() {
      if index > 0 { batch.arena.append(UInt8(ascii: " ")) }
      batch.arena.append(contentsOf: token.utf8)
    }
    batch.arena.append(contentsOf: context.facets)
    return start..<batch.arena.count
  }

  private func toolFacets(_ blocks: [ContentBlock]) -> [String] {
    guard blocks.contains(where: { $0.kind == .toolUse && $0.name != "" }) else { return [] }
    let tools = Set(blocks.filter { $0.kind == .toolUse && $0.name != "" }.map(\.name))
    return tools.sorted().map { Facet.term(.tool, term(.tool, $0)) }
  }

  private func fileFacets(_ files: [CapturedFile]) -> [String] {
    var tokens: Set<String> = []
    for file in files {
      tokens.insert(Facet.carries(file.kind))
      let fileExtension = file.fileExtension
      if fileExtension != "" {
        tokens.insert(Facet.term(.fileExtension, term(.fileExtension, fileExtension)))
      }
      if file.type != "" {
        tokens.insert(Facet.term(.mediaType, term(.mediaType, file.type.lowercased())))
      }
    }
    return tokens.sorted()
  }

  /// Gives items that the new capture lacks a further row with the new title and people.
  func rewriteAbsent(_ items: [KnownItem], in context: Context) throws {
    let statement = try connection.cached(
      """
      SELECT i.row, i.first, i.version, i.position, i.time, i.id_key, i.byte_count, i.flags,
        i.kind, i.role, i.model, i.updated, i.native_id, i.parent, i.native_role,
        i.native_offset, i.digest, t.body, t.names, t.files, t.facet, i.sender
      FROM item i JOIN item_text t ON t.row = i.row WHERE i.row = ?
      """)
    for item in items.sorted(by: { $0.lastRow < $1.lastRow }) where item.lastRow > 0 {
      try statement.bind(item.lastRow, at: 1)
      defer { statement.reset() }
      guard try statement.step() else { continue }
      let files = try loadFiles(of: item.lastRow)
      var texts = ItemTexts()
      texts.body = batch.append(bytes: statement.bytes(17))
      let title = batch.arena.append(
        segments: [context.title] + files.filter { $0.kind == "artifact" }.map(\.name))
      texts.title = title.range
      texts.names = batch.append(bytes: statement.bytes(18))
      texts.files = batch.append(bytes: statement.bytes(19))
      var flags = ItemFlags(rawValue: statement.integer(7))
      flags.formUnion([.later, .absent])
      if title.count > 1 { flags.insert(.severalSegments) }
      let own = statement.text(20).unicodeScalars.dropFirst().split(separator: " ")
        .map { String(String.UnicodeScalarView($0)) }
        .filter { !"APWSNGXQC".contains($0.prefix(1)) }
      let sensitive = appendSensitive(texts)
      texts.facet = appendFacets(
        own + Facet.flags(flags) + Facet.sensitive(batch.sensitive[sensitive]), in: context)
      let firstFile = batch.files.count
      batch.files += files
      let nativeID = statement.optionalText(12)
      batch.items.append(
        PendingBatch.Item(
          conversation: context.conversation, record: context.record,
          first: .row(statement.integer(1)), version: Int(statement.integer(2)),
          position: Int(statement.integer(3)), time: statement.optionalInteger(4),
          idKey: statement.integer(5), byteCount: Int(statement.integer(6)), flags: flags,
          kind: batch.append(bytes: statement.bytes(8)),
          role: batch.append(bytes: statement.bytes(9)), account: context.account,
          sender: statement.optionalInteger(21), model: statement.optionalInteger(10),
          updated: statement.optionalInteger(11),
          nativeKey: nativeID.map(LookupKey.native),
          nativeID: nativeID.map { batch.append(text: $0) },
          parent: statement.optionalText(13).map { batch.append(text: $0) },
          nativeRole: batch.append(bytes: statement.bytes(14)),
          nativeOffset: Int(statement.integer(15)),
          digest: batch.append(bytes: statement.bytes(16)), texts: texts,
          files: firstFile..<batch.files.count,
          // The version's first row has them.
          aliases: batch.aliases.count..<batch.aliases.count, sensitive: sensitive))
    }
  }

  private func loadFiles(of row: Int64) throws -> [PendingBatch.File] {
    let statement = try connection.cached(
      """
      SELECT kind, native_id, name, type, extension, byte_count, version, has_text, sha256, md5,
        content_sha256, content_md5, lack, note, reader
      FROM item_file WHERE row = ? ORDER BY number
      """)
    defer { statement.reset() }
    try statement.bind(row, at: 1)
    var files: [PendingBatch.File] = []
    while try statement.step() {
      files.append(
        PendingBatch.File(
          kind: statement.text(0), nativeID: statement.optionalText(1), name: statement.text(2),
          type: statement.text(3), fileExtension: statement.text(4),
          byteCount: statement.optionalInteger(5),
          version: statement.optionalInteger(6).map(Int.init),
          hasText: statement.integer(7) == 1, sha256: statement.bytes(8),
          md5: statement.bytes(9), contentSHA256: statement.bytes(10),
          contentMD5: statement.bytes(11), lack: statement.text(12), note: statement.text(13),
          reader: statement.text(14)))
    }
    return files
  }
}

private let rawMarkBytes = Array(String(Character(FullTextTokenizer.rawMark)).utf8)

extension PendingBatch.File {
  init(_ file: CapturedFile) {
    let digests = file.text.map { FileDigests(of: $0.utf8Span.span) }
    self.init(
      kind: file.kind.rawValue, nativeID: file.nativeID, name: file.name, type: file.type,
      fileExtension: file.fileExtension, byteCount: file.byteCount, version: file.version,
      hasText: file.text != nil, sha256: digests?.sha256Bytes ?? [],
      md5: digests?.md5Bytes ?? [], contentSHA256: file.reading?.digests?.sha256Bytes ?? [],
      contentMD5: file.reading?.digests?.md5Bytes ?? [], lack: file.lack?.rawValue ?? "",
      note: file.reading?.note ?? "", reader: file.reading?.reader ?? "")
  }
}
