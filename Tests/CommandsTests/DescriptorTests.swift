// SPDX-License-Identifier: Apache-2.0
import Commands
import Foundation
import Testing

@Suite("Descriptors and signals")
struct DescriptorTests {
  @Test("writes all to a pipe that is full and does not wait")
  func fullPipe() async throws {
    var ends: [Int32] = [0, 0]
    try #require(unsafe pipe(&ends) == 0)
    let (reading, writing) = (ends[0], ends[1])
    try #require(fcntl(writing, F_SETFL, O_NONBLOCK) == 0)
    let reader = FileHandle(fileDescriptor: reading, closeOnDealloc: true)
    let line = "a line of a long list\n"
    let count = 50_000
    let received = Task.detached { try reader.readToEnd() ?? Data() }
    let sink = ByteSink(descriptor: writing)
    var failure: (any Error)?
    do {
      for _ in 0..<count { try sink.write(line) }
      try sink.flush()
    } catch {
      failure = error
    }
    close(writing)
    #expect(failure == nil)
    #expect(try await received.value == Data(String(repeating: line, count: count).utf8))
  }

  @Test("hears of the end of its children though who started it ignores that of its own")
  func children() async {
    await #expect(processExitsWith: .success) {
      signal(SIGCHLD, SIG_IGN)
      Interruption.install()
      var action = sigaction()
      #expect(unsafe sigaction(SIGCHLD, nil, &action) == 0)
      #expect(unsafe action.__sigaction_handler.sa_handler == nil)
    }
  }
}
