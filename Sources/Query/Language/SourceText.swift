// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The characters of a query after the folding of query-language section 3, each with its place in
/// the text as given.
struct SourceText {
  /// The folded characters; every blank is U+0020.
  private(set) var scalars: [Unicode.Scalar] = []
  /// What was folded, with the place of the first case of each kind.
  private(set) var foldings: [(code: DiagnosticCode, place: Place)] = []
  private var places: [Place] = []
  private let end: Place

  /// A part of the text as given, half-open.
  struct Place: Hashable {
    var bytes: Range<Int>
    var characters: Range<Int>
  }

  init(_ text: String) {
    if text.utf8.allSatisfy({ $0 < 0x80 }) {
      let count = text.utf8.count
      end = Place(bytes: count..<count, characters: count..<count)
      take(plain: text)
      return
    }
    var given: [(scalar: Unicode.Scalar, place: Place)] = []
    var byte = 0
    var character = 0
    for cluster in text {
      SourceText.append(cluster, byte: &byte, character: &character, to: &given)
    }
    end = Place(bytes: byte..<byte, characters: character..<character)
    scalars.reserveCapacity(given.count)
    places.reserveCapacity(given.count)
    fold(given)
  }

  /// Takes a text of ASCII alone: nothing composes, and only blanks are folded.
  private mutating func take(plain text: String) {
    scalars.reserveCapacity(text.utf8.count)
    places.reserveCapacity(text.utf8.count)
    for (index, byte) in text.utf8.enumerated() {
      let isBlank = (0x09...0x0D).contains(byte)
      scalars.append(Unicode.Scalar(isBlank ? UInt8(ascii: " ") : byte))
      places.append(Place(bytes: index..<index + 1, characters: index..<index + 1))
    }
  }

  /// The place of some characters in the text as given; at the end for an empty range there.
  func place(of range: Range<Int>) -> Place {
    guard range.lowerBound < places.count else { return end }
    guard !range.isEmpty else {
      let next = places[range.lowerBound]
      let byte = next.bytes.lowerBound
      let character = next.characters.lowerBound
      return Place(bytes: byte..<byte, characters: character..<character)
    }
    let first = range.lowerBound
    let last = min(range.upperBound, places.count) - 1
    return Place(
      bytes: places[first].bytes.lowerBound..<places[last].bytes.upperBound,
      characters: places[first].characters.lowerBound..<places[last].characters.upperBound)
  }

  /// The folded text of some characters.
  func text(_ range: Range<Int>) -> String {
    // A view of scalars takes them one by one, each through a closure.
    var bytes: [UInt8] = []
    bytes.reserveCapacity(range.count)
    for index in range {
      let scalar = scalars[index]
      if scalar.isASCII {
        bytes.append(UInt8(truncatingIfNeeded: scalar.value))
      } else if let encoded = UTF8.encode(scalar) {
        bytes.append(contentsOf: encoded)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The column of a character, counted from 1 in scalars of the text as given.
  func column(of index: Int) -> Int {
    place(of: index..<min(index + 1, scalars.count)).characters.lowerBound + 1
  }

  /// Normalises a cluster to NFC: characters compose within a cluster and never beyond it.
  private static func append(
    _ cluster: Character, byte: inout Int, character: inout Int,
    to given: inout [(scalar: Unicode.Scalar, place: Place)]
  ) {
    let startByte = byte
    let startCharacter = character
    let first = given.count
    var mayCompose = false
    for scalar in cluster.unicodeScalars {
      let width = UTF8.width(scalar)
      given.append(
        (
          scalar,
          Place(bytes: byte..<byte + width, characters: character..<character + 1)
        ))
      byte += width
      character += 1
      // Below the first combining mark nothing is changed by NFC.
      if scalar.value >= 0x300 { mayCompose = true }
    }
    guard mayCompose else { return }
    let composed = String(cluster).precomposedStringWithCanonicalMapping.unicodeScalars
    guard !composed.elementsEqual(cluster.unicodeScalars) else { return }
    let place = Place(bytes: startByte..<byte, characters: startCharacter..<character)
    given.removeSubrange(first...)
    for scalar in composed { given.append((scalar, place)) }
  }

  private mutating func fold(_ given: [(scalar: Unicode.Scalar, place: Place)]) {
    var isQuoted = false
    for (index, item) in given.enumerated() {
      let scalar = item.scalar
      let next = index + 1 < given.count ? given[index + 1].scalar : nil
      switch scalar.value {
      case 0x200D where joinsPictographs(next: next):
        keep(scalar, item.place)
      case 0xAD, 0x61C, 0x180E, 0x200B...0x200F, 0x202A...0x202E, 0x2060...0x2064,
        0x2066...0x206F, 0xFEFF:
        note(.zeroWidth, item.place)
      case 0x22:
        isQuoted.toggle()
        keep(scalar, item.place)
      case 0x201C, 0x201D, 0x201E, 0x201F, 0xAB, 0xBB:
        isQuoted.toggle()
        note(.curlyQuotes, item.place)
        keep("\"", item.place)
      case 0xFF01...0xFF5E:
        note(.fullWidth, item.place)
        let folded = Unicode.Scalar(UInt8(scalar.value - 0xFF01 + 0x21))
        if folded == "\"" { isQuoted.toggle() }
        keep(folded, item.place)
      case 0x2013, 0x2014, 0x2212:
        if !isQuoted, standsAsSign(next: next) {
          note(.dashAsSign, item.place)
          keep("-", item.place)
        } else {
          keep(scalar, item.place)
        }
      default:
        keep(scalar.properties.isWhitespace ? " " : scalar, item.place)
      }
    }
  }

  private mutating func keep(_ scalar: Unicode.Scalar, _ place: Place) {
    scalars.append(scalar)
    places.append(place)
  }

  private mutating func note(_ code: DiagnosticCode, _ place: Place) {
    if !foldings.contains(where: { $0.code == code }) { foldings.append((code, place)) }
  }

  /// Whether a dash here stands directly before something and after a blank, `(` or nothing.
  private func standsAsSign(next: Unicode.Scalar?) -> Bool {
    guard let next, !next.properties.isWhitespace, next != ")" else { return false }
    return scalars.last.map { $0 == " " || $0 == "(" } ?? true
  }

  /// Whether a joiner here holds a pictograph sequence together, so that it stays one token.
  private func joinsPictographs(next: Unicode.Scalar?) -> Bool {
    guard let next, next.value > 0x7F, next.properties.isEmoji, let last = scalars.last else {
      return false
    }
    return last.value == 0xFE0F || last.properties.isEmojiModifier
      || (last.value > 0x7F && last.properties.isEmoji)
  }
}
