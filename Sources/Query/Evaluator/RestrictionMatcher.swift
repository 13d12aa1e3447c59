// SPDX-License-Identifier: Apache-2.0
import Model

/// A restriction on a property's value, ready for many items (query-language section 7).
///
/// Multi-valued properties match when any value does; a property without a value matches nothing.
struct RestrictionMatcher: Sendable {
  private let property: Property
  private let condition: PropertyRestriction.Condition
  /// For whole texts and keywords what the value is compared with.
  private let foldedText: [UInt8]
  private let identity: IdentityMatcher?
  private let sensitiveType: SensitiveTypeCondition?

  init(_ restriction: PropertyRestriction) {
    property = restriction.property
    condition = restriction.condition
    var foldedText: [UInt8] = []
    var identity: IdentityMatcher?
    var sensitiveType: SensitiveTypeCondition?
    switch condition {
    case .identity(let match): identity = IdentityMatcher(match)
    case .keyword(let value, _) where property == .sensitivetype:
      sensitiveType = SensitiveTypeCondition(value)
    case .wholeText(let text, _), .keyword(let text, _):
      foldedText = Array(FoldedValue.wholeText(text).utf8)
    default: break
    }
    self.foldedText = foldedText
    self.identity = identity
    self.sensitiveType = sensitiveType
  }

  /// Whether it has to read a field's text.
  var readsText: Bool {
    switch condition {
    case .wholeText: true
    case .exists: property == .body || property == .attachment
    default: false
    }
  }

  func matches(_ item: some QueryableItem) throws -> Bool {
    switch condition {
    case .exists: return try hasValue(item)
    case .wholeText(_, let isPrefix):
      return try item.segments(of: property).contains { matches($0, isPrefix: isPrefix) }
    case .keyword(_, let isPrefix):
      let values = try item.keywords(of: property)
      if let sensitiveType { return sensitiveType.matches(values) }
      return values.contains { matches($0, isPrefix: isPrefix) }
    case .identity:
      return try item.identities(of: property).contains { identity?.matches($0) ?? false }
    case .time(let interval):
      return try item.time(of: property).map { interval.contains($0) } ?? false
    case .integer(let lower, let upper):
      guard let value = try item.integer(of: property) else { return false }
      return lower ?? .min <= value && value <= upper ?? .max
    case .boolean(let wanted): return try item.boolean(of: property) == wanted
    }
  }

  private func matches(_ value: String, isPrefix: Bool) -> Bool {
    let folded = FoldedValue.wholeText(value).utf8
    return isPrefix ? folded.starts(with: foldedText) : folded.elementsEqual(foldedText)
  }

  /// Whether the property has a value; one of blanks and invisible characters alone is none.
  ///
  /// So an item has a value exactly where a restriction by `=` on some value selects it: a title of
  /// punctuation is one.
  private func hasValue(_ item: some QueryableItem) throws -> Bool {
    switch property {
    case .body, .title, .attachment, .project, .hold, .retentionlabel, .sensitivitylabel, .tag,
      .note,
      .theme:
      return try hasText(item)
    case .from, .to, .participants, .custodian:
      return try item.identities(of: property).contains {
        $0.custodian != nil || $0.names.contains(where: isValue)
      }
    case .sent, .modified, .captured, .deleted: return try item.time(of: property) != nil
    case .size: return try item.integer(of: property) != nil
    case .hasattachment, .edited, .isrepresentative, .isduplicate:
      return try item.boolean(of: property) != nil
    case .kind, .itemclass, .role, .conversation, .id, .source, .run, .organization, .model, .app,
      .tool, .filetype, .mimetype, .hash, .language, .indexstatus, .indexerror, .sensitivetype,
      .provenance, .reviewset, .loadid, .family, .conversationfamily, .ndset:
      return try item.keywords(of: property).contains(where: isValue)
    }
  }

  private func hasText(_ item: some QueryableItem) throws -> Bool {
    try item.segments(of: property).contains(where: isValue)
  }

  private func isValue(_ text: String) -> Bool { !FoldedValue.wholeText(text).isEmpty }
}
