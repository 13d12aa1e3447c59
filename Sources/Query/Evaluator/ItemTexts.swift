// SPDX-License-Identifier: Apache-2.0

/// An item and those of its fields that have been cut into tokens so far.
struct ItemTexts<Item: QueryableItem> {
  let item: Item
  private var fields: [Property: [TokenizedText]] = [:]
  private var files: [TokenizedText]?

  init(_ item: Item) {
    self.item = item
  }

  /// Whether a segment of the fields in scope satisfies a condition.
  ///
  /// Short fields come first.
  mutating func contains(
    in scope: TextScope, where condition: (TokenizedText) throws -> Bool
  ) throws -> Bool {
    switch scope {
    case .property(let property):
      return try segments(of: property).contains(where: condition)
    case .fullText:
      for property in [Property.title, .attachment, .body]
      where try segments(of: property).contains(where: condition) {
        return true
      }
      return try fileSegments().contains(where: condition)
    }
  }

  private mutating func segments(of property: Property) throws -> [TokenizedText] {
    if let segments = fields[property] { return segments }
    let segments = try Self.segments(of: item.segments(of: property))
    fields[property] = segments
    return segments
  }

  private mutating func fileSegments() throws -> [TokenizedText] {
    if let files { return files }
    let segments = try Self.segments(of: item.fileTexts())
    files = segments
    return segments
  }

  private static func segments(of texts: [String]) -> [TokenizedText] {
    texts.flatMap { TokenizedText.segments(of: $0.utf8Span.span) }
  }
}
