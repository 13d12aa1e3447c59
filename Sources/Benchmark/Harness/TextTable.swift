// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A table for people: the first column to the left, the others to the right.
struct TextTable {
  private var rows: [[String]]

  init(_ titles: [String]) {
    rows = [titles]
  }

  /// Adds a row with as many cells as there are titles.
  mutating func append(_ cells: [String]) {
    rows.append(cells)
  }

  /// The lines, each with its line feed.
  var text: String {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = row.enumerated().map { column, cell in
        let blanks = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + blanks : blanks + cell
      }
      return cells.joined(separator: "  ") + "\n"
    }.joined()
  }
}

/// A figure with about three digits; a dash for none.
func figure(_ value: Double?) -> String {
  guard let value else { return "–" }
  let digits =
    switch abs(value) {
    case 100...: 0
    case 10...: 1
    default: 2
    }
  return value.formatted(
    .number.precision(.fractionLength(digits)).locale(Locale(identifier: "en_US_POSIX")))
}
