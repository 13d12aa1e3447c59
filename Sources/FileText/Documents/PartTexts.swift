// SPDX-License-Identifier: Apache-2.0
import Model
import XML

/// The texts of a document's parts, gathered in the order of the archive and told in that of reading.
final class PartTexts {
  private let extraction: Extraction
  private var parts: [(order: PartOrder, bytes: [UInt8])] = []
  private var byteCount = 0
  /// Whether the parts hold more than may be read.
  private var isCut = false

  init(_ extraction: Extraction) {
    self.extraction = extraction
  }

  /// Reads a part with a receiver of its own.
  ///
  /// - Parameters:
  ///   - feed: The part.
  ///   - order: Where its text belongs.
  ///   - makeReceiver: Gets what takes the text.
  /// - Throws: What the feed throws.
  func read(
    _ feed: any ByteFeed, _ order: PartOrder,
    _ makeReceiver: (TextSink) -> some MarkupReceiver
  ) throws {
    guard !isCut else { return }
    let sink = TextSink(limit: extraction.limits.textByteCount - byteCount)
    defer {
      parts.append((order, sink.bytes))
      byteCount += sink.bytes.count
      isCut = sink.isCut
    }
    _ = try extraction.readMarkup(feed, makeReceiver(sink))
  }

  /// Appends all texts, each on lines of its own.
  func tell() {
    for part in parts.sorted(by: { $0.order < $1.order }) where !part.bytes.isEmpty {
      extraction.sink.endLine()
      extraction.sink.append(part.bytes[...])
    }
    extraction.sink.endLine()
    if isCut { extraction.sink.cut() }
    parts = []
  }
}

/// The place of a part among others: by its kind, then the number in its name, then the name.
struct PartOrder: Comparable {
  var rank: Int
  var number: Int
  var name: String

  init(rank: Int, _ name: String) {
    self.rank = rank
    self.name = name
    let file = name.split(separator: "/").last ?? ""
    number = Int(file.filter { $0.isASCII && $0.isNumber }.prefix(9)) ?? 0
  }

  static func < (left: PartOrder, right: PartOrder) -> Bool {
    (left.rank, left.number, left.name) < (right.rank, right.number, right.name)
  }
}

extension Extraction {
  /// Reads a part of a document, which is XML.
  ///
  /// - Returns: What the receiver has become.
  /// - Throws: What the feed throws.
  func readMarkup<Receiver: MarkupReceiver>(
    _ feed: any ByteFeed, _ receiver: Receiver
  ) throws -> Receiver {
    let peeked = try PeekedFeed(feed)
    let encoding = TextEncoding(
      of: peeked.head, isWhole: peeked.isWhole, declared: MarkupText.declaredCharset(peeked.head))
    let stream = try MarkupStream(.xml, receiver: receiver)
    // What the part holds up to a failure is told.
    defer { stream.finish() }
    try peeked.forEachText(encoding, for: self) { piece in
      stream.read(piece.span)
      return !stream.isEnded
    }
    stream.finish()
    if stream.isDamaged { note(ExtractionFailure(.decodeError, "it is damaged")) }
    if stream.hasPassedOver {
      note(ExtractionFailure(.decodeError, "it has entities of its own, which are not read"))
    }
    return stream.receiver ?? receiver
  }
}

/// Takes the text of some elements.
struct NamedTextReceiver: MarkupReceiver {
  private var text: FlowingText
  private let wanted: Set<String>
  private var depth = 0

  /// - Parameters:
  ///   - sink: Gets the text, each element's on a line of its own.
  ///   - wanted: Local names.
  init(_ sink: TextSink, wanted: Set<String>) {
    text = FlowingText(sink)
    self.wanted = wanted
  }

  var isDone: Bool { text.sink.isCut }

  mutating func begin(_ element: String, _ attributes: () -> [String: String]) {
    if wanted.contains(element) { depth += 1 }
  }

  mutating func end(_ element: String) {
    guard wanted.contains(element) else { return }
    depth -= 1
    text.endLine()
  }

  mutating func characters(_ piece: Span<UInt8>) {
    if depth > 0 { text.append(piece) }
  }
}
