// SPDX-License-Identifier: Apache-2.0
import Archives
import Bytes
import Foundation
import Model

/// The order in which the files of a folder or an archive are read.
///
/// It is that of names, but files of JSON lines go by the time of their first record and then of
/// their last, compressed or not: a session that was resumed repeats records of an earlier one, whose
/// they are (claude-capture-formats section 8.5), and names tell nothing about which was first. So
/// the same files give the same in whatever form and order they come.
enum ReadingOrder {
  /// Bytes of the head and the tail of a file that are looked at.
  static let partByteCount = 64 << 10

  /// What the place of a file of JSON lines among those of its folder depends on.
  struct Key: Comparable {
    var first = ""
    var last = ""
    /// As if it were not compressed.
    var name: String
    var fullName: String

    init(name: String) {
      self.name = CompressedName.content(of: name) ?? name
      fullName = name
    }

    static func < (left: Key, right: Key) -> Bool {
      (left.first, left.last, left.name, left.fullName)
        < (right.first, right.last, right.name, right.fullName)
    }
  }

  /// Whether a name is one of a file of JSON lines.
  static func isLines(_ name: String) -> Bool {
    (CompressedName.content(of: name) ?? name).hasSuffix(".jsonl")
  }

  /// Puts what lies in a folder, by name, into the order; other files stay before those of JSON lines.
  static func ordered(_ places: [FilePlace]) -> [FilePlace] {
    let lines = places.filter { isLines($0.text) }
    guard lines.count > 1 else { return places }
    let sorted = lines.map { (key: key(of: $0), place: $0) }.sorted { $0.key < $1.key }
    return places.filter { !isLines($0.text) } + sorted.map(\.place)
  }

  /// Puts places that somebody named into the order: files of JSON lines as in the folder around them,
  /// behind the others.
  static func ordered(given places: [FilePlace]) -> [FilePlace] {
    var others: [FilePlace] = []
    var lines: [FilePlace] = []
    for place in places {
      if isLines(place.text), place.kind == .file {
        lines.append(place)
      } else {
        others.append(place)
      }
    }
    // Keys cost: of a compressed file all of it is unpacked.
    guard lines.count > 1 else { return places }
    let files = lines.map { place in
      let parts = place.text.split(separator: "/").filter { $0 != "." }.map(String.init)
      return (place: place, folders: Array(parts.dropLast()), key: key(of: place))
    }
    return others
      + files.sorted { precedes(($0.folders, $0.key), ($1.folders, $1.key)) }.map(\.place)
  }

  /// Whether one file of JSON lines goes before another: as in a folder, whose other names, and so
  /// its folders, go before its own files of lines.
  static func precedes(
    _ left: (folders: [String], key: Key), _ right: (folders: [String], key: Key)
  ) -> Bool {
    for (own, other) in zip(left.folders, right.folders) where own != other { return own < other }
    if left.folders.count != right.folders.count {
      return left.folders.count > right.folders.count
    }
    return left.key < right.key
  }

  /// The key of a file, by its first and its last bytes.
  static func key(name: String, head: [UInt8], tail: [UInt8]) -> Key {
    var key = Key(name: name)
    key.first = times(in: head).first ?? ""
    key.last = times(in: tail).last ?? ""
    return key
  }

  /// The key of what a compressed file holds, as far as it can be read.
  static func key(name: String, compressed file: FileSource, byteCount: Int64) -> Key {
    var head: [UInt8] = []
    var tail: [UInt8] = []
    if let reader = try? ArchiveReader(descriptor: file.descriptor, acceptsPlainContent: true),
      (try? reader.next()) != nil
    {
      let budget = ArchiveBudget(packedByteCount: byteCount)
      let content = MemberSource(reader, budget: budget)
      while let chunk = try? content.read(), !chunk.isEmpty {
        if head.count < partByteCount { head += chunk }
        tail += chunk
        if tail.count > 4 * partByteCount { tail.removeFirst(tail.count - partByteCount) }
      }
    }
    return key(
      name: name, head: Array(head.prefix(partByteCount)), tail: Array(tail.suffix(partByteCount)))
  }

  private static func key(of place: FilePlace) -> Key {
    let name = place.name
    // Nothing else is opened: a named pipe would wait for a writer.
    guard place.kind == .file, let source = try? FileSource(place) else { return Key(name: name) }
    let file = FileHandle(fileDescriptor: source.descriptor, closeOnDealloc: false)
    return withExtendedLifetime(source) {
      let end = (try? file.seekToEnd()) ?? 0
      if CompressedName.content(of: name) != nil {
        source.rewind()
        return key(name: name, compressed: source, byteCount: Int64(end))
      }
      try? file.seek(toOffset: 0)
      let head = (try? file.read(upToCount: partByteCount)) ?? nil
      try? file.seek(toOffset: end - min(end, UInt64(partByteCount)))
      let tail = (try? file.read(upToCount: partByteCount)) ?? nil
      return key(name: name, head: Array(head ?? Data()), tail: Array(tail ?? Data()))
    }
  }

  /// The values of members called `timestamp`, as they stand: ISO 8601 in UTC sorts as text.
  private static func times(in bytes: [UInt8]) -> [String] {
    let data = Data(bytes)
    let mark = Data("\"timestamp\"".utf8)
    var times: [String] = []
    var place = data.startIndex
    while let found = data.range(of: mark, in: place..<data.endIndex) {
      place = found.upperBound
      let rest = data[place...].prefix(60).drop { $0 <= 0x20 }
      guard rest.first == UInt8(ascii: ":") else { continue }
      let value = rest.dropFirst().drop { $0 <= 0x20 }
      guard value.first == UInt8(ascii: "\"") else { continue }
      let text = value.dropFirst().prefix(40).prefix { $0 != UInt8(ascii: "\"") }
      times.append(String(decoding: text, as: UTF8.self))
    }
    return times
  }
}
