// SPDX-License-Identifier: Apache-2.0
import Foundation

/// What no input may cost, in nanoseconds of the processor: some for any query, some for each byte.
///
/// A multiple of what the dearest queries take.
private func most(_ query: FuzzedQuery) -> UInt64 {
  50_000_000 + 100_000 * UInt64(query.text.utf8.count)
}

/// What this thread has used of the processor, in nanoseconds.
private func processorTime() -> UInt64 {
  var time = unsafe timespec()
  unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return unsafe UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// What the check of a query takes: the least of some tries, since other work disturbs the rest.
private func cost(of query: FuzzedQuery, tries: Int) -> UInt64 {
  (0..<tries).map { _ in
    let start = processorTime()
    do {
      try query.check()
    } catch {
      fatalError("\(error)")
    }
    return processorTime() - start
  }.min() ?? 0
}

/// Whether twice the text costs nearly four times as much, and that twice: once may be a limit that
/// only the longer text reaches.
private func growsTooFast(_ query: FuzzedQuery) -> Bool {
  guard let half = query.half, let quarter = half.half else { return false }
  let costs = [query, half, quarter].map { cost(of: $0, tries: 3) }
  return costs[0] > costs[1] * 3 && costs[1] > costs[2] * 3
}

/// Whether only texts that are repeated, or only others, are tried: the few dear ones would take
/// all the time from the many cheap ones.
private let part = ProcessInfo.processInfo.environment["CUSTODY_FUZZ_PART"]

/// Called by libFuzzer with every input.
///
/// What it finds ends the process: so libFuzzer keeps the input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  if let part, unsafe ((bytes?.pointee ?? 0) >= 0xE0) != (part == "repeated") {
    // Do not keep it.
    return -1
  }
  let query = unsafe FuzzedQuery(bytes: UnsafeRawBufferPointer(start: bytes, count: count))
  let first = cost(of: query, tries: 1)
  if first > 20_000_000, growsTooFast(query) {
    fatalError("more than linear: \(first / 1_000_000) ms for \(query.text.utf8.count) bytes")
  }
  if first > most(query), cost(of: query, tries: 3) > most(query) {
    fatalError("\(first / 1_000_000) ms for \(query.text.utf8.count) bytes")
  }
  return 0
}
