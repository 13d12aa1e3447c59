// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Commands

@Suite("Charts of months")
struct MonthChartTests {
  private func runs(_ months: [Int]) -> [[Int]] {
    MonthChart.runs(of: months.map { (month: $0, items: 1) }).map { run in
      run.map { $0.items == 0 ? -$0.month : $0.month }
    }
  }

  @Test("give a month without items its place, and a long gap a chart of its own")
  func gaps() {
    #expect(runs([]) == [])
    #expect(runs([5]) == [[5]])
    #expect(runs([9, 5, 6]) == [[5, 6, -7, -8, 9]])
    // Twelve months between are drawn, thirteen are not, nor are thousands.
    #expect(runs([1, 14]).map(\.count) == [14])
    #expect(runs([1, 15]) == [[1], [15]])
    #expect(runs([1, 2_000_000_000]) == [[1], [2_000_000_000]])
  }

  @Test("go on below after three years")
  func continues() {
    let months = Array(24_000..<24_080)
    let all = runs(months)
    #expect(all.map(\.count) == [36, 36, 8])
    #expect(Array(all.joined()) == months)
  }
}
