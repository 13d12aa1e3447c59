// SPDX-License-Identifier: Apache-2.0

/// A table for people, with columns as wide as their cells.
///
/// Widths come from the first rows, so a table of any length needs little memory.
struct TextTable {
  private static let sampleCount = 1000
  private static let gap = "  "
  private static let narrowestCut = 12

  private let headings: [String]
  private let columns: Int?
  private let isBold: Bool
  private var sample: [[FieldValue]] = []
  private var widths: [Int]?
  private var alignsRight: [Bool]
  /// Columns that hold nothing but ids or times, which are never cut.
  private var isWhole: [Bool]

  /// - Parameters:
  ///   - headings: The first line.
  ///   - columns: The width of the terminal; nil for no limit.
  ///   - isBold: Whether the first line is set in bold.
  init(headings: [String], columns: Int?, isBold: Bool) {
    self.headings = headings
    self.columns = columns
    self.isBold = isBold
    alignsRight = headings.map { _ in true }
    isWhole = headings.map { $0.hasSuffix("ID") }
  }

  /// Adds a row; gives the lines that are ready.
  mutating func append(_ row: [FieldValue]) -> String {
    guard widths == nil else { return line(row) }
    sample.append(row)
    return sample.count == Self.sampleCount ? flush() : ""
  }

  /// Gives the lines that are left.
  mutating func finish() -> String {
    widths == nil ? flush() : ""
  }

  private mutating func flush() -> String {
    var widths = headings.map(\.displayWidth)
    for (column, _) in headings.enumerated() {
      let values = sample.map { $0[column] }
      alignsRight[column] =
        values.contains(where: \.isNumeric) && values.allSatisfy { $0.isNumeric || $0.isEmpty }
      if values.allSatisfy({ $0.isUnbreakable || $0.isEmpty }) { isWhole[column] = true }
      widths[column] = max(widths[column], values.map { $0.shown().displayWidth }.max() ?? 0)
    }
    if let columns { shrink(&widths, to: columns) }
    self.widths = widths
    var text = cells(headings)
    if isBold { text = "\u{1B}[1m" + text + "\u{1B}[0m" }
    text += "\n"
    for row in sample { text += line(row) }
    sample = []
    return text
  }

  /// Takes columns from the widest until the table fits; ids, times and numbers stay whole.
  private func shrink(_ widths: inout [Int], to columns: Int) {
    let gaps = Self.gap.count * (widths.count - 1)
    while widths.reduce(gaps, +) > columns {
      let candidates = widths.indices.filter {
        widths[$0] > Self.narrowestCut && !isWhole[$0] && !alignsRight[$0]
      }
      guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { return }
      let excess = widths.reduce(gaps, +) - columns
      let next = candidates.filter { $0 != widest }.map { widths[$0] }.max() ?? 0
      let floor = max(Self.narrowestCut, min(next, widths[widest] - 1))
      widths[widest] = max(floor, widths[widest] - excess)
    }
  }

  private func line(_ row: [FieldValue]) -> String {
    cells(row.map { $0.shown() }, areWhole: row.map(\.isUnbreakable)) + "\n"
  }

  private func cells(_ texts: [String], areWhole: [Bool]? = nil) -> String {
    let widths = widths ?? []
    var line = ""
    for (column, text) in texts.enumerated() {
      let isLast = column == texts.count - 1
      let width = widths[column]
      // Also where an id stands in a column of texts.
      let isWhole = columns == nil || alignsRight[column] || areWhole?[column] == true
      let shown = isWhole ? text : text.cut(toColumns: width)
      let padding = String(repeating: " ", count: max(0, width - shown.displayWidth))
      if alignsRight[column] {
        line += padding + shown
      } else {
        line += isLast ? shown : shown + padding
      }
      if !isLast { line += Self.gap }
    }
    while line.last == " " { line.removeLast() }
    return line
  }
}
