// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Production

@Suite("Reading of DAT load files in pieces")
struct LoadFileReaderTests {
  private static let rows = [
    ["BEGDOC", "TEXT", "NOTE"], ["A1", "þorn þþ twice ÃÂÞ", ""], ["", "", ""],
    ["A2", "last þ", "þ"], ["A3", String(repeating: "long ", count: 40), "€"],
  ]

  private static func text(_ rows: [[String]]) -> String {
    rows.map { row in
      row.map { "þ" + doubled($0) + "þ" }.joined(separator: "\u{14}") + "\r\n"
    }.joined()
  }

  // Scalar by scalar: with a mark behind it þ is another character.
  private static func doubled(_ value: String) -> String {
    String(String.UnicodeScalarView(value.unicodeScalars.flatMap { $0 == "þ" ? [$0, $0] : [$0] }))
  }

  private static func bytes(_ rows: [[String]], _ encoding: LoadFileEncoding) -> [UInt8] {
    let text = text(rows)
    switch encoding {
    case .utf8WithMark: return [0xEF, 0xBB, 0xBF] + Array(text.utf8)
    case .utf8: return Array(text.utf8)
    case .utf16:
      return [0xFF, 0xFE] + text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    case .windows1252: return Array(text.data(using: .windowsCP1252) ?? Data())
    }
  }

  private func read(_ bytes: [UInt8], pieceByteCount: Int) throws -> [[String]] {
    var reader = ConcordanceReader()
    var rows: [[String]] = []
    for start in stride(from: 0, to: bytes.count, by: pieceByteCount) {
      reader.read(bytes.span.extracting(start..<min(bytes.count, start + pieceByteCount)))
      while try reader.next() {
        rows.append(reader.row)
        #expect(reader.isValue(0, reader.value(0)))
        #expect(!reader.isValue(0, reader.value(0) + "x"))
      }
    }
    try reader.finish()
    return rows
  }

  @Test("gives the same values wherever the pieces end", arguments: LoadFileEncoding.allCases)
  func pieces(_ encoding: LoadFileEncoding) throws {
    var rows = LoadFileReaderTests.rows
    // Outside of the plane that 16 bits can count, and with marks of their own.
    if encoding != .windows1252 {
      rows.append(["A4", "😀þ😀", "😀"])
      rows.append(["A5", "þ\u{301} þþ\u{301}\u{302}", "\u{301}"])
    }
    let bytes = LoadFileReaderTests.bytes(rows, encoding)
    #expect(bytes.count > 200)
    for count in Array(1...70) + [bytes.count] {
      #expect(try read(bytes, pieceByteCount: count) == rows, "pieces of \(count) bytes")
    }
  }

  @Test("a file that is cut anywhere but behind a record is refused")
  func cuts() throws {
    let bytes = LoadFileReaderTests.bytes(LoadFileReaderTests.rows, .utf8)
    for count in 0..<bytes.count {
      let part = Array(bytes[..<count])
      let isWhole = part.suffix(2) == [0x0D, 0x0A]
      if isWhole {
        #expect(throws: Never.self) { try read(part, pieceByteCount: 50) }
      } else {
        #expect(throws: ConcordanceReader.Defect.self, "\(count) bytes") {
          try read(part, pieceByteCount: 50)
        }
      }
    }
  }

  @Test(
    "what breaks the rules is refused, with the record in which it lies",
    arguments: [
      ("þaþ\r\nbþ\r\n", 2), ("þaþ\r\nþbþc\r\n", 2), ("þaþ\r\nþb\nþ\r\n", 2), ("þaþ\n", 1),
      ("þaþ\r\n\r\n", 2), ("þaþ\r\nþbþ\rx", 2), ("þaþ\u{14}\r\n", 1), ("\u{14}þaþ\r\n", 1),
    ])
  func defects(_ text: String, _ record: Int) throws {
    for count in [1, 2, 3, 100] {
      let error = #expect(throws: ConcordanceReader.Defect.self) {
        try read(Array(text.utf8), pieceByteCount: count)
      }
      #expect(error?.record == record)
    }
  }
}
