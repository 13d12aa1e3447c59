// SPDX-License-Identifier: Apache-2.0
import Bytes
import Testing

@Suite("Rows of comma-separated values")
struct CSVRecordSplitterTests {
  /// The pieces of a text that comes in chunks of a length.
  private func pieces(
    _ text: String, chunk length: Int, byteLimit: Int = 1 << 20
  ) -> [CSVRecordSplitter.Piece] {
    var splitter = CSVRecordSplitter(byteLimit: byteLimit)
    var pieces: [CSVRecordSplitter.Piece] = []
    let bytes = Array(text.utf8)
    for start in stride(from: 0, to: bytes.count, by: length) {
      splitter.append(bytes[start..<min(start + length, bytes.count)].span)
      while let piece = splitter.next() { pieces.append(piece) }
    }
    splitter.finish()
    while let piece = splitter.next() { pieces.append(piece) }
    return pieces
  }

  @Test(
    "end where a field does not go on in quotes, wherever the chunks end",
    arguments: [
      ("a,5\" disk,x\nb,7\" disk,y\n", ["a,5\" disk,x", "b,7\" disk,y"]),
      ("a,\"b\nc\"\r\nd", ["a,\"b\nc\"", "d"]),
      ("\"a\"\"\n\",b\nc", ["\"a\"\"\n\",b", "c"]),
      ("\"\",\"\"\"\"\n\"\"\"\n\"\n", ["\"\",\"\"\"\"", "\"\"\"\n\""]),
      ("a\"\nb\"\n\n\"c\"d\"\ne", ["a\"", "b\"", "\"c\"d\"", "e"]),
      ("a, \"b\nc\",d", ["a, \"b", "c\",d"]), ("\u{FEFF}\"a\nb\"\n", ["\"a\nb\""]),
    ])
  func rows(text: String, rows: [String]) {
    for length in 1...9 {
      #expect(pieces(text, chunk: length) == rows.map { .row(Array($0.utf8)) }, "\(length)")
    }
  }

  @Test("are one piece each where they do not end or are too large")
  func faults() {
    #expect(pieces("a\n\"bcd", chunk: 2) == [.row([0x61]), .unterminated(Array("\"bcd".utf8))])
    for length in [1, 2, 3, 5, 10, 100] {
      #expect(
        pieces("a\n\"0123456789abcde", chunk: length, byteLimit: 8)
          == [.row([0x61]), .oversized(byteCount: 16)], "\(length)")
    }
    #expect(
      pieces("0123456789\nb", chunk: 4, byteLimit: 8) == [
        .oversized(byteCount: 10), .row([0x62]),
      ])
  }
}
