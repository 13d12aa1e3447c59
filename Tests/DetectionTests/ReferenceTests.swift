// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
import TestSupport
import Testing

@testable import Detection

@Suite("Detection against a slow reference")
struct ReferenceTests {
  /// Pieces that meet in all ways, so that nearly right numbers are frequent.
  private static let pieces: [SensitiveType: [String]] = [
    .creditCardNumber: [
      "4111", "1111", "1111", "4111111111111111", "5555", "4444", "3782", "822463", "10005", "0",
      "12", "6011000990139424", "630400", "card", ".", "-", " ", " ", "-", "\u{2011}", "\u{A0}",
      "x",
      "_", "漢", ",",
    ],
    .socialSecurityNumber: [
      "123", "45", "6789", "000", "666", "900", "00", "123456789", "078", "05", "1120", "SSN",
      "ssns", "tin", "-", "-", " ", ".", "x", "_", "1", "\u{2011}", "é",
    ],
    .bankAccountNumber: [
      "DE89", "3704", "0044", "0532", "0130", "00", "DE89370400440532013000", "NO9386011117947",
      "GB82WEST12345698765432", "NL91", "ABNA", "0417", "1643", "fr1420041010050500013m02606", " ",
      " ", "-", "iban", "x", "1", ".", "\u{A0}",
    ],
    .ipAddress: [
      "192", "0", "2", "1", "255", "256", ".", ".", ".", ":", ":", "::", "2001", "db8", "fe80",
      "g", "ip", " ", "-", "1.2.3.4", "face", "_", "é", "12345",
    ],
    .phoneNumber: [
      "212", "555", "0123", "+1", "+49", "+", "1", "2125550123", "(212)", "(", ")", "-", "-", " ",
      " ", ".", "phone", "x", "911", "30", "1234567", "\u{2011}", "é",
    ],
    .awsAccessKey: [
      "AKIA", "ASIA", "IOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE", "IOSFODNN", "1EXAMPLE", "a", "A",
      "0", " ", "aws", "_", "-", "é",
    ],
  ]

  @Test("finds what the reference finds in random texts", arguments: ReferenceDetector.types)
  func random(type: SensitiveType) throws {
    let reference = try ReferenceDetector(words: SupportingWords.words)
    var generator = SplitMix(seed: UInt64(type.rawValue))
    let pieces = Self.pieces[type] ?? []
    for _ in 0..<400 {
      let text = (0..<Int.random(in: 3...9, using: &generator)).map { _ in
        pieces[Int.random(in: 0..<pieces.count, using: &generator)]
      }.joined()
      #expect(found(type, in: text) == expected(type, by: reference, in: text), "\(text)")
    }
  }

  @Test("finds what the reference finds in the cases by hand", arguments: DetectionCase.all)
  func cases(row: DetectionCase) throws {
    let reference = try ReferenceDetector(words: SupportingWords.words)
    for type in ReferenceDetector.types where type != .phoneNumber && type != .bankAccountNumber {
      #expect(found(type, in: row.text) == expected(type, by: reference, in: row.text))
    }
  }

  private func found(_ type: SensitiveType, in text: String) -> [String] {
    let bytes = Array(text.utf8)
    return Detector.matches(in: text.utf8Span.span).filter { $0.type == type }.map { match in
      DetectionCase.matches(
        type, String(decoding: bytes[match.range], as: UTF8.self), match.confidence.rawValue)
    }
  }

  private func expected(
    _ type: SensitiveType, by reference: ReferenceDetector, in text: String
  ) -> [String] {
    reference.found(in: text).filter { $0.hasPrefix(type.id + " ") }
  }
}

/// A generator of numbers that gives the same ones for the same seed.
private struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
