// SPDX-License-Identifier: Apache-2.0

/// All that a run of the benchmark found.
struct BenchmarkReport: Codable {
  /// A figure of ours beside the raw engine's on the same bytes in the same run.
  struct Comparison: Codable {
    /// What is compared, with its unit.
    var name: String
    var custody: Double?
    var raw: Double?
    /// Ours divided by the raw engine's.
    var ratio: Double?
    /// The bound for the ratio or, where there is no raw engine, for our own figure.
    var bound: Bound?
    /// Whether the bound is kept; nil when there is none.
    var isKept: Bool?
  }

  /// A limit that a figure must keep.
  struct Bound: Codable {
    enum Direction: String, Codable {
      case atLeast
      case atMost
    }

    var direction: Direction
    var value: Double
  }

  /// Latencies of one kind of query and one question, in microseconds.
  struct Latency: Codable {
    var kind: QueryKind
    var question: SearchQuestion
    var queryCount: Int
    /// Nil where the raw engine cannot be asked.
    var rawP50: Double?
    var rawP99: Double?
    var custodyP50: Double?
    var custodyP99: Double?
    /// The geometric mean over the queries of the ratios of medians, ours by the raw engine's.
    var ratio: Double?
  }

  var corpus: String
  var corpusBytes: Int
  var repeats: Int
  /// Every run of every phase.
  var phases: [String: [Measurement]]
  var comparisons: [Comparison]
  var latencies: [Latency]
  /// Queries of planted words whose count is not what the corpus was made to have.
  var wrongCounts: [SearchSamples]
}
