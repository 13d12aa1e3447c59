// SPDX-License-Identifier: Apache-2.0

/// Reads records of comma-separated values (RFC 4180): quoted fields, doubled quotes, line breaks
/// inside quotes; line ends CRLF, LF or CR; a byte-order mark before the first field is skipped.
///
/// For small files that lie in memory, such as lists of custodians.
package struct CSVReader: ~Copyable {
  /// What is wrong with a text that is no CSV.
  package enum Defect: Error, Equatable {
    /// A quoted field that never ends, by the line (from 1) on which it begins.
    case unterminatedQuote(line: Int)
    /// Characters after the closing quote of a field.
    case textAfterQuote(line: Int)
  }

  private let bytes: [UInt8]
  /// The byte with which the next record begins.
  package private(set) var position: Int
  /// The line, counted from 1, on which the next record begins.
  package private(set) var line = 1

  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
    position = bytes.starts(with: ByteOrderMark.utf8) ? 3 : 0
  }

  /// Whether no record follows.
  package var isAtEnd: Bool { position >= bytes.count }

  /// The fields of the next record; nil at the end.
  ///
  /// An empty line is a record of one empty field.
  package mutating func next() throws(Defect) -> [String]? {
    guard position < bytes.count else { return nil }
    var fields: [String] = []
    while true {
      fields.append(try field())
      guard position < bytes.count else { return fields }
      let delimiter = bytes[position]
      position += 1
      if delimiter == UInt8(ascii: ",") { continue }
      if delimiter == 0x0D, position < bytes.count, bytes[position] == 0x0A { position += 1 }
      line += 1
      return fields
    }
  }

  private mutating func field() throws(Defect) -> String {
    guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
      let start = position
      while position < bytes.count, !isDelimiter(bytes[position]) { position += 1 }
      return String(decoding: bytes[start..<position], as: UTF8.self)
    }
    let startLine = line
    var value: [UInt8] = []
    position += 1
    while position < bytes.count {
      let stop = bytes.span.firstIndex(of: UInt8(ascii: "\""), from: position)
      for index in position..<stop where bytes[index] == 0x0A { line += 1 }
      value += bytes[position..<stop]
      position = stop + 1
      guard stop < bytes.count else { break }
      let byte = bytes[stop]
      if position < bytes.count, bytes[position] == UInt8(ascii: "\"") {
        value.append(byte)
        position += 1
        continue
      }
      guard position == bytes.count || isDelimiter(bytes[position]) else {
        throw .textAfterQuote(line: startLine)
      }
      return String(decoding: value, as: UTF8.self)
    }
    throw .unterminatedQuote(line: startLine)
  }
}

private func isDelimiter(_ byte: UInt8) -> Bool {
  byte == UInt8(ascii: ",") || byte == 0x0A || byte == 0x0D
}
