// SPDX-License-Identifier: Apache-2.0
import Foundation

extension BenchmarkReport {
  /// Draws the report up from what the phases and searches gave.
  init(
    _ place: Workplace, _ repeats: Int, _ measurements: [Phase: [Measurement]],
    _ samples: [SearchSamples], startMilliseconds: Double?
  ) {
    corpus = place.corpus.path
    corpusBytes = (try? byteCount(of: place.corpus)) ?? 0
    self.repeats = repeats
    phases = Dictionary(uniqueKeysWithValues: measurements.map { ($0.rawValue, $1) })
    latencies = summarizedLatencies(of: samples)
    wrongCounts = samples.filter { !$0.isAsExpected }

    func runs(_ phase: Phase) -> [Measurement] { measurements[phase] ?? [] }
    var rows = Comparisons()
    rows.add("reading the file, MB/s", custody: nil, raw: runs(.readBytes).rate("bytes").mega)
    rows.add("SHA-256, MB/s", custody: nil, raw: runs(.hash).rate("bytes").mega)
    rows.add(
      "reading the JSON, MB/s", custody: runs(.capture).rate("bytes").mega,
      raw: runs(.readJSON).rate("bytes").mega)
    rows.add(
      "cutting into tokens, MB/s", custody: runs(.tokenize).rate("bytes").mega,
      raw: runs(.rawTokenize).rate("bytes").mega)
    rows.add(
      "looking for sensitive types, MB/s", custody: runs(.detect).rate("bytes").mega, raw: nil)
    rows.add(
      "import, messages/s", custody: runs(.importing).rate("messages"),
      raw: runs(.rawIndex).rate("messages"), bound: .init(direction: .atLeast, value: 1.3))
    rows.add(
      "store, MB", custody: runs(.importing).count("bytes").mega,
      raw: runs(.rawIndex).count("bytes").mega)
    rows.add(
      "peak memory of import, MB", own: runs(.importing).peakMegabytes,
      bound: .init(direction: .atMost, value: 256))
    rows.add(
      "purging 1 %, processor s (beside: building the index anew)",
      custody: runs(.purge).processorSeconds, raw: runs(.reindex).processorSeconds,
      bound: .init(direction: .atMost, value: 0.05))
    rows.add(
      "building the index anew, processor s (raw: FTS5)",
      custody: runs(.reindex).processorSeconds, raw: runs(.rawIndex).processorSeconds)
    rows.add(
      "deciding for 1M messages, s", own: runs(.decide).rate("messages").map { 1e6 / $0 },
      bound: .init(direction: .atMost, value: 10))
    rows.add(
      "peak memory of deciding, MB", own: runs(.decide).peakMegabytes,
      bound: .init(direction: .atMost, value: 256))
    rows.add("review set, items/s", custody: runs(.review).rate("items"), raw: nil)
    rows.add(
      "export as zip, stored, MB/s", custody: runs(.exportZip).rate("bytes").mega,
      raw: runs(.rawZip).rate("bytes").mega, bound: .init(direction: .atLeast, value: 0.8))
    rows.add(
      "export as zip, deflated, MB/s", custody: runs(.exportZipDeflate).rate("bytes").mega,
      raw: runs(.rawZipDeflate).rate("bytes").mega,
      bound: .init(direction: .atLeast, value: 0.8))
    rows.add(
      "export as tar.zst, MB/s", custody: runs(.exportTar).rate("bytes").mega,
      raw: runs(.rawTar).rate("bytes").mega, bound: .init(direction: .atLeast, value: 0.8))
    rows.add("export as folder, MB/s", custody: runs(.exportFolder).rate("bytes").mega, raw: nil)
    for (name, phases) in [
      (
        "export",
        runs(.exportZip) + runs(.exportZipDeflate) + runs(.exportTar) + runs(.exportFolder)
      ),
      ("verifying", runs(.verify)),
    ] {
      rows.add(
        "peak memory of \(name), MB", own: phases.peakMegabytes,
        bound: .init(direction: .atMost, value: 256))
    }
    rows.add(
      "verifying a zip, MB/s", custody: runs(.verify).rate("bytes").mega,
      raw: runs(.rawVerify).rate("bytes").mega)
    for (question, limit) in [(SearchQuestion.count, 1.2), (.firstPage, 1.5)] {
      rows.add(
        "search, \(question.title), all kinds", custody: nil, raw: nil,
        ratio: ratio(samples.filter { $0.question == question }),
        bound: .init(direction: .atMost, value: limit))
    }
    rows.add(
      "custody --version, ms", own: startMilliseconds,
      bound: .init(direction: .atMost, value: 15))
    comparisons = rows.rows
  }
}

extension Optional where Wrapped == Double {
  /// The number in millions.
  fileprivate var mega: Double? { map { $0 / 1e6 } }
}
