// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation

/// Runs all phases in turns and reports.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run everything in turns and report.",
    discussion: """
      Each phase runs in a process of its own, so that its peak memory is its own. The status is \
      1 when a bound is missed or a count is wrong.
      """)

  @Option(help: "The conversations.json to measure with, instead of a generated one.")
  var corpus: String?

  @Option(help: "Messages of the generated corpus.")
  var messages = 100_000

  @Option(help: "Seed of the generated corpus.")
  var seed: UInt64 = 1

  @Option(
    help: "A folder for what the measurements write; its files are replaced.",
    completion: .directory)
  var work: String

  @Option(help: "How often each phase runs.")
  var repeats = 3

  @Option(name: .customLong("phase"), help: "Run this phase; may be repeated. Default: all.")
  var phases: [Phase] = []

  @Flag(help: "Leave the searches out.")
  var skipSearch = false

  @Option(help: "Write the report as JSON to a file.", completion: .file())
  var json: String?

  @OptionGroup var search: SearchOptions

  @OptionGroup var tuning: RawIndexTuning

  func validate() throws {
    guard repeats >= 1 else { throw ValidationError("--repeats must be at least 1") }
  }

  func run() throws {
    let folder = URL(fileURLWithPath: work, isDirectory: true)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let place = Workplace(corpus: try corpusFile(in: folder), folder: folder, tuning: tuning)
    let arguments = ["--corpus", place.corpus.path, "--work", work] + tuning.arguments
    var measurements: [Phase: [Measurement]] = [:]
    for _ in 0..<repeats {
      for phase in phases.isEmpty ? Phase.allCases : phases {
        let measurement = try ChildProcess.run(
          ["phase", phase.rawValue] + arguments, as: Measurement.self)
        measurements[phase, default: []].append(measurement)
        progress("\(phase.rawValue): \(figure(measurement.seconds)) s")
      }
    }
    var samples: [SearchSamples] = []
    if !skipSearch {
      progress("searching")
      samples = try ChildProcess.run(
        ["search"] + search.arguments + arguments, as: [SearchSamples].self)
    }
    let report = BenchmarkReport(
      place, repeats, measurements, samples, startMilliseconds: try startMilliseconds())
    print(report.text, terminator: "")
    if let json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      try encoder.encode(report).write(to: URL(fileURLWithPath: json))
    }
    if !report.wrongCounts.isEmpty || report.comparisons.contains(where: { $0.isKept == false }) {
      throw ExitCode(1)
    }
  }

  private func corpusFile(in folder: URL) throws -> URL {
    if let corpus { return URL(fileURLWithPath: corpus) }
    let file = folder.appendingPathComponent("corpus/conversations.json")
    let plan = CorpusPlan(messageCount: messages, seed: seed)
    let known = try? CorpusDescription(beside: file)
    if known?.messages != messages || known?.seed != seed {
      progress("generating \(messages) messages")
      _ = try CorpusGenerator.write(plan, conversations: file)
    }
    return file
  }

  private func progress(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }
}
