// SPDX-License-Identifier: Apache-2.0
import CReader
import Glibc
import Model

/// A program that reads a file and writes its text, within limits.
struct ChildReader {
  /// How a program ended.
  enum Outcome: Equatable {
    case ended(Int32)
    case killed(Int32)
    /// It took too long.
    case late
    /// Its output was no longer wanted.
    case stopped
    /// The system does not tell how.
    case unknown
  }

  private static let errorByteCount = 4096

  let program: String
  let arguments: [String]
  /// A descriptor of the file.
  let input: Int32
  let limits: ExtractionLimits

  /// Runs it.
  ///
  /// - Parameters:
  ///   - take: Gets its output; returns whether it wants more.
  ///   - hear: Gets all that it writes to standard error.
  /// - Returns: How it ended, and the begin of what it wrote to standard error.
  /// - Throws: `ExtractionFailure` when it cannot be started.
  func run(
    _ take: (ArraySlice<UInt8>) -> Bool, errors hear: (ArraySlice<UInt8>) -> Void = { _ in }
  ) throws -> (outcome: Outcome, errors: String) {
    var output: Int32 = -1
    var errors: Int32 = -1
    let child = start(&output, &errors)
    guard child > 0 else {
      throw ExtractionFailure(.readerFailed, "its reader could not be started")
    }
    defer {
      close(output)
      close(errors)
    }
    let deadline = now() + Int64(limits.programSeconds) * 1000
    var open: Set<Int32> = [output, errors]
    var told: [UInt8] = []
    var outcome: Outcome?
    while !open.isEmpty, outcome == nil {
      let left = deadline - now()
      guard left > 0 else {
        outcome = .late
        break
      }
      var waiting = open.sorted().map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      let count = unsafe poll(&waiting, nfds_t(waiting.count), Int32(left))
      guard count > 0 else { continue }
      for entry in waiting where entry.revents != 0 {
        let piece = readPiece(entry.fd)
        if piece.isEmpty {
          open.remove(entry.fd)
        } else if entry.fd == errors {
          told += piece.prefix(max(0, ChildReader.errorByteCount - told.count))
          hear(piece)
        } else if !take(piece) {
          outcome = .stopped
        }
      }
    }
    let status = wait(for: child, until: outcome == nil ? deadline : now())
    return (outcome ?? status, String(decoding: told, as: UTF8.self))
  }

  private func start(_ output: inout Int32, _ errors: inout Int32) -> pid_t {
    let bounds = custody_reader_limits(
      memory_bytes: UInt(limits.programByteCount), cpu_seconds: UInt(limits.programSeconds))
    let texts = unsafe ([program] + arguments).map { unsafe strdup($0) }
    defer { for index in unsafe texts.indices { unsafe free(texts[index]) } }
    let list = unsafe texts.map { unsafe UnsafePointer($0) } + [nil]
    return unsafe custody_reader_start(program, list, input, bounds, &output, &errors)
  }

  private func readPiece(_ descriptor: Int32) -> ArraySlice<UInt8> {
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    var count: Int
    repeat {
      count = unsafe bytes.withUnsafeMutableBytes { buffer in
        unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      }
    } while count < 0 && errno == EINTR
    return bytes[..<max(0, count)]
  }

  /// Waits for the end of the process, and ends it when that does not come in time.
  private func wait(for child: pid_t, until deadline: Int64) -> Outcome {
    var status: Int32 = 0
    while true {
      let waited = unsafe waitpid(child, &status, WNOHANG)
      if waited == child { break }
      if waited < 0, errno == EINTR { continue }
      // Where this process ignores the end of its children, nobody hears of it.
      guard waited == 0 else { return .unknown }
      if now() >= deadline {
        kill(child, SIGKILL)
        _ = unsafe waitpid(child, &status, 0)
        return .late
      }
      usleep(1000)
    }
    let signal = status & 0x7F
    return signal == 0 ? .ended(status >> 8 & 0xFF) : .killed(signal)
  }

  /// Milliseconds of a clock that only goes forward.
  private func now() -> Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }
}
