// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model
import Query
import Store

/// An item that a search found, by its id alone.
struct DisplayedReference: Displayable {
  static let recordType = DisplayedHit.recordType
  static let plural = DisplayedHit.plural

  var id: ObjectID
  var identifier: String { id.text }

  static let fields: [Field<DisplayedReference>] = [Field("id") { FieldValue($0.id) }]
}

/// A hit with the passage around its first marked word.
struct DisplayedHit: Displayable {
  static let recordType = "item"
  static let plural = "items"

  var hit: SearchHit
  var snippet: String

  var identifier: String { hit.id.text }

  static let fields: [Field<DisplayedHit>] = [
    Field("id") { .text($0.hit.id.text) },
    Field("native_id") { FieldValue($0.hit.nativeID) },
    Field("conversation_id") { .text($0.hit.conversationID.text) },
    Field("native_conversation_id") { .text($0.hit.nativeConversationID) },
    Field("time", heading: "time") { FieldValue($0.hit.time) },
    Field("kind", heading: "kind") { .text($0.hit.kind) },
    Field("role") { .text($0.hit.role) },
    Field("custodian", heading: "custodian") { .text($0.hit.custodian) },
    Field("from") { .text($0.hit.from) },
    Field("model") { .text($0.hit.model) },
    Field("title", heading: "title") { .text($0.hit.title) },
    Field("source") { .text($0.hit.source) },
    Field("version") { FieldValue($0.hit.version) },
    Field("snippet", heading: "text") { .text($0.snippet) },
  ]
}

/// Cuts the passage around the first hit out of an item's texts, hits in brackets.
struct Snippet {
  private static let width = 60
  private let finder: HitFinder

  init(_ node: QueryNode) {
    finder = HitFinder(node)
  }

  func text(of hit: SearchHit) -> String {
    let fields: [(String, Property?, String)] = [
      (hit.body, .body, ""), (hit.files, nil, "file: "), (hit.names, .attachment, "file name: "),
      (hit.title, .title, "title: "),
    ]
    for (text, property, label) in fields {
      let bytes = Array(text.utf8)
      guard let ranges = try? finder.hits(in: bytes.span, of: property), let first = ranges.first
      else { continue }
      return label + passage(bytes, around: first, hits: ranges)
    }
    return passage(Array(hit.body.utf8), around: 0..<0, hits: [])
  }

  private func passage(_ bytes: [UInt8], around hit: Range<Int>, hits: [Range<Int>]) -> String {
    var start = max(0, hit.lowerBound - Snippet.width)
    while start > 0, bytes[start] & 0xC0 == 0x80 { start -= 1 }
    var end = min(bytes.count, hit.upperBound + Snippet.width)
    while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
    var marked: [UInt8] = []
    var position = start
    for range in hits where range.lowerBound >= start && range.upperBound <= end {
      marked += bytes[position..<range.lowerBound]
      marked.append(UInt8(ascii: "["))
      marked += bytes[range]
      marked.append(UInt8(ascii: "]"))
      position = range.upperBound
    }
    marked += bytes[position..<end]
    var scalars = String.UnicodeScalarView()
    var lastIsBlank = false
    for scalar in String(decoding: marked, as: UTF8.self).unicodeScalars {
      let isBlank =
        scalar.properties.isWhitespace || scalar == Tokenizer.segmentSeparator
      if !isBlank {
        scalars.append(scalar)
      } else if !lastIsBlank {
        scalars.append(" ")
      }
      lastIsBlank = isBlank
    }
    return (start > 0 ? "…" : "") + String(scalars) + (end < bytes.count ? "…" : "")
  }
}
