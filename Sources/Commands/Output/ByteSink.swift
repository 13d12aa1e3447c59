// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
import Synchronization

/// The reader of standard output has gone away: a command that only reads stops quietly.
package struct ClosedPipe: Error, Equatable {}

/// Prints in a command whose result is its status, which it gives though nobody reads any more.
func ignoringClosedPipe(_ printing: () throws -> Void) throws {
  do { try printing() } catch is ClosedPipe {}
}

/// A buffered stream of bytes to a file descriptor, or to memory in tests.
///
/// Writing in large pieces is six times as fast as printing line by line.
package final class ByteSink: Sendable {
  private static let capacity = 64 * 1024

  private struct State {
    var buffer: [UInt8] = []
    var isClosed = false
  }

  private let descriptor: Int32?
  private let state = Mutex(State())

  /// - Parameter descriptor: Where the bytes go; nil keeps them in memory.
  package init(descriptor: Int32?) {
    self.descriptor = descriptor
  }

  /// Adds bytes; they reach the descriptor when the buffer is full or flushed.
  ///
  /// - Throws: ``ClosedPipe`` when nobody reads any more; ``CommandFailure`` with status 31 when
  ///   the bytes cannot be written.
  package func write(_ bytes: [UInt8]) throws {
    try state.withLock { state in
      guard !state.isClosed else { throw ClosedPipe() }
      state.buffer.append(contentsOf: bytes)
      if state.buffer.count >= Self.capacity { try flush(&state) }
    }
  }

  /// Adds the UTF-8 bytes of a text.
  package func write(_ text: String) throws {
    try write(Array(text.utf8))
  }

  /// Hands everything to the descriptor.
  package func flush() throws {
    try state.withLock { try flush(&$0) }
  }

  /// What was written and not flushed: for a sink in memory, everything.
  package var contents: [UInt8] { state.withLock(\.buffer) }

  private func flush(_ state: inout State) throws {
    guard let descriptor, !state.buffer.isEmpty, !state.isClosed else { return }
    let bytes = state.buffer
    state.buffer.removeAll(keepingCapacity: true)
    var start = 0
    while start < bytes.count {
      let count = unsafe bytes[start...].withUnsafeBytes {
        unsafe Foundation.write(
          descriptor, $0.baseAddress, $0.count)
      }
      guard count < 0 else {
        start += count
        continue
      }
      let error = errno
      if error == EINTR { continue }
      if error == EAGAIN || error == EWOULDBLOCK {
        // Whoever shares the descriptor made it so that a write does not wait.
        waitForRoom(descriptor)
        continue
      }
      state.isClosed = true
      if error == EPIPE { throw ClosedPipe() }
      throw CommandFailure(
        .storage, "cannot write to descriptor \(descriptor)", why: systemMessage(error),
        whatToDo: "make room, or send the output elsewhere")
    }
  }
}

/// Waits until a descriptor takes bytes, or a signal comes; the next write tells of errors.
private func waitForRoom(_ descriptor: Int32) {
  var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
  _ = unsafe poll(&entry, 1, -1)
}

/// The system's words for an errno value.
func systemMessage(_ error: Int32) -> String {
  unsafe String(cString: strerror(error))
}
