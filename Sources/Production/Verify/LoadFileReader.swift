// SPDX-License-Identifier: Apache-2.0
import Bytes

/// Reads the records of a Concordance DAT load file in pieces, strictly (export-formats section
/// 4.1): every value quoted, every record ended by CRLF, no blank lines.
struct ConcordanceReader {
  /// A break of the rules, by the record (from 1, the header included) in which it lies.
  struct Defect: Error {
    var record: Int
    var detail: String
  }

  private enum State {
    case recordStart
    case valueStart
    case inValue
    case afterQuote
    case lineFeed
  }

  // þ, whatever its bytes in the file: no byte of UTF-8.
  private static let quote: UInt8 = 0xFF

  private var encoding: LoadFileEncoding?
  private var pending: [UInt8] = []
  private var state = State.recordStart
  private var value: [UInt8] = []
  private var fields: [String] = []
  private(set) var recordCount = 0

  /// Reads the next piece and hands each complete record to a body.
  mutating func read(_ piece: Span<UInt8>, _ body: ([String]) -> Void) throws(Defect) {
    pending.append(piece)
    if encoding == nil {
      guard pending.count >= 3 else { return }
      detectEncoding()
    }
    let symbols = decodePending()
    for symbol in symbols { try take(symbol, body) }
  }

  /// Ends the file; throws when it breaks off inside a record.
  mutating func finish() throws(Defect) {
    guard pending.isEmpty, state == .recordStart, recordCount > 0 else {
      throw defect("the file ends inside a record")
    }
  }

  private mutating func detectEncoding() {
    if pending.starts(with: [0xEF, 0xBB, 0xBF]) {
      encoding = .utf8WithMark
      pending.removeFirst(3)
    } else if pending.starts(with: [0xFF, 0xFE]) {
      encoding = .utf16
      pending.removeFirst(2)
    } else {
      encoding = pending[0] == 0xFE ? .windows1252 : .utf8
    }
  }

  // UTF-8 with þ as the quote symbol; what is incomplete stays pending.
  private mutating func decodePending() -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(pending.count)
    var index = 0
    switch encoding {
    case .windows1252:
      for byte in pending {
        if byte == 0xFE {
          output.append(ConcordanceReader.quote)
        } else {
          output.append(String(Character(Windows1252.scalar(byte) ?? "\u{FFFD}")))
        }
      }
      index = pending.count
    case .utf16:
      // A high half waits for its low half.
      var units: [UInt16] = []
      while index + 1 < pending.count {
        let unit = UInt16(pending[index]) | UInt16(pending[index + 1]) << 8
        if UTF16.isLeadSurrogate(unit), index + 3 >= pending.count { break }
        units.append(unit)
        index += 2
      }
      for scalar in String(decoding: units, as: UTF16.self).unicodeScalars {
        if scalar == "\u{FE}" {
          output.append(ConcordanceReader.quote)
        } else {
          output.append(String(Character(scalar)))
        }
      }
    case .utf8, .utf8WithMark, nil:
      while index < pending.count {
        let byte = pending[index]
        if byte == 0xC3 {
          guard index + 1 < pending.count else { break }
          if pending[index + 1] == 0xBE {
            output.append(ConcordanceReader.quote)
            index += 2
            continue
          }
        }
        output.append(byte)
        index += 1
      }
    }
    pending.removeFirst(index)
    return output
  }

  private mutating func take(_ symbol: UInt8, _ body: ([String]) -> Void) throws(Defect) {
    switch (state, symbol) {
    case (.recordStart, ConcordanceReader.quote), (.valueStart, ConcordanceReader.quote):
      state = .inValue
    case (.inValue, ConcordanceReader.quote): state = .afterQuote
    case (.inValue, 0x0A), (.inValue, 0x0D): throw defect("a value holds a bare line end")
    case (.inValue, _): value.append(symbol)
    case (.afterQuote, ConcordanceReader.quote):
      value.append("\u{FE}")
      state = .inValue
    case (.afterQuote, 0x14):
      endField()
      state = .valueStart
    case (.afterQuote, 0x0D):
      endField()
      state = .lineFeed
    case (.lineFeed, 0x0A):
      recordCount += 1
      body(fields)
      fields.removeAll(keepingCapacity: true)
      state = .recordStart
    default: throw defect("a byte stands where it must not")
    }
  }

  private mutating func endField() {
    fields.append(String(decoding: value, as: UTF8.self))
    value.removeAll(keepingCapacity: true)
  }

  private func defect(_ detail: String) -> Defect {
    Defect(record: recordCount + 1, detail: detail)
  }
}

/// Counts the records of a CSV file in pieces (RFC 4180).
struct CSVRecordCounter {
  private var isQuoted = false
  private var previous: UInt8 = 0
  /// Records with their line ends so far.
  private(set) var count = 0

  mutating func read(_ piece: Span<UInt8>) {
    for index in piece.indices {
      let byte = piece[index]
      if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
      if byte == 0x0A, previous == 0x0D, !isQuoted { count += 1 }
      previous = byte
    }
  }
}
