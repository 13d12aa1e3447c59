// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model
import Query
import Retention

/// One row of `item` as the evaluator sees it; columns and texts are loaded when they are asked for.
final class StoredItem: DatedItem {
  let row: Int64
  let reader: PartitionReader
  private let directory: SearchDirectory
  /// The directory at other moments.
  private let directories: [DirectoryMoment: SearchDirectory]
  private let loaded: Loaded
  /// What captures up to some one told of the conversation; nil: what all of them tell.
  private let earlier: EarlierWord?

  /// What was read of the row so far, for all views of it.
  private final class Loaded {
    var columns: Columns?
    var texts: Texts?
    var files: [File]?
  }

  private struct EarlierWord {
    var deleted: Int64?
    /// Whether only the source of the item's own version is known.
    var isOfOneSource: Bool
  }

  struct Columns {
    var conversation: Int64
    var record: Int64
    var first: Int64
    var version: Int
    var position: Int
    var time: Int64?
    var byteCount: Int64
    var flags: ItemFlags
    var kind: String
    var role: String
    var account: Int64?
    /// Who sent it; nil: the account.
    var sender: Int64?
    var model: Int64?
    var updated: Int64?
    var nativeID: String?
    var route: String
    var conversationNativeID: String
    var project: Int64?
    var source: Int64
    var run: Int64
    var captured: Int64
    var recordVersion: Int
    var title: String
  }

  struct Texts {
    var body: String
    var title: String
    var names: String
    var files: String
    var facet: String
  }

  private struct File {
    var kind: String
    var nativeID: String?
    var fileExtension: String
    var type: String
    var lack: String
    var digests: [String]

    var indexError: String? {
      lack.isEmpty ? nil : StoredItem.indexError(lack, ofExtension: fileExtension)
    }
  }

  init(
    row: Int64, reader: PartitionReader, directory: SearchDirectory,
    directories: [DirectoryMoment: SearchDirectory] = [:]
  ) {
    self.row = row
    self.reader = reader
    self.directory = directory
    self.directories = directories
    loaded = Loaded()
    earlier = nil
  }

  /// The same row, seen otherwise.
  private init(_ item: StoredItem, directory: SearchDirectory, earlier: EarlierWord? = nil) {
    row = item.row
    reader = item.reader
    self.directory = directory
    directories = item.directories
    loaded = item.loaded
    self.earlier = earlier
  }

  func seen(at moment: DirectoryMoment) throws -> StoredItem {
    if moment == .now { return self }
    guard let then = directories[moment] else {
      throw StoreError(.failure, "the directory of persons at the time of the hold is not at hand")
    }
    return StoredItem(self, directory: then)
  }

  func earlierStates() throws -> [StoredItem] {
    let statement = try reader.connection.cached(
      "SELECT DISTINCT deleted FROM record WHERE conversation = ? AND row <= ?")
    defer { statement.reset() }
    try statement.bind(columns().conversation, at: 1)
    try statement.bind(reader.mark.record, at: 2)
    var times: [Int64?] = []
    while try statement.step() { times.append(statement.optionalInteger(0)) }
    return times.flatMap { time in
      [true, false].map { isOfOneSource in
        StoredItem(
          self, directory: directory,
          earlier: EarlierWord(deleted: time, isOfOneSource: isOfOneSource))
      }
    }
  }

  func columns() throws -> Columns {
    if let columns = loaded.columns { return columns }
    let statement = try reader.connection.cached(
      """
      SELECT i.conversation, i.record, i.first, i.version, i.position, i.time, i.byte_count,
        i.flags, i.kind, i.role, i.account, i.model, i.updated, i.native_id, c.route, c.native_id,
        r.project, r.source, r.run, r.captured, r.version, r.title, i.sender
      FROM item i JOIN conversation c ON c.key = i.conversation JOIN record r ON r.row = i.record
      WHERE i.row = ?
      """)
    defer { statement.reset() }
    try statement.bind(row, at: 1)
    guard try statement.step() else {
      throw StoreError.damaged(reader.connection.path, "it lacks the item row \(row)")
    }
    var columns = Columns(
      conversation: statement.integer(0), record: statement.integer(1),
      first: statement.integer(2), version: Int(statement.integer(3)),
      position: Int(statement.integer(4)), time: statement.optionalInteger(5),
      byteCount: statement.integer(6), flags: ItemFlags(rawValue: statement.integer(7)),
      kind: statement.text(8), role: statement.text(9), account: statement.optionalInteger(10),
      sender: statement.optionalInteger(22), model: statement.optionalInteger(11),
      updated: statement.optionalInteger(12),
      nativeID: statement.optionalText(13), route: statement.text(14),
      conversationNativeID: statement.text(15), project: statement.optionalInteger(16),
      source: statement.integer(17), run: statement.integer(18), captured: statement.integer(19),
      recordVersion: Int(statement.integer(20)), title: statement.text(21))
    if columns.flags.contains(.absent) { columns.recordVersion = try holdingVersion(of: columns) }
    loaded.columns = columns
    return columns
  }

