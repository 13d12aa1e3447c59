// SPDX-License-Identifier: Apache-2.0
import Bytes
import Detection
import Model

@testable import Query
@testable import Store

/// One row that the store must have, made from the captured unit and from nothing that was stored.
struct OracleItem: QueryableItem {
  var unit: CapturedUnit
  var item: CapturedItem
  var position: Int
  var sources: [String]
  var people: [String: ItemIdentity]
  /// When the conversation was deleted, as any of its versions tells.
  var deleted: Instant?
  /// The version of the conversation that it was indexed with; nil for `unit` itself.
  var record: [UInt8]?
  /// The models of the version of the conversation that it was indexed with; nil for those of `unit`.
  var models: Set<String>?
  /// Values that take long to find, where they were asked for before.
  var costly: [Property: [String]] = [:]

  var id: ObjectID {
    .item(
      route: unit.route, conversationID: unit.nativeID, itemID: item.nativeID ?? "\(position)")
  }

  func segments(of property: Property) throws -> [String] {
    let texts: [String] =
      switch property {
      case .body: item.blocks.map(\.text)
      case .title: [unit.title] + item.files.filter { $0.kind == .artifact }.map(\.name)
      case .attachment: item.files.map(\.name)
      case .project: [unit.projectName ?? "", unit.projectID ?? ""]
      default: []
      }
    return texts.filter { !$0.isEmpty }
  }

  func fileTexts() throws -> [String] { item.files.compactMap(\.text).filter { !$0.isEmpty } }

  func keywords(of property: Property) throws -> [String] {
    if let known = costly[property] { return known }
    return switch property {
    case .kind: [item.kind.rawValue] + item.files.map(\.kind.rawValue)
    case .role: [item.role.rawValue]
    case .model: [item.model].compactMap { $0?.lowercased() }
    case .tool: item.blocks.filter { $0.kind == .toolUse }.map { $0.name.lowercased() }
    case .filetype: item.files.map(\.fileExtension).filter { !$0.isEmpty }
    case .mimetype: item.files.map { $0.type.lowercased() }.filter { !$0.isEmpty }
    case .source: sources.map { $0.lowercased() }
    case .conversation:
      [
        ObjectID.conversation(route: unit.route, nativeID: unit.nativeID).text,
        unit.nativeID.lowercased(),
      ]
    case .id:
      [id.text] + [item.nativeID].compactMap { $0?.lowercased() }
        + item.files.compactMap { $0.nativeID?.lowercased() }
    case .provenance: [item.provenance.text]
    case .indexstatus: [item.files.contains { $0.text == nil } ? "partial" : "full"]
    case .app: ["claude.ai"]
    case .itemclass: ["ai.claude.chat"] + (item.files.isEmpty ? [] : ["ai.claude.attachment"])
    case .organization:
      [unit.organizationID, unit.organizationName].compactMap { $0?.lowercased() }
        .filter { !$0.isEmpty }
    case .indexerror:
      item.files.filter { $0.text == nil }.map { file in
        "filenotcaptured" + (file.fileExtension.isEmpty ? "" : "_" + file.fileExtension)
      }
    case .family: [id.text]
    case .conversationfamily:
      [ObjectID.conversation(route: unit.route, nativeID: unit.nativeID).text]
    case .sensitivetype: try sensitiveCounts.map(\.keyword)
    case .hash: digests
    default: []
    }
  }

  func identities(of property: Property) throws -> [ItemIdentity] {
    let person = unit.accountID.map {
      people[$0] ?? ItemIdentity(custodian: nil, names: [$0])
    }
    let own = person.map { [$0] } ?? []
    let models = (models ?? Set(unit.items.compactMap(\.model))).sorted()
      .map { ItemIdentity(custodian: nil, names: [$0]) }
    switch (property, item.role) {
    case (.custodian, _): return own
    case (.participants, _): return own + models
    case (.from, .user), (.to, .assistant): return own
    case (.from, .assistant):
      return item.model.map { [ItemIdentity(custodian: nil, names: [$0])] } ?? []
    case (.to, .user): return models
    default: return []
    }
  }

  /// Segment by segment, where the store has them joined.
  private var sensitiveCounts: [SensitiveCount] {
    get throws {
      var tally = SensitiveTally()
      for property in [Property.body, .title, .attachment] {
        for text in try segments(of: property) { tally.add(text.utf8Span.span) }
      }
      for text in try fileTexts() { tally.add(text.utf8Span.span) }
      return tally.finish()
    }
  }

