// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import Model

/// The order in which the files of a folder are read.
///
/// It is that of names, but files of JSON lines go by the time of their first record and then of
/// their last: a session that was resumed repeats records of an earlier one, whose they are
/// (claude-capture-formats section 8.5), and names tell nothing about which was first.
enum ReadingOrder {
  /// Bytes of the head and the tail of a file that are looked at.
  private static let partByteCount = 64 << 10

  private struct Key: Comparable {
    var first: String
    var last: String
    var name: String

    static func < (left: Key, right: Key) -> Bool {
      (left.first, left.last, left.name) < (right.first, right.last, right.name)
    }
  }

  /// Puts sorted names into the order; the others stay before the files of JSON lines.
  static func ordered(_ names: [String], in folder: String) -> [String] {
    let lines = names.filter { $0.hasSuffix(".jsonl") }
    guard lines.count > 1 else { return names }
    let sorted = lines.map { key(of: $0, in: folder) }.sorted().map(\.name)
    return names.filter { !$0.hasSuffix(".jsonl") } + sorted
  }

  private static func key(of name: String, in folder: String) -> Key {
    // Nothing else is opened: a named pipe would wait for a writer.
    let attributes = try? FileManager.default.attributesOfItem(atPath: folder + name)
    guard attributes?[.type] as? FileAttributeType == .typeRegular,
      let file = FileHandle(forReadingAtPath: folder + name)
    else {
      return Key(first: "", last: "", name: name)
    }
    defer { try? file.close() }
    let head = (try? file.read(upToCount: partByteCount)) ?? nil
    let end = (try? file.seekToEnd()) ?? 0
    let start = end > UInt64(partByteCount) ? end - UInt64(partByteCount) : 0
    try? file.seek(toOffset: start)
    let tail = (try? file.read(upToCount: partByteCount)) ?? nil
    return Key(
      first: times(in: head ?? Data()).first ?? "", last: times(in: tail ?? Data()).last ?? "",
      name: name)
  }

  /// The values of members called `timestamp`, as they stand: ISO 8601 in UTC sorts as text.
  private static func times(in data: Data) -> [String] {
    let mark = Data("\"timestamp\":\"".utf8)
    var times: [String] = []
    var place = data.startIndex
    while let found = data.range(of: mark, in: place..<data.endIndex) {
      place = found.upperBound
      let value = data[place...].prefix(40).prefix { $0 != UInt8(ascii: "\"") }
      times.append(String(decoding: value, as: UTF8.self))
    }
    return times
  }
}
