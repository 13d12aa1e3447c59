// SPDX-License-Identifier: Apache-2.0
import Store

extension StatisticsPage {
  /// A bar: its solid part, and hatched what goes beyond.
  func bar(_ value: Int, solid: Int, of most: Int) -> String {
    let width = 160.0
    let whole = most > 0 ? width * Double(value) / Double(most) : 0
    let black = most > 0 ? width * Double(min(solid, value)) / Double(most) : 0
    var markup =
      "<svg class=\"bar\" width=\"162\" height=\"12\" "
      + "viewBox=\"0 0 162 12\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
    if value > 0 {
      markup +=
        "<rect x=\"0.5\" y=\"0.5\" width=\"\(coordinate(max(whole, 1)))\" height=\"11\" "
        + "fill=\"url(#hatch)\" stroke=\"currentColor\"/>"
    }
    if black > 0 {
      markup +=
        "<rect x=\"0.5\" y=\"0.5\" width=\"\(coordinate(black))\" height=\"11\" "
        + "fill=\"currentColor\"/>"
    }
    return markup + "</svg>"
  }

  static let style = """

      :root { --ink: #000; --paper: #fff; --line: #bbb; }
      @media screen and (prefers-color-scheme: dark) {
        :root { --ink: #e8e8e8; --paper: #181818; --line: #555; }
      }
      body { color: var(--ink); background: var(--paper); font-family: sans-serif; font-size: 10pt;
        margin: 1em auto; max-width: 75em; padding: 0 1em; }
      h1 { font-size: 1.5em; }
      h2 { border-bottom: 1px solid var(--ink); break-after: avoid; font-size: 1.15em;
        margin-top: 1.8em; }
      p { break-after: avoid; }
      table { border-collapse: collapse; margin: 0.7em 0; }
      th, td { border-bottom: 1px solid var(--line); padding: 0.2em 0.8em 0.2em 0; text-align: left;
        vertical-align: top; }
      thead { display: table-header-group; }
      thead th, thead td { border-bottom: 1px solid var(--ink); vertical-align: bottom; }
      tr { break-inside: avoid; }
      .number { font-variant-numeric: tabular-nums; text-align: right; white-space: nowrap; }
      .text { max-width: 32em; min-width: 11em; overflow-wrap: anywhere; }
      .long { overflow-wrap: anywhere; }
      .id { font-size: 0.85em; overflow-wrap: anywhere; }
      .incomplete { border: 2px solid var(--ink); font-weight: bold; padding: 0.5em; }
      .defs { position: absolute; }
      .bar { display: block; }
      .chart { break-inside: avoid; display: block; height: auto; max-width: 100%; }
      .chart text { fill: currentColor; font-size: 9px; }
      @media print {
        body { margin: 0; max-width: none; padding: 0; }
        .bar { width: 8em; }
        @page { margin: 15mm; }
      }

    """
}

/// Items by month, as bars side by side.
struct MonthChart {
  /// Months beside each other; a longer time is continued below.
  private static let width = 36
  /// Months without an item that are drawn as such; a longer gap begins a chart of its own.
  private static let longestGap = 12

  /// A month, counted from the year 0, and how many items it has.
  typealias Bar = (month: Int, items: Int)

  /// The markup of all charts, one below the other, on one scale.
  ///
  /// A month without an item has its place, so that equal distances are equal times.
  static func charts(of shares: [SearchStatistics.Share]) -> String {
    let bars = shares.compactMap { share in
      number(of: share.key).map { (month: $0, items: share.items) }
    }
    let most = bars.map(\.items).max() ?? 0
    return runs(of: bars).map { chart($0, most) }.joined()
  }

  /// The bars of each chart, gaps filled.
  static func runs(of bars: [Bar]) -> [[Bar]] {
    var runs: [[Bar]] = []
    for bar in bars.sorted(by: { $0.month < $1.month }) {
      guard let last = runs.last?.last, bar.month - last.month <= longestGap + 1 else {
        runs.append([bar])
        continue
      }
      for month in last.month + 1..<bar.month { runs[runs.count - 1].append((month, 0)) }
      runs[runs.count - 1].append(bar)
    }
    return runs.flatMap { run in
      stride(from: 0, to: run.count, by: width).map { start in
        Array(run[start..<min(start + width, run.count)])
      }
    }
  }

  /// `2025-03` as a number.
  private static func number(of key: String) -> Int? {
    let parts = key.split(separator: "-")
    guard parts.count == 2, let year = Int(parts[0]), let month = Int(parts[1]) else { return nil }
    return year * 12 + month - 1
  }

  private static func name(of number: Int) -> String {
    let year = String(number / 12)
    let month = String(number % 12 + 1)
    return String(repeating: "0", count: max(0, 4 - year.count)) + year + "-"
      + (month.count < 2 ? "0" : "") + month
  }

  private static func chart(_ bars: [Bar], _ most: Int) -> String {
    let height = 120.0
    let step = 18
    let left = 60
    let right = left + step * bars.count
    var markup =
      "<svg class=\"chart\" width=\"\(right + 10)\" height=\"190\" "
      + "viewBox=\"0 0 \(right + 10) 190\" role=\"img\" "
      + "aria-label=\"Items by month; the numbers stand in the table below\">\n"
      + "<line x1=\"\(left)\" y1=\"10\" x2=\"\(left)\" y2=\"130\" stroke=\"currentColor\"/>"
      + "<line x1=\"\(left)\" y1=\"130\" x2=\"\(right)\" y2=\"130\" stroke=\"currentColor\"/>"
      + "<text x=\"\(left - 5)\" y=\"14\" text-anchor=\"end\">\(grouped(Int64(most)))</text>"
      + "<text x=\"\(left - 5)\" y=\"134\" text-anchor=\"end\">0</text>\n"
    for (index, bar) in bars.enumerated() {
      let x = left + step * index
      if bar.items > 0 {
        let length = max(height * Double(bar.items) / Double(max(most, 1)), 1)
        markup +=
          "<rect x=\"\(x + 3)\" y=\"\(coordinate(130 - length))\" width=\"\(step - 6)\" "
          + "height=\"\(coordinate(length))\" fill=\"currentColor\"/>"
      }
      markup +=
        "<text x=\"\(x + 13)\" y=\"138\" text-anchor=\"end\" "
        + "transform=\"rotate(-90 \(x + 13) 138)\">\(name(of: bar.month))</text>\n"
    }
    return markup + "</svg>\n"
  }
}

/// A coordinate with one decimal, so that the page never depends on how numbers are printed.
private func coordinate(_ value: Double) -> String {
  let tenths = Int((value * 10).rounded())
  return tenths.isMultiple(of: 10) ? String(tenths / 10) : "\(tenths / 10).\(tenths % 10)"
}
