// SPDX-License-Identifier: Apache-2.0
import Bytes
import Capture

/// Looks for what is to be blacked out in native bytes: in every string and number, as it is meant and
/// not as it is written.
///
/// A native holds one JSON value, or one a line; a line of it may be no JSON at all, and an audit log
/// is CSV. A file that was captured whole is text.
struct NativeSearch {
  private let isTable: Bool
  private let isText: Bool
  private let isHit: (String) throws -> Bool

  /// - Parameters:
  ///   - route: How the native was captured.
  ///   - isHit: Whether a text holds what is looked for.
  init(route: String, isHit: @escaping (String) throws -> Bool) {
    isTable = route == AuditLog.route
    isText = route == ClaudeCode.fileRoute
    self.isHit = isHit
  }

  /// Whether what is looked for stands anywhere.
  ///
  /// - Parameters:
  ///   - native: The bytes, or a part of them that begins and ends where a value does.
  ///   - skipped: Values that begin in one of these ranges are passed over.
  /// - Returns: True for a hit, and for nothing else.
  /// - Throws: What the search throws.
  func holds(_ native: Span<UInt8>, skipping skipped: [Range<Int>] = []) throws -> Bool {
    if isTable { return try tableHolds(native, skipping: skipped) }
    let skipped = Skipped(skipped)
    if isText { return try !skipped.contains(0) && isHit(text(native)) }
    var place = 0
    while place < native.count {
      guard !isBlank(native[place]) else {
        place += 1
        continue
      }
      var cursor = JSONCursor(native, at: place)
      do {
        if try isInValue(&cursor, skipped) { return true }
        place = cursor.position
      } catch is JSONError {
        // A line that was kept as it is.
        let lineEnd = lineEnd(in: native, from: place)
        if !skipped.contains(place), try isHit(text(native.extracting(place..<lineEnd))) {
          return true
        }
        place = lineEnd
      }
    }
    return false
  }

  private func isInValue(_ cursor: inout JSONCursor, _ skipped: Skipped) throws -> Bool {
    let kind = try cursor.peek()
    guard !skipped.contains(cursor.position) else {
      try cursor.skipValue()
      return false
    }
    switch kind {
    case .object:
      try cursor.enterObject()
      var found = false
      while let key = try cursor.nextKey() {
        if try isHit(cursor.text(of: key)) { found = true }
        if try isInValue(&cursor, skipped) { found = true }
      }
      return found
    case .array:
      try cursor.enterArray()
      var found = false
      while try cursor.hasNextElement() {
        if try isInValue(&cursor, skipped) { found = true }
      }
      return found
    case .string: return try isInString(cursor.readString())
    case .number: return try isHit(text(cursor.bytes.extracting(cursor.skipValue())))
    case .boolean, .null:
      try cursor.skipValue()
      return false
    }
  }

  /// A gateway writes bodies as text: JSON in a string, with escapes of its own.
  private func isInString(_ string: String) throws -> Bool {
    if try isHit(string) { return true }
    guard let first = string.utf8.first, first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
    else { return false }
    return try holds(string.utf8.span)
  }

  private func tableHolds(_ native: Span<UInt8>, skipping skipped: [Range<Int>]) throws -> Bool {
    // What is not skipped stands before the rows: the header.
    let native = native.extracting(..<(skipped.map(\.lowerBound).min() ?? native.count))
    var bytes: [UInt8] = []
    bytes.append(native)
    if try isHit(text(native)) { return true }
    var reader = CSVReader(bytes)
    while let fields = try? reader.next() {
      for field in fields where try isInString(field) { return true }
    }
    return false
  }

  private func text(_ bytes: Span<UInt8>) -> String {
    var copy: [UInt8] = []
    copy.append(bytes)
    return String(decoding: copy, as: UTF8.self)
  }

  private func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
  }

  private func lineEnd(in bytes: Span<UInt8>, from place: Int) -> Int {
    var end = place
    while end < bytes.count, bytes[end] != 0x0A { end += 1 }
    return end
  }
}

/// Ranges in which no value is looked at; asked for places in any order.
private struct Skipped {
  private var ranges: [Range<Int>] = []

  init(_ all: [Range<Int>]) {
    for range in all.sorted(by: { $0.lowerBound < $1.lowerBound }) where !range.isEmpty {
      if let last = ranges.last, range.lowerBound < last.upperBound {
        ranges[ranges.count - 1] =
          last.lowerBound..<max(last.upperBound, range.upperBound)
      } else {
        ranges.append(range)
      }
    }
  }

  func contains(_ place: Int) -> Bool {
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].upperBound <= place { low = middle + 1 } else { high = middle }
    }
    return low < ranges.count && ranges[low].contains(place)
  }
}
