// SPDX-License-Identifier: Apache-2.0
import Model
import Query

/// One capture of a conversation without messages, as a query of a removal on request sees it: what
/// is known of the conversation itself, and no word, speaker or kind.
///
/// A search shows items, so it never shows such a conversation; somebody who asks for all that is
/// theirs to be removed means it all the same.
struct EmptyUnit: QueryableItem {
  /// The conversation's row in the partition.
  var conversation: Int64
  var route: String
  var nativeID: String
  /// When it began, as the catalog has it.
  var started: Instant?
  var title: String
  var account: Int64?
  var project: Int64?
  var organization: Int64?
  var source: Int64
  var run: Int64
  var updated: Instant?
  var captured: Instant
  var deleted: Instant?
  let reader: PartitionReader
  let directory: SearchDirectory

  /// Every capture of a conversation.
  ///
  /// - Parameters:
  ///   - conversation: Its row in the partition.
  ///   - started: When it began, as the catalog has it.
  ///   - reader: The partition.
  ///   - directory: Whose accounts are.
  /// - Returns: One for each version, the oldest first.
  /// - Throws: `StoreError` when the partition cannot be read.
  static func captures(
    of conversation: Int64, started: Instant?, in reader: PartitionReader,
    _ directory: SearchDirectory
  ) throws -> [EmptyUnit] {
    let rows = try reader.connection.cached(
      """
      SELECT c.route, c.native_id, r.title, r.account, r.project, r.organization, r.source, r.run,
        r.updated, r.captured, r.deleted
      FROM record r JOIN conversation c ON c.key = r.conversation
      WHERE r.conversation = ? AND r.row <= ? ORDER BY r.version
      """)
    defer { rows.reset() }
    try rows.bind(conversation, at: 1)
    try rows.bind(reader.mark.record, at: 2)
    var found: [EmptyUnit] = []
    while try rows.step() {
      found.append(
        EmptyUnit(
          conversation: conversation, route: rows.text(0), nativeID: rows.text(1),
          started: started, title: rows.text(2), account: rows.optionalInteger(3),
          project: rows.optionalInteger(4), organization: rows.optionalInteger(5),
          source: rows.integer(6), run: rows.integer(7),
          updated: rows.optionalInteger(8).map(Instant.init(ticks:)),
          captured: Instant(ticks: rows.integer(9)),
          deleted: rows.optionalInteger(10).map(Instant.init(ticks:)), reader: reader,
          directory: directory))
    }
    return found
  }

  func segments(of property: Property) throws -> [String] {
    switch property {
    case .title: title.isEmpty ? [] : [title]
    case .project: project.flatMap(reader.term).map(StubItem.projectSegments) ?? []
    case .hold: try reader.state.holds(of: conversation, in: reader)
    case .retentionlabel: try reader.state.labels(of: conversation, in: reader)
    default: []
    }
  }

  func fileTexts() throws -> [String] { [] }

  func keywords(of property: Property) throws -> [String] {
    switch property {
    case .conversation, .conversationfamily:
      StoredItem.conversationKeywords(of: property, route: route, nativeID: nativeID)
    case .source:
      reader.term(source).map { term in
        (directory.sources[term.text] ?? [term.text]).map { $0.lowercased() }
      } ?? []
    case .run: reader.term(run).map { [$0.text.lowercased()] } ?? []
    case .app: [StoredItem.app(of: route)]
    case .organization:
      organization.flatMap(reader.term).map(StoredItem.organizationKeywords) ?? []
    default: []
    }
  }

  func identities(of property: Property) throws -> [ItemIdentity] {
    guard property == .custodian || property == .participants else { return [] }
    return account.flatMap(reader.term).map {
      [directory.identity(route: $0.detail, nativeID: $0.text)]
    } ?? []
  }

  func time(of property: Property) throws -> Instant? {
    switch property {
    case .sent: started
    case .modified: updated
    case .captured: captured
    case .deleted: deleted
    default: nil
    }
  }

  func integer(of property: Property) throws -> Int64? { nil }
  func boolean(of property: Property) throws -> Bool? { nil }
}
