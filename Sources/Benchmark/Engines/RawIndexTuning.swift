// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// How the raw index is tuned; the defaults are the fastest that were measured.
struct RawIndexTuning: ParsableArguments {
  @Option(name: .customLong("raw-page-size"), help: "Bytes in a page of the raw index.")
  var pageByteCount = 16_384

  @Option(
    name: .customLong("raw-hash-size"),
    help: "Bytes that the raw index gathers in memory before it writes a segment.")
  var hashByteCount = 32 << 20

  @Option(
    name: .customLong("raw-automerge"),
    help: "Segments on a level before the raw index merges them; 0 for no such merging.")
  var automerge = 8

  /// The options as arguments of a child process.
  var arguments: [String] {
    [
      "--raw-page-size", String(pageByteCount), "--raw-hash-size", String(hashByteCount),
      "--raw-automerge", String(automerge),
    ]
  }
}
