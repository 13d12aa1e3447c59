// SPDX-License-Identifier: Apache-2.0
import Model

/// Reads mails (RFC 5322, MIME): who wrote to whom when about what, all bodies, and what is attached.
struct MailReader {
  private let extraction: Extraction
  /// In how many files the mail lies.
  private let depth: Int

  /// Parts within parts that are read.
  private static let levelLimit = 16

  init(_ extraction: Extraction, depth: Int) {
    self.extraction = extraction
    self.depth = depth
  }

  /// Reads a mail.
  func read(_ bytes: ArraySlice<UInt8>) {
    let fields = MailFields(bytes)
    let sink = extraction.sink
    sink.endLine()
    for name in ["From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Date", "Subject"] {
      for value in fields.all(name.lowercased()) where !value.isEmpty {
        sink.append(name + ": " + value + "\n")
      }
    }
    readEntity(fields, level: 0)
    sink.endLine()
  }

  /// Reads mails that stand one after another, each after a line that begins with `From ` (RFC 4155).
  func readMailbox(_ bytes: [UInt8]) {
    let mark = Array("From ".utf8)
    var rest = bytes[...]
    var start: Int?
    var followsBlank = true
    while !extraction.isEnded {
      let lineStart = rest.startIndex
      guard let line = MailFields.takeLine(&rest) else { break }
      if followsBlank, line.starts(with: mark) {
        if let start { readOne(bytes[start..<lineStart]) }
        start = rest.startIndex
      }
      followsBlank = line.isEmpty
    }
    if let start, !extraction.isEnded { readOne(bytes[start...]) }
  }

  private func readOne(_ bytes: ArraySlice<UInt8>) {
    extraction.noting {
      try extraction.budget.beginPart()
      read(bytes)
    }
  }

  private func readEntity(_ fields: MailFields, level: Int) {
    guard !extraction.isEnded else { return }
    if fields.wrongByteCount > 0 {
      extraction.note(
        ExtractionFailure(
          .decodeError, "bytes of a header that are no characters: \(fields.wrongByteCount)"))
    }
    let type = ParameterizedValue(fields["content-type"])
    let disposition = ParameterizedValue(fields["content-disposition"])
    let named = disposition["filename"]
    let name = named.isEmpty ? type["name"] : named
    if type.value.hasPrefix("multipart/") {
      return readParts(fields.body, type, level: level)
    }
    extraction.noting {
      try extraction.budget.beginPart()
      let coding = TransferCoding(fields["content-transfer-encoding"])
      if coding == nil {
        extraction.note(
          ExtractionFailure(.unsupportedType, "nothing here reads the coding of a part of the mail")
        )
      }
      let content = (coding ?? .identity).decode(fields.body)
      try extraction.budget.spend(content.count)
      let isAttached = disposition.value == "attachment" || !name.isEmpty
      try read(content, type, name: name, isAttached: isAttached)
    }
    extraction.sink.endLine()
  }

  private func read(
    _ content: ArraySlice<UInt8>, _ type: ParameterizedValue, name: String, isAttached: Bool
  ) throws {
    switch type.value {
    case "application/pgp-signature", "application/pkcs7-signature",
      "application/x-pkcs7-signature":
      return  // It says nothing in words.
    case "application/pkcs7-mime", "application/x-pkcs7-mime":
      throw type["smime-type"].lowercased() == "signed-data"
        ? ExtractionFailure(.unsupportedType, "nothing here reads a mail signed in that form")
        : ExtractionFailure(.passwordProtected, "it is encrypted")
    case "message/rfc822", "message/global":
      guard depth < extraction.limits.depth else {
        throw ExtractionFailure(.textLimit, "files lie too deep in each other")
      }
      return MailReader(extraction, depth: depth + 1).read(content)
    case _ where isAttached:
      extraction.sink.endLine()
      if !name.isEmpty { extraction.sink.append(name + "\n") }
      try extraction.read(
        MemoryFeed(content), name: name, type: type.value, charset: charset(of: type),
        depth: depth + 1)
    case "text/html":
      _ = try MarkupText.readHTML(
        PeekedFeed(MemoryFeed(content)), charset: charset(of: type), into: extraction)
    case _ where type.value.isEmpty || Self.isText(type.value):
      _ = try PlainText.read(
        PeekedFeed(MemoryFeed(withPlainLineEnds(content))), charset: charset(of: type),
        into: extraction)
    default:
      try extraction.read(MemoryFeed(content), name: name, type: type.value, depth: depth + 1)
    }
  }

  private func withoutLineEnd(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    guard bytes.last == 10 else { return bytes }
    let rest = bytes.dropLast()
    return rest.last == 13 ? rest.dropLast() : rest
  }

  /// The lines of a mail end with two characters, of which texts keep one.
  private func withPlainLineEnds(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    guard bytes.contains(13) else { return bytes }
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    for index in bytes.indices
    where bytes[index] != 13 || index + 1 == bytes.endIndex || bytes[index + 1] != 10 {
      result.append(bytes[index])
    }
    return result[...]
  }

  private static func isText(_ type: String) -> Bool {
    type.hasPrefix("text/") || type.hasPrefix("message/")
  }

  private func charset(of type: ParameterizedValue) -> String? {
    type["charset"].isEmpty ? nil : type["charset"]
  }

  private func readParts(
    _ body: ArraySlice<UInt8>, _ type: ParameterizedValue, level: Int
  ) {
    guard type.value != "multipart/encrypted" else {
      return extraction.note(ExtractionFailure(.passwordProtected, "it is encrypted"))
    }
    let boundary = Array(("--" + type["boundary"]).utf8)
    guard level < Self.levelLimit else {
      return extraction.note(
        ExtractionFailure(.textLimit, "parts of a mail lie too deep in each other"))
    }
    guard boundary.count > 2 else { return readUndivided(body) }
    var rest = body
    var start: Int?
    while !extraction.isEnded {
      let lineStart = rest.startIndex
      guard let line = MailFields.takeLine(&rest) else { break }
      guard line.starts(with: boundary) else { continue }
      let tail = line.dropFirst(boundary.count)
      let isEnd = tail.starts(with: [0x2D, 0x2D])
      guard isEnd || tail.allSatisfy({ $0 == 0x20 || $0 == 9 }) else { continue }
      // The line end before a boundary belongs to it (RFC 2046 §5.1.1).
      if let start {
        readEntity(MailFields(withoutLineEnd(body[start..<lineStart])), level: level + 1)
      }
      if isEnd {
        let isBlank = body[..<lineStart].allSatisfy { [0x20, 9, 0x0A, 0x0D].contains($0) }
        return start == nil && !isBlank ? readUndivided(body) : ()
      }
      start = rest.startIndex
    }
    guard !extraction.isEnded else { return }
    guard let start else { return readUndivided(body) }
    extraction.note(ExtractionFailure(.decodeError, "the mail is cut: its parts have no end"))
    readEntity(MailFields(body[start...]), level: level + 1)
  }

  /// Reads parts of which nothing tells where one begins.
  private func readUndivided(_ body: ArraySlice<UInt8>) {
    guard !body.isEmpty else { return }
    extraction.note(
      ExtractionFailure(.decodeError, "the parts of the mail cannot be told apart"))
    extraction.noting {
      _ = try PlainText.read(
        PeekedFeed(MemoryFeed(withPlainLineEnds(body))), charset: nil, into: extraction)
    }
    extraction.sink.endLine()
  }
}