  /// The version of the conversation whose record has the bytes of the item's version.
  private func holdingVersion(of columns: Columns) throws -> Int {
    let version = try reader.connection.integer(
      """
      SELECT r.version FROM item i JOIN record r ON r.row = i.record
      WHERE i.conversation = ? AND i.first = ? AND i.version = ? ORDER BY i.row LIMIT 1
      """, columns.conversation, columns.first, Int64(columns.version))
    return version.map { Int($0) } ?? columns.recordVersion
  }

  func texts() throws -> Texts {
    if let texts = loaded.texts { return texts }
    let statement = try reader.connection.cached(
      "SELECT body, title, names, files, facet FROM item_text WHERE row = ?")
    defer { statement.reset() }
    try statement.bind(row, at: 1)
    guard try statement.step() else {
      throw StoreError.damaged(reader.connection.path, "it lacks the texts of row \(row)")
    }
    let texts = Texts(
      body: statement.text(0), title: statement.text(1), names: statement.text(2),
      files: statement.text(3), facet: statement.text(4))
    loaded.texts = texts
    return texts
  }

  // MARK: - QueryableItem

  func segments(of property: Property) throws -> [String] {
    switch property {
    case .body: Self.segments(try texts().body)
    case .title: Self.segments(try texts().title)
    case .attachment: Self.segments(try texts().names)
    case .project: try columns().project.flatMap(reader.term).map(StubItem.projectSegments) ?? []
    case .hold: try reader.state.holds(of: columns().conversation, in: reader)
    case .retentionlabel: try reader.state.labels(of: columns().conversation, in: reader)
    default: []
    }
  }

  func fileTexts() throws -> [String] { Self.segments(try texts().files) }

  func keywords(of property: Property) throws -> [String] {
    let columns = try columns()
    switch property {
    case .kind: return [columns.kind] + Set(try files().map(\.kind)).sorted()
    case .role: return [columns.role]
    case .conversation:
      return Self.conversationKeywords(
        of: .conversation, route: columns.route, nativeID: columns.conversationNativeID)
    case .conversationfamily:
      return Self.conversationKeywords(
        of: .conversationfamily, route: columns.route, nativeID: columns.conversationNativeID)
    case .id: return try ids(columns)
    case .family: return [Self.id(columns).text]
    case .itemclass:
      return Self.itemClasses(
        route: columns.route, hasFiles: columns.flags.contains(.hasFiles))
    case .organization: return try organizations(columns)
    case .indexerror: return try files().compactMap(\.indexError)
    case .reviewset, .loadid:
      return try reader.state.loads(ofRow: row, in: reader).flatMap { $0.keywords(of: property) }
    case .source: return try sources(columns)
    case .run: return words(columns.run)
    case .model: return columns.model.map(words) ?? []
    case .app: return [Self.app(of: columns.route)]
    case .tool: return try facetWords(.tool)
    case .filetype: return try facetWords(.fileExtension)
    case .mimetype: return try facetWords(.mediaType)
    case .hash: return try digests(columns)
    case .provenance: return [columns.flags.provenance]
    case .indexstatus: return [columns.flags.contains(.partial) ? "partial" : "full"]
    case .sensitivetype:
      return try sensitiveCounts().map(\.keyword)
    default: return []
    }
  }

