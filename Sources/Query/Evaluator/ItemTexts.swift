// SPDX-License-Identifier: Apache-2.0

/// The fields of one version of an item that have been cut into tokens so far, for all queries that
/// ask for its texts.
package struct ItemTokens {
  fileprivate var fields: [Property: Segments] = [:]
  fileprivate var files: Segments?

  fileprivate struct Segments {
    var texts: [TokenizedText]
    private var isMarked = false

    init(_ texts: [TokenizedText]) { self.texts = texts }

    /// Prepares for further questions, once: marks cost about as much as one search.
    mutating func mark() {
      guard !isMarked else { return }
      isMarked = true
      for index in texts.indices { texts[index].mark() }
    }
  }

  package init() {}
}

/// An item and those of its fields that have been cut into tokens so far.
struct ItemTexts<Item: QueryableItem> {
  let item: Item
  var tokens = ItemTokens()

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
    if tokens.fields[property] != nil {
      tokens.fields[property]?.mark()
      return tokens.fields[property]?.texts ?? []
    }
    let segments = try Self.segments(of: item.segments(of: property))
    tokens.fields[property] = ItemTokens.Segments(segments)
    return segments
  }

  private mutating func fileSegments() throws -> [TokenizedText] {
    if tokens.files != nil {
      tokens.files?.mark()
      return tokens.files?.texts ?? []
    }
    let segments = try Self.segments(of: item.fileTexts())
    tokens.files = ItemTokens.Segments(segments)
    return segments
  }

  private static func segments(of texts: [String]) -> [TokenizedText] {
    texts.flatMap { TokenizedText.segments(of: $0.utf8Span.span) }
  }
}
