// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation

/// Measures the reader of each format beside a parse of the same bytes.
struct FormatsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "formats", abstract: "Measure the reader of each format beside a raw parse.",
    discussion: """
      Writes a corpus of each format, then reads it in turns with the benchmark's own scanner, with \
      the parser of the formats' readers alone, and as an import does, storing nothing, each time in \
      a process of its own. The status is 1 where JSON Lines are parsed at less than 200 MB in a \
      second of one core, or the memory is more than 256 MB.
      """)

  /// What the parser must reach.
  private static let leastRate = 200e6
  private static let mostBytes = 256_000_000

  @Option(name: .customLong("format"), help: "Measure this format; may be repeated. Default: all.")
  var formats: [FormatCorpus] = []

  @Option(help: "Megabytes of each corpus.") var megabytes = 64
  @Option(help: "The same seed gives the same bytes.") var seed: UInt64 = 1
  @Option(help: "How often each side reads.") var repeats = 3
  @Option(help: "A folder for the corpora.", completion: .directory) var work: String

  @Option(help: .hidden) var side: Side?

  /// What a child process does.
  enum Side: String, CaseIterable, ExpressibleByArgument {
    case raw
    case parse
    case custody

    /// Whether files of a format are read this way: the parser is that of JSON.
    func reads(_ format: FormatCorpus) -> Bool { self != .parse || format.isJSONLines }
  }

  func validate() throws {
    guard (1...100_000).contains(megabytes), repeats >= 1 else {
      throw ValidationError("--megabytes and --repeats must be at least 1")
    }
  }

  func run() throws {
    let wanted = formats.isEmpty ? FormatCorpus.allCases : formats
    if let side, let format = wanted.first { return try measure(side, of: format) }
    var table = TextTable([
      "format", "MB", "raw MB/s", "parse MB/s", "custody MB/s", "of raw", "peak MB",
    ])
    var isMissed = false
    for format in wanted {
      let folder = folder(of: format)
      try? FileManager.default.removeItem(at: folder)
      _ = try format.write(to: folder, byteCount: megabytes * 1_000_000, seed: seed)
      var rates: [Side: [Double]] = [:]
      var peak = 0
      var bytes = 0
      for _ in 0..<repeats {
        for side in Side.allCases where side.reads(format) {
          let measurement = try ChildProcess.run(
            ["formats", "--side", side.rawValue, "--format", format.rawValue, "--work", work],
            as: Measurement.self)
          bytes = measurement.counts["bytes"] ?? 0
          rates[side, default: []].append(Double(bytes) / measurement.processorSeconds)
          if side != .raw { peak = max(peak, measurement.peakBytes) }
        }
      }
      try FileManager.default.removeItem(at: folder)
      let raw = (rates[.raw] ?? []).median
      let own = (rates[.custody] ?? []).median
      let parse = rates[.parse].map(\.median)
      table.append([
        format.rawValue, figure(Double(bytes) / 1e6), figure(raw / 1e6),
        parse.map { figure($0 / 1e6) } ?? "", figure(own / 1e6), figure(own / raw),
        figure(Double(peak) / 1e6),
      ])
      if parse.map({ $0 < Self.leastRate }) ?? false || peak > Self.mostBytes { isMissed = true }
    }
    print(table.text, terminator: "")
    if isMissed { throw ExitCode(1) }
  }

  private func folder(of format: FormatCorpus) -> URL {
    URL(fileURLWithPath: work, isDirectory: true).appendingPathComponent(
      "format-" + format.rawValue, isDirectory: true)
  }

  private func measure(_ side: Side, of format: FormatCorpus) throws {
    let files = try FileManager.default.contentsOfDirectory(
      at: folder(of: format), includingPropertiesForKeys: nil
    ).sorted { $0.path < $1.path }
    let before = processorTime()
    let (duration, counts) = try timed {
      switch side {
      case .raw:
        let found = try FormatReading.raw(files, of: format)
        return ["bytes": found.bytes, "records": found.records]
      case .parse:
        let found = try FormatReading.parse(files)
        return ["bytes": found.bytes, "text": found.text]
      case .custody:
        let found = try FormatReading.capture(files)
        return ["bytes": found.bytes, "items": found.items]
      }
    }
    let measurement = try Measurement(
      duration: duration, processorSeconds: processorTime() - before, counts: counts)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    print(String(decoding: try encoder.encode(measurement), as: UTF8.self))
  }
}
