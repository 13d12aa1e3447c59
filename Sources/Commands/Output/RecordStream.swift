// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// JSON Lines between a manifest and a last record that proves the stream complete
/// (cli-conventions section 2).
struct RecordStream {
  private let output: ByteSink
  private var hasher = SHA256Hasher()
  private(set) var count = 0

  /// Writes the manifest.
  init(
    to output: ByteSink, schema: String, members: [FieldValue.Member] = []
  ) throws {
    self.output = output
    var manifest: [FieldValue.Member] = [
      .init("type", .text("manifest")),
      .init("schema", .text("custody/\(schema)/1")),
      .init("program", .text(Program.name + " " + Program.version)),
    ]
    manifest += members
    try write(manifest)
  }

  /// Writes a record.
  mutating func append(_ members: [FieldValue.Member]) throws {
    try write(members)
    count += 1
  }

  /// Writes the last record: the count of records between, and the SHA-256 of all bytes before it.
  mutating func finish(
    incomplete: Bool, partial: Int, members: [FieldValue.Member] = []
  ) throws {
    var last: [FieldValue.Member] = [
      .init("type", .text("complete")),
      .init("count", .integer(Int64(count))),
      .init("sha256", .text(hasher.finish().hexadecimal)),
      .init("incomplete", .boolean(incomplete)),
      .init("partial", .integer(Int64(partial))),
    ]
    last += members
    try write(last)
    try output.flush()
  }

  /// Writes a record that comes in pieces of its line.
  mutating func append(_ body: (_ write: ([UInt8]) throws -> Void) throws -> Void) throws {
    var hasher = hasher
    try body { piece in
      hasher.update(piece.span)
      try output.write(piece)
    }
    hasher.update([UInt8(ascii: "\n")].span)
    self.hasher = hasher
    try output.write("\n")
    count += 1
  }

  private mutating func write(_ members: [FieldValue.Member]) throws {
    var line: [UInt8] = []
    line.appendJSON(members)
    line.append(UInt8(ascii: "\n"))
    hasher.update(line.span)
    try output.write(line)
  }
}
