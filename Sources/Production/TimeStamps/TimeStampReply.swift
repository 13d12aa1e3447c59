// SPDX-License-Identifier: Apache-2.0
import Bytes
package import Model

/// What an authority that stamps the time answered (RFC 3161 §2.4.2).
///
/// Says what is written in it; that the authority wrote it, ``TimeStampAuthority`` finds out.
package struct TimeStampReply: Sendable, Hashable {
  /// Why a reply is none for a file.
  package enum Flaw: Error, Hashable {
    /// It is no reply in the encoding that the RFC asks for.
    case malformed
    /// The authority stamped nothing; its status.
    case refused(Int)
    /// It is about another file.
    case otherFile
  }

  /// The time that the authority states, rounded down to 100 ns.
  package let time: Instant
  /// The digest of the file, of the kind that the reply is about.
  let digest: [UInt8]

  /// Reads a reply about a file.
  ///
  /// - Parameters:
  ///   - reply: The bytes of a file of type `application/timestamp-reply`.
  ///   - file: The bytes of the file that was to be stamped.
  /// - Throws: ``Flaw``.
  package init(_ reply: [UInt8], about file: [UInt8]) throws(Flaw) {
    guard let whole = DERValue.all(reply[...]), whole.count == 1,
      let response = whole[0].parts(.sequence), let state = response.first?.parts(.sequence),
      let number = state.first?.content(.integer), number.count <= 2
    else { throw .malformed }
    let status = number.reduce(0) { $0 << 8 | Int($1) }
    // Granted, or granted with changes that the content shows.
    guard status <= 1 else { throw .refused(status) }
    guard response.count == 2, let content = TimeStampReply.content(ofToken: response[1]),
      content.count >= 5, let imprint = content[2].parts(.sequence), imprint.count == 2,
      let algorithm = imprint[0].parts(.sequence)?.first?.content(.identifier),
      let digest = imprint[1].content(.bytes),
      let stated = content[4].content(.generalizedTime),
      let time = TimeStampReply.instant(stated)
    else { throw .malformed }
    guard
      let kind = StampedDigest.allCases.first(where: { $0.identifier.elementsEqual(algorithm) }),
      kind.digest(of: file).elementsEqual(digest)
    else { throw .otherFile }
    self.time = time
    self.digest = Array(digest)
  }

  /// Reads a reply in a file.
  ///
  /// - Parameters:
  ///   - path: The reply.
  ///   - file: The bytes of the file that was to be stamped.
  /// - Throws: ``Flaw``; `ProductionError` when the file cannot be read.
  package init(contentsOf path: String, about file: [UInt8]) throws {
    let input = try InputFile(path)
    let count = try input.byteCount()
    // Replies have a few thousand bytes: an authority's certificates are most of them.
    guard count <= 1 << 20 else { throw Flaw.malformed }
    var bytes: [UInt8] = []
    try input.forEachPiece(byteCount: count) { bytes.append($0) }
    try self.init(bytes, about: file)
  }

  // ContentInfo with SignedData (RFC 5652) around TSTInfo.
  private static func content(ofToken token: DERValue) -> [DERValue]? {
    let signedData: [UInt8] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02]
    let timeStamp: [UInt8] = [
      0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x10, 0x01, 0x04,
    ]
    guard let info = token.parts(.sequence), info.count == 2,
      info[0].content(.identifier).map({ signedData.elementsEqual($0) }) == true,
      let signed = info[1].parts(.firstPart)?.first?.parts(.sequence), signed.count >= 3,
      let inner = signed[2].parts(.sequence), inner.count == 2,
      inner[0].content(.identifier).map({ timeStamp.elementsEqual($0) }) == true,
      let bytes = inner[1].parts(.firstPart)?.first?.content(.bytes),
      let content = DERValue.all(bytes), content.count == 1
    else { return nil }
    return content[0].parts(.sequence)
  }

  // `YYYYMMDDhhmmss[.f…]Z` (RFC 3161 §2.4.2).
  private static func instant(_ content: ArraySlice<UInt8>) -> Instant? {
    let text = Array(content)
    guard text.count >= 15, text.last == UInt8(ascii: "Z") else { return nil }
    func part(_ range: Range<Int>) -> String { ascii(Array(text[range])) }
    let date = [part(0..<4), part(4..<6), part(6..<8)].joined(separator: "-")
    let time = [part(8..<10), part(10..<12), part(12..<14)].joined(separator: ":")
    return Instant(rfc3339: date + "T" + time + part(14..<text.count))
  }
}

extension TimeStampReply.Flaw: CustomStringConvertible {
  /// What is wrong, without a full stop.
  package var description: String {
    switch self {
    case .malformed: "it is no reply to a request for a time stamp (RFC 3161)"
    case .refused(let status): "the authority stamped nothing: its status is \(status)"
    case .otherFile: "it is about another \(TimeStampFiles.stamped)"
    }
  }
}
