// SPDX-License-Identifier: Apache-2.0

/// Sums samples up by kind of query and question, in the order of both.
func summarizedLatencies(of samples: [SearchSamples]) -> [BenchmarkReport.Latency] {
  QueryKind.allCases.flatMap { kind in
    SearchQuestion.allCases.compactMap { question in
      let chosen = samples.filter { $0.searchCase.kind == kind && $0.question == question }
      guard !chosen.isEmpty else { return nil }
      let raw = chosen.flatMap(\.raw)
      let custody = chosen.flatMap(\.custody)
      let microseconds = 1e6
      return BenchmarkReport.Latency(
        kind: kind, question: question, queryCount: chosen.count,
        rawP50: raw.isEmpty ? nil : raw.median * microseconds,
        rawP99: raw.isEmpty ? nil : raw.percentile(0.99) * microseconds,
        custodyP50: custody.isEmpty ? nil : custody.median * microseconds,
        custodyP99: custody.isEmpty ? nil : custody.percentile(0.99) * microseconds,
        ratio: ratio(chosen))
    }
  }
}

/// The geometric mean of the ratios of medians, ours by the raw engine's; nil without ours.
func ratio(_ samples: [SearchSamples]) -> Double? {
  let compared = samples.filter { !$0.custody.isEmpty && !$0.raw.isEmpty }
  guard !compared.isEmpty else { return nil }
  return compared.map { $0.custody.median / $0.raw.median }.geometricMean
}