  func identities(of property: Property) throws -> [ItemIdentity] {
    let columns = try columns()
    func person(_ account: Int64?) -> [ItemIdentity] {
      account.flatMap(reader.term).map { [identity($0)] } ?? []
    }
    switch property {
    case .custodian: return person(columns.account)
    case .participants:
      return person(columns.account) + (try facetTerms(.participant).map(identity))
        + (try facetIdentities(.conversationModel))
    case .from, .to:
      let isPersons = (columns.role == ItemRole.user.rawValue) == (property == .from)
      let isTurn =
        columns.role == ItemRole.user.rawValue || columns.role == ItemRole.assistant.rawValue
      guard isTurn else { return [] }
      if isPersons {
        return person(property == .from ? columns.sender ?? columns.account : columns.account)
      }
      return property == .from
        ? columns.model.map { words($0).map { ItemIdentity(custodian: nil, names: [$0]) } } ?? []
        : try facetIdentities(.conversationModel)
    default: return []
    }
  }

  func time(of property: Property) throws -> Instant? {
    let columns = try columns()
    switch property {
    case .sent: return columns.time.map(Instant.init(ticks:))
    case .modified:
      if let updated = columns.updated { return Instant(ticks: updated) }
      return try reader.connection.integer(
        "SELECT updated FROM record WHERE row = ?", columns.record
      ).map(Instant.init(ticks:))
    case .captured: return Instant(ticks: columns.captured)
    case .deleted:
      if let earlier { return earlier.deleted.map(Instant.init(ticks:)) }
      return try reader.connection.integer(
        "SELECT max(deleted) FROM record WHERE conversation = ? AND row <= ?",
        columns.conversation, reader.mark.record
      ).map(Instant.init(ticks:))
    default: return nil
    }
  }

  func integer(of property: Property) throws -> Int64? {
    property == .size ? try columns().byteCount : nil
  }

  func boolean(of property: Property) throws -> Bool? {
    switch property {
    case .hasattachment: try columns().flags.contains(.hasFiles)
    case .edited: try columns().flags.contains(.edited)
    default: nil
    }
  }

  /// The sensitive types that were found in its texts, by type, then confidence.
  func sensitiveCounts() throws -> [SensitiveCount] {
    try SensitiveRows.counts(ofRow: row, in: reader.connection)
  }

  // MARK: - Names

  /// The application that a route stands for (query-language section 8.1, property `app`).
  static func app(of route: String) -> String {
    if route.hasPrefix("claude.ai") { return "claude.ai" }
    if route.hasPrefix("claude-code") { return "claude-code" }
    return ["raw-api", "litellm", "bedrock"].contains(route) ? "api" : route.lowercased()
  }

  /// The ids of a conversation that a property knows: both, or for groups that an analysis makes
  /// ours alone.
  static func conversationKeywords(
    of property: Property, route: String, nativeID: String
  ) -> [String] {
    let own = ObjectID.conversation(route: route, nativeID: nativeID).text
    return property == .conversationfamily ? [own] : [own, nativeID.lowercased()]
  }

  /// The class of an item, and that of the files that it carries.
  static func itemClasses(route: String, hasFiles: Bool) -> [String] {
    [ItemClass.items(ofRoute: route).lowercased()]
      + (hasFiles ? [ItemClass.attachment.lowercased()] : [])
  }

  /// The id and the name of an organisation, as far as they are told.
  static func organizationKeywords(_ term: PartitionReader.Term) -> [String] {
    [term.text, term.detail].filter { !$0.isEmpty }.map { $0.lowercased() }
  }

  /// Why a file has no text or not all of it, as `error_extension` (query-language section 8.1,
  /// property `indexerror`).
  static func indexError(_ lack: String, ofExtension fileExtension: String) -> String {
    let reason = lack.lowercased().filter { $0 != "_" }
    return fileExtension.isEmpty ? reason : reason + "_" + fileExtension.lowercased()
  }

  private func organizations(_ columns: Columns) throws -> [String] {
    try reader.connection.integer(
      "SELECT organization FROM record WHERE row = ?", columns.record
    ).flatMap(reader.term).map(Self.organizationKeywords) ?? []
  }

  /// The parts of a column of `item_text`, none of them empty.
  static func segments(_ text: String) -> [String] {
    guard !text.isEmpty else { return [] }
    // By bytes, since most texts have one segment and many are long.
    let bytes = text.utf8
    var segments: [String] = []
    var start = bytes.startIndex
    var index = start
    while let found = bytes[index...].firstIndex(of: separatorBytes[0]) {
      index = bytes.index(after: found)
      guard bytes[found...].starts(with: separatorBytes) else { continue }
      if start < found { segments.append(String(text[start..<found])) }
      index = bytes.index(found, offsetBy: separatorBytes.count)
      start = index
    }
    if start < bytes.endIndex { segments.append(String(text[start...])) }
    return segments
  }

