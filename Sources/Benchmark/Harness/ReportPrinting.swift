// SPDX-License-Identifier: Apache-2.0

extension BenchmarkReport {
  /// The report for people.
  var text: String {
    var comparisonTable = TextTable(["", "custody", "raw", "ratio", "bound", ""])
    for comparison in comparisons {
      comparisonTable.append([
        comparison.name, figure(comparison.custody), figure(comparison.raw),
        figure(comparison.ratio), comparison.bound.map(describe) ?? "",
        comparison.isKept.map { $0 ? "kept" : "MISSED" } ?? "",
      ])
    }
    var latencyTable = TextTable([
      "microseconds", "custody p50", "raw p50", "custody p99", "raw p99", "ratio",
    ])
    for latency in latencies {
      latencyTable.append([
        "\(latency.kind.rawValue), \(latency.question.title)", figure(latency.custodyP50),
        figure(latency.rawP50), figure(latency.custodyP99), figure(latency.rawP99),
        figure(latency.ratio),
      ])
    }
    var text = "\(corpus), \(corpusBytes) bytes, medians of \(repeats)\n\n"
    text += comparisonTable.text + "\n" + latencyTable.text
    for wrong in wrongCounts {
      text += """
        WRONG COUNT: \(wrong.searchCase.keyQL): \(wrong.searchCase.expectedCount ?? 0) expected, \
        raw \(wrong.rawHits.map(String.init) ?? "–"), custody \(wrong.custodyHits.map(String.init) ?? "–")\n
        """
    }
    return text
  }

  private func describe(_ bound: Bound) -> String {
    (bound.direction == .atLeast ? "≥ " : "≤ ") + figure(bound.value)
  }
}
