// SPDX-License-Identifier: Apache-2.0
import Detection
package import Model
import Query
import Store

/// What is to be blacked out in items that were chosen.
package enum RedactionTarget: Sendable {
  /// The words that a query looks for, wherever it would mark them.
  case terms(SetQuestion)
  /// What a detector finds of these sensitive types, from a confidence on.
  case types([SensitiveType], SensitiveConfidence)
  /// Literal texts, byte for byte, wherever they stand.
  case texts([String])
  /// All of an item: every block, file and file name.
  case wholeItems
  /// One part of an item, or a span of it in bytes of UTF-8.
  case part(RedactedPart, Range<Int>?)

  /// What a coding records of it; the texts themselves stay out, as they are content.
  var json: JSONValue {
    switch self {
    case .terms(let question): ["terms": JSONValue(question.query.normalForm)]
    case .texts(let texts): ["texts": JSONValue(texts.count)]
    case .types(let types, let confidence):
      [
        "types": JSONValue(types.map(\.id)), "confidence": JSONValue(confidence.rawValue),
        "detector": JSONValue(Detector.version),
      ]
    case .wholeItems: ["whole": true]
    case .part(let part, let span):
      [
        "part": .string(part.name), "index": JSONValue(part.index),
        "span": span.map { [JSONValue($0.lowerBound), JSONValue($0.upperBound)] } ?? nil,
      ]
    }
  }
}

/// Finds the places of a redaction in a conversation.
struct RedactionFinder {
  private let target: RedactionTarget
  private let finder: HitFinder?
  private let texts: [[UInt8]]

  init(_ target: RedactionTarget) {
    self.target = target
    switch target {
    case .terms(let question):
      finder = HitFinder(question.node)
      texts = []
    case .texts(let words):
      finder = nil
      texts = words.map { Array($0.utf8) }.filter { !$0.isEmpty }
    case .types, .wholeItems, .part:
      finder = nil
      texts = []
    }
  }

  /// The places in one version of a conversation.
  ///
  /// - Parameters:
  ///   - part: The version.
  ///   - chosen: The items that are looked at, by id.
  ///   - isOfChosen: Whether one of these items is in this version or in another one of the conversation:
  ///     words are then looked for in the version's title and project, too.
  ///   - conversation: Its row.
  /// - Returns: The places, in order.
  /// - Throws: `StoreError` with `.usage` for a part or span that an item does not have.
  func places(
    in part: FrozenConversation.Part, chosen: Set<String>, isOfChosen: Bool, conversation: Int64
  ) throws -> [RedactionPlace] {
    var places: [RedactionPlace] = []
    func add(_ redacted: RedactedPart, _ item: (index: Int, id: String)?, _ span: Range<Int>?) {
      guard let digest = part.digest(of: redacted, item: item?.index) else { return }
      places.append(
        RedactionPlace(
          conversation: conversation, item: item?.id ?? "", part: redacted,
          conversationVersion: part.version, span: span, digest: digest))
    }
    let items = part.items.filter { chosen.contains($0.value.item) }.sorted { $0.key < $1.key }
    guard isOfChosen else { return [] }
    for (index, item) in items {
      switch target {
      case .wholeItems: add(.item, (index, item.item), nil)
      case .part(let redacted, let span):
        try check(redacted, span, of: part.unit, index, item.item)
        add(redacted, (index, item.item), span)
      case .terms, .texts, .types:
        for redacted in part.unit.parts(ofItem: index) {
          for span in try spans(in: part.unit.text(of: redacted, item: index), redacted) {
            add(redacted, (index, item.item), span)
          }
        }
      }
    }
    guard searchesTexts else { return places }
    for redacted in [RedactedPart.title, .project] {
      for span in try spans(in: part.unit.text(of: redacted, item: -1), redacted) {
        add(redacted, nil, span)
      }
    }
    // What no rendering shows may stand in the native file: then there is none.
    let hit = Set(places.map(\.item))
    let search = NativeSearch(route: part.unit.route) { try isHit($0) }
    let ranges = part.unit.items.map(\.nativeRange)
    var isHidden = false
    for (index, item) in items where !hit.contains(item.item) {
      if try search.holds(part.unit.native.span.extracting(ranges[index])) { isHidden = true }
    }
    if try isHidden || search.holds(part.unit.native.span, skipping: ranges) {
      add(.native, nil, nil)
    }
    return places
  }

  private var searchesTexts: Bool {
    switch target {
    case .terms, .texts, .types: true
    case .wholeItems, .part: false
    }
  }

  private func check(
    _ redacted: RedactedPart, _ span: Range<Int>?, of unit: CapturedUnit, _ index: Int,
    _ item: String
  ) throws {
    guard let text = unit.text(of: redacted, item: index) else {
      throw StoreError(
        .usage, "the item \(item) has no \(redacted.name) \(redacted.index)", objects: [item])
    }
    if let span, span.upperBound > text.utf8.count || span.isEmpty {
      throw StoreError(
        .usage,
        "the \(redacted.name) \(redacted.index) of the item \(item) has \(text.utf8.count) bytes, so "
          + "there is no span \(span.lowerBound)..\(span.upperBound)", objects: [item])
    }
  }

  /// The spans to be cut out of a text, ascending.
  private func spans(in text: String?, _ part: RedactedPart) throws -> [Range<Int>] {
    guard let text, !text.isEmpty else { return [] }
    if case .types(let types, let confidence) = target {
      return Detector.matches(in: text.utf8.span)
        .filter { types.contains($0.type) && $0.confidence >= confidence }.map(\.range)
        .sorted { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }
    }
    if let finder {
      let properties: [Property?] =
        switch part {
        case .block, .tool: [.body]
        case .title, .document: [.title]
        // Words without a property mean a project's name, too, where they are to vanish.
        case .project: [.project, .body]
        case .fileName: [.attachment]
        case .file, .item, .native: [nil]
        }
      return Array(Set(try properties.flatMap { try finder.hits(in: text.utf8.span, of: $0) }))
        .sorted { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }
    }
    return texts.flatMap { occurrences(of: $0, in: Array(text.utf8)) }
      .sorted { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }
  }

  /// All places, overlapping ones too.
  private func occurrences(of word: [UInt8], in text: [UInt8]) -> [Range<Int>] {
    guard word.count <= text.count, let first = word.first else { return [] }
    var found: [Range<Int>] = []
    for start in 0...(text.count - word.count)
    where text[start] == first && text[start..<start + word.count].elementsEqual(word) {
      found.append(start..<start + word.count)
    }
    return found
  }

  private func isHit(_ text: String) throws -> Bool {
    if try !spans(in: text, .block(0)).isEmpty { return true }
    guard finder != nil else { return false }
    return try !spans(in: text, .title).isEmpty || !spans(in: text, .fileName(0)).isEmpty
  }
}