  /// The identity that the item's id is derived from: its own id, else its position.
  static func id(_ columns: Columns) -> ObjectID {
    ObjectID.item(
      route: columns.route, conversationID: columns.conversationNativeID,
      itemID: columns.nativeID ?? String(columns.position))
  }

  private func ids(_ columns: Columns) throws -> [String] {
    [Self.id(columns).text] + [columns.nativeID].compactMap { $0?.lowercased() }
      + (try files().compactMap { $0.nativeID?.lowercased() }) + (try aliases())
  }

  private func aliases() throws -> [String] {
    let statement = try reader.connection.cached(
      "SELECT native_id FROM item_alias WHERE row = ? ORDER BY native_id")
    defer { statement.reset() }
    try statement.bind(row, at: 1)
    var aliases: [String] = []
    while try statement.step() { aliases.append(statement.text(0).lowercased()) }
    return aliases
  }

  /// Of the item's native bytes, of the conversation's, and of the texts of its files.
  private func digests(_ columns: Columns) throws -> [String] {
    var digests = try files().flatMap(\.digests)
    for (sql, row) in [
      ("SELECT digest FROM item WHERE row = ?", row),
      ("SELECT digest FROM record WHERE row = ?", columns.record),
    ] {
      let statement = try reader.connection.cached(sql)
      defer { statement.reset() }
      try statement.bind(row, at: 1)
      while try statement.step() { digests.append(statement.bytes(0).hexadecimal) }
    }
    return digests + (try NativeDigests.md5(ofRow: row, in: reader))
  }

  private func sources(_ columns: Columns) throws -> [String] {
    var ids = Set([reader.term(columns.source)?.text].compactMap(\.self))
    let conversation = ObjectID.conversation(
      route: columns.route, nativeID: columns.conversationNativeID)
    for (source, conversations) in directory.furtherConversations
    where earlier?.isOfOneSource != true && conversations.contains(conversation) {
      ids.insert(source)
    }
    return ids.sorted().flatMap { directory.sources[$0] ?? [$0] }.map { $0.lowercased() }
  }

  private func words(_ key: Int64) -> [String] {
    reader.term(key).map { [$0.text.lowercased()] } ?? []
  }

  /// The texts of the terms that the facets of a group name.
  private func facetWords(_ group: Facet.Group) throws -> [String] {
    try facetTerms(group).map { $0.text.lowercased() }
  }

  private func facetTerms(_ group: Facet.Group) throws -> [PartitionReader.Term] {
    try texts().facet.unicodeScalars.dropFirst().split(separator: " ").compactMap { token in
      guard token.first == group.rawValue.unicodeScalars.first,
        let key = Int64(String(String.UnicodeScalarView(token.dropFirst())))
      else { return nil }
      return reader.term(key)
    }
  }

  private func identity(_ account: PartitionReader.Term) -> ItemIdentity {
    directory.identity(route: account.detail, nativeID: account.text)
  }

  private func facetIdentities(_ group: Facet.Group) throws -> [ItemIdentity] {
    try facetWords(group).map { ItemIdentity(custodian: nil, names: [$0]) }
  }

  private func files() throws -> [File] {
    if let files = loaded.files { return files }
    let statement = try reader.connection.cached(
      """
      SELECT kind, native_id, extension, type, lack, sha256, md5, content_sha256, content_md5
      FROM item_file
      WHERE row = ? ORDER BY number
      """)
    defer { statement.reset() }
    try statement.bind(row, at: 1)
    var files: [File] = []
    while try statement.step() {
      files.append(
        File(
          kind: statement.text(0), nativeID: statement.optionalText(1),
          fileExtension: statement.text(2), type: statement.text(3),
          lack: statement.text(4),
          digests: (5...8).map(statement.bytes).filter { !$0.isEmpty }
            .map(\.hexadecimal)))
    }
    loaded.files = files
    return files
  }
}

private let separatorBytes = Array(String(Character(Tokenizer.segmentSeparator)).utf8)
