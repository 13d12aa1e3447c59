// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Review
import Store

/// What makes a search a hit report.
struct StatisticsOptions: ParsableArguments {
  @Flag(
    help:
      "Print statistics: by part of the query, month, custodian, source, model and kind.")
  var stats = false

  @Option(
    help: ArgumentHelp(
      "A hit report of a list of queries, one a line; - reads it.", valueName: "file"),
    completion: .file())
  var queriesFrom: String?

  @Option(
    help: ArgumentHelp("Write the statistics as one HTML page, too.", valueName: "file"),
    completion: .file())
  var html: String?

  @Flag(help: "Replace an HTML page that is there.")
  var force = false

  /// Whether statistics are asked for.
  var isGiven: Bool { stats || queriesFrom != nil }

  func validate() throws {
    if html != nil, !isGiven { throw ValidationError("--html needs --stats or --queries-from") }
    if html == "-" { throw ValidationError("--html takes the name of a file") }
    if force, html == nil { throw ValidationError("--force is about --html") }
  }
}

/// What makes a search a sample.
struct SampleOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Draw a sample of what the query matches.", valueName: "count"))
  var sample: Int?

  @Option(
    help: ArgumentHelp("Draw a sample of what the query leaves in scope.", valueName: "count"))
  var sampleRest: Int?

  @Option(
    help: ArgumentHelp(
      "What the sample is drawn by; without it, a new one that is told.", valueName: "text"))
  var seed: String?

  @Option(
    help: ArgumentHelp(
      "Print what the sample tells: so many of it are relevant.", valueName: "count"))
  var relevant: Int?

  @Option(
    help: ArgumentHelp(
      "Relevant items among those that the query matches, for the recall.", valueName: "count"))
  var found: Int?

  @Option(
    help: ArgumentHelp("How often intervals cover the truth, in percent.", valueName: "percent"))
  var confidence: Double = 95

  @Option(
    help: ArgumentHelp(
      "End with status 27 unless the sample is drawn from this population.", valueName: "sha256"))
  var population: String?

  /// Whether a sample is asked for.
  var isGiven: Bool { sample != nil || sampleRest != nil }
  /// How many items.
  var size: Int { sample ?? sampleRest ?? 0 }
  /// Whether it is drawn from what the query leaves.
  var isOfRest: Bool { sampleRest != nil }

  var level: Confidence { Confidence(level: confidence / 100) ?? .usual }

  func validate() throws {
    if sample != nil, sampleRest != nil {
      throw ValidationError("--sample and --sample-rest are two samples: draw one at a time")
    }
    if isGiven, size < 1 { throw ValidationError("a sample has 1 item or more") }
    if !isGiven, seed != nil || relevant != nil || found != nil || population != nil {
      throw ValidationError("--seed, --relevant, --found and --population are about a sample")
    }
    if let relevant, relevant < 0 { throw ValidationError("--relevant must be 0 or more") }
    if let found, found < 0 { throw ValidationError("--found must be 0 or more") }
    if found != nil, relevant == nil || sampleRest == nil {
      throw ValidationError("--found needs --sample-rest and --relevant")
    }
    if relevant != nil, seed == nil {
      throw ValidationError("--relevant needs the --seed that the sample was drawn by")
    }
    if seed?.isEmpty == true { throw ValidationError("an empty seed is none") }
    if Confidence(level: confidence / 100) == nil {
      throw ValidationError("--confidence must lie between 50 and 100")
    }
  }
}

/// How long a command may take.
struct RuntimeOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Stop after this time, such as 30s, with what there is by then and status 5.",
      valueName: "time"))
  var maxRuntime: String?

  func validate() throws {
    if let maxRuntime, seconds == nil {
      throw ValidationError(
        "--max-runtime takes a length of time such as 30s or 5m, not '\(maxRuntime)'")
    }
  }

  /// When the work has to stop, from now on; nil for no limit.
  var deadline: Deadline? { seconds.map { Deadline(after: .seconds($0)) } }

  /// That the work stopped.
  var failure: CommandFailure {
    CommandFailure(
      .limit, "stopped after \(maxRuntime ?? ""): the result is incomplete",
      whatToDo: "give more time with --max-runtime, or ask for less")
  }

  private var seconds: Int64? {
    guard let maxRuntime, case .seconds(let seconds)? = ClockTime.Span(maxRuntime) else {
      return nil
    }
    return seconds
  }
}
