// SPDX-License-Identifier: Apache-2.0
import Model
import Testing

@testable import Store

@Suite("Versions of an item")
struct ItemHistoryTests {
  private func digest(_ number: Int) -> [UInt8] {
    (0..<32).map { UInt8(truncatingIfNeeded: number >> ($0 % 4 * 8)) }
  }

  @Test("finds each of thousands of versions again, in time that does not grow with their square")
  func manyVersions() {
    let count = 200_000
    var history = ItemHistory()
    history.note(version: 7, digest(0))
    let clock = ContinuousClock()
    var wrong = 0
    let spent = clock.measure {
      for number in 1..<count where history.take(digest(number)) != .changed(version: 7 + number) {
        wrong += 1
      }
      for number in 0..<count where history.take(digest(number)) != .same(version: 7 + number) {
        wrong += 1
      }
    }
    #expect(wrong == 0)
    // With the square of their number it is many minutes.
    #expect(spent < .seconds(60))
  }

  @Test("counts a record as known only where all its items are")
  func countsWholeRecords() {
    var part = CapturedItem(kind: .prompt, role: .user, nativeRole: "user", nativeRange: 0..<0)
    part.countsAsRecord = false
    let whole = CapturedItem(
      kind: .response, role: .assistant, nativeRole: "assistant", nativeRange: 0..<0)
    var counts = IngestCounts()
    counts.note(.same(version: 1), of: part)
    counts.note(.same(version: 1), of: whole)
    #expect(counts.duplicates == 1)
    counts.note(.changed(version: 2), of: part)
    counts.note(.same(version: 1), of: whole)
    counts.note(nil, of: part)
    counts.note(.same(version: 1), of: whole)
    counts.note(.same(version: 1), of: whole)
    #expect(counts.updated == 2)
    #expect(counts.duplicates == 2)
    #expect(counts.stored == 0)
  }
}