  private var digests: [String] {
    let own = Array(unit.native[item.nativeRange])
    let all =
      [own, record ?? unit.native] + item.files.compactMap { $0.text.map { Array($0.utf8) } }
    return all.flatMap { bytes in
      let digests = FileDigests(of: bytes.span)
      return [digests.sha256, digests.md5]
    }
  }

  func time(of property: Property) throws -> Instant? {
    switch property {
    case .sent: item.time?.instant
    case .deleted: deleted
    default: nil
    }
  }

  func integer(of property: Property) throws -> Int64? {
    property == .size ? Int64(item.nativeRange.count) : nil
  }

  func boolean(of property: Property) throws -> Bool? {
    property == .hasattachment ? !item.files.isEmpty : nil
  }
}

/// All rows that a sequence of imports must leave, and a linear scan over them.
struct Oracle {
  var people: [String: ItemIdentity] = [:]
  private var captures: [(unit: CapturedUnit, source: String)] = []

  mutating func ingest(_ units: [CapturedUnit], source: String) {
    captures += units.map { ($0, source) }
  }

  /// Every version of every item under every title.
  func rows() -> [OracleItem] {
    var rows: [OracleItem] = []
    var history: [String: [(unit: CapturedUnit, source: String)]] = [:]
    for capture in captures { history[capture.unit.nativeID, default: []].append(capture) }
    for versions in history.values {
      var newest: [String: OracleItem] = [:]
      var seen: [(native: [UInt8], source: String)] = []
      let further = Set(versions.map(\.source)).subtracting([versions[0].source])
      for version in versions {
        if seen.contains(where: { $0.native == version.unit.native }) { continue }
        seen.append((version.unit.native, version.source))
        let sources = further.union([version.source]).sorted()
        var present: Set<String> = []
        for (position, item) in version.unit.items.enumerated() {
          let row = OracleItem(
            unit: version.unit, item: item, position: position, sources: sources, people: people)
          present.insert(row.id.text)
          let old = newest[row.id.text]
          let isSame =
            old.map { bytes($0) == bytes(row) && isSameFrame($0.unit, row.unit) } ?? false
          if !isSame { rows.append(row) }
          newest[row.id.text] = row
        }
        for (id, old) in newest where !present.contains(id) {
          guard !isSameFrame(old.unit, version.unit) else { continue }
          var row = old
          row.unit.title = version.unit.title
          row.unit.organizationID = version.unit.organizationID
          row.record = version.unit.native
          row.models = Set(version.unit.items.compactMap(\.model))
          row.sources = sources
          rows.append(row)
          newest[id] = row
        }
      }
    }
    return rows.map { row in
      var row = row
      row.deleted = history[row.unit.nativeID]?.compactMap { $0.unit.deletedAt?.instant }.max()
      return row
    }
  }

  /// Whether what all items of a conversation share is the same in two versions.
  private func isSameFrame(_ left: CapturedUnit, _ right: CapturedUnit) -> Bool {
    left.title == right.title && left.organizationID == right.organizationID
  }

  private func bytes(_ row: OracleItem) -> [UInt8] {
    Array(row.unit.native[row.item.nativeRange])
  }
}

/// A linear scan over rows: each one is evaluated for each query, but cut into tokens once for all of
/// them.
final class Scan {
  private let ids: [ObjectID]
  private let rows: [OracleItem]
  private var tokens: [ItemTokens]

  init(_ rows: [OracleItem]) throws {
    ids = rows.map(\.id)
    self.rows = try rows.map { row in
      var row = row
      row.costly = [
        .sensitivetype: try row.keywords(of: .sensitivetype), .hash: try row.keywords(of: .hash),
      ]
      return row
    }
    tokens = Array(repeating: ItemTokens(), count: rows.count)
  }

  /// The ids of the items that match, by evaluating every row.
  func matches(_ node: QueryNode) throws -> Set<ObjectID> {
    let evaluator = Evaluator(node)
    var found: Set<ObjectID> = []
    for index in rows.indices where !found.contains(ids[index]) {
      if try evaluator.matches(rows[index], keeping: &tokens[index]) { found.insert(ids[index]) }
    }
    return found
  }
}
