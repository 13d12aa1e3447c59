// SPDX-License-Identifier: Apache-2.0
import Capture
import Model

/// Counts what a capture holds and drops it.
final class CountingHandler: CaptureHandler {
  private(set) var messageCount = 0
  private(set) var conversationCount = 0
  private(set) var failureCount = 0
  private(set) var byteCount: Int64 = 0

  func take(_ unit: CapturedUnit) {
    conversationCount += 1
    messageCount += unit.items.count
  }

  func take(_ person: CapturedPerson) {}

  func fail(_ problem: CaptureProblem) {
    failureCount += 1
  }

  func lack(_ problem: CaptureProblem) {}

  func skip(_ reason: SkipReason, count: Int) {}

  func noteDuplicates(_ count: Int) {}

  func finish(_ file: CapturedFileReport) {
    byteCount += file.byteCount
  }

  func breathe(path: String, byteCount: Int64) {}
}
