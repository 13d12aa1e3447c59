// SPDX-License-Identifier: Apache-2.0
import Foundation

/// What one run of one phase cost and did.
struct Measurement: Codable {
  /// The time of the work itself, without process start and without what the phase leaves out.
  var seconds: Double
  /// Processor time of the whole process, all threads.
  var processorSeconds: Double
  /// The most memory that the process ever had resident (`VmHWM`).
  var peakBytes: Int
  /// Counts of what was done, such as `messages` or `bytes`.
  var counts: [String: Int]

  /// Closes a measurement in the process that did the work.
  ///
  /// - Parameters:
  ///   - duration: How long the work took.
  ///   - processorSeconds: What it cost; nil for all of the process.
  ///   - counts: Counts of what was done.
  /// - Throws: `CorpusError` when the kernel does not tell.
  init(duration: Duration, processorSeconds: Double? = nil, counts: [String: Int]) throws {
    seconds = duration.seconds
    self.processorSeconds = processorSeconds ?? processorTime()
    peakBytes = try peakResidentByteCount()
    self.counts = counts
  }
}

extension Duration {
  /// The duration in seconds.
  var seconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) + Double(attoseconds) * 1e-18
  }
}

/// Runs a body and gives how long it took beside its result.
func timed<Result>(_ body: () throws -> Result) rethrows -> (duration: Duration, result: Result) {
  let start = ContinuousClock.now
  let result = try body()
  return (ContinuousClock.now - start, result)
}

/// The peak of this process's resident memory in bytes, as the kernel counts it (proc(5)).
private func peakResidentByteCount() throws -> Int {
  let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
  for line in status.split(separator: "\n") where line.hasPrefix("VmHWM:") {
    let fields = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
    if fields.count > 1, let kibibytes = Int(fields[1]) { return kibibytes * 1024 }
  }
  throw CorpusError("/proc/self/status has no VmHWM")
}

/// User and system time of this process in seconds.
func processorTime() -> Double {
  var usage = rusage()
  guard unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
  let user = Double(usage.ru_utime.tv_sec) + Double(usage.ru_utime.tv_usec) * 1e-6
  return user + Double(usage.ru_stime.tv_sec) + Double(usage.ru_stime.tv_usec) * 1e-6
}
