// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
import Synchronization
import Testing

@testable import Store

@Suite struct LockTests {
  @Test("a job lock that is taken names process, host, command and start, at once")
  func contention() async throws {
    try await withStore { store in
      let lock = try store.lockJob("import-a", as: .test("import"))
      let start = ContinuousClock.now
      do {
        _ = try store.lockJob("import-a", as: .test("sync"))
        Issue.record("the second lock was given")
      } catch let error as StoreError {
        #expect(error.code == .locked)
        let pid = ProcessInfo.processInfo.processIdentifier
        #expect(
          error.objects == ["process \(pid) on desk, import by ada, since 2026-03-01T12:00:00Z"])
      }
      #expect(ContinuousClock.now - start < .milliseconds(100))
      _ = try store.lockJob("import-b", as: .test())
      withExtendedLifetime(lock) {}
    }
  }

  @Test("a lock is free again when its holder lets go, and waiting gets it")
  func release() async throws {
    try await withStore { store in
      var lock: StoreLock? = try store.lockJob("job", as: .test())
      #expect(lock != nil)
      lock = nil
      var second: StoreLock? = try store.lockJob("job", as: .test())
      #expect(second != nil)
      let waited = waitForLock(in: store) { second = nil }
      #expect(throws: Never.self) { try waited?.get() }
      #expect(waited != nil)
    }
  }

  /// Waits for a lock on a thread of its own, while another holder lets go of it.
  ///
  /// Tests share few threads: one that waits on them, or gives its own up in between, may have to
  /// wait for all others.
  private func waitForLock(
    in store: Store, _ release: () -> Void
  ) -> Result<StoreLock, any Error>? {
    let waiter = Waiter()
    Thread.detachNewThread {
      waiter.outcome.withLock {
        $0 = Result { try store.lockJob("job", as: .test(), wait: .seconds(20)) }
      }
      waiter.isDone.signal()
    }
    usleep(50_000)
    release()
    waiter.isDone.wait()
    return waiter.outcome.withLock { $0 }
  }

  private final class Waiter: Sendable {
    let outcome = Mutex<Result<StoreLock, any Error>?>(nil)
    let isDone = DispatchSemaphore(value: 0)
  }

  @Test("a lock is given back though a copy of its descriptor is still open")
  func copiedDescriptor() async throws {
    try await withStore { store in
      var lock: StoreLock? = try store.lockJob("copied", as: .test())
      #expect(lock != nil)
      // As in a child process that has not begun its program yet.
      let names = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
      let descriptor = try #require(
        names.compactMap { Int32($0) }.first { number in
          let target = try? FileManager.default.destinationOfSymbolicLink(
            atPath: "/proc/self/fd/\(number)")
          return target == store.layout.lock("copied")
        })
      let copy = dup(descriptor)
      defer { close(copy) }
      lock = nil
      #expect(status { _ = try store.lockJob("copied", as: .test()) } == nil)
    }
  }

  @Test("a lock dies with its process")
  func processDeath() async throws {
    try await withStore { store in
      _ = try store.lockJob("job", as: .test())
      let child = Process()
      child.executableURL = URL(fileURLWithPath: "/usr/bin/flock")
      child.arguments = ["--no-fork", store.layout.lock("job"), "sleep", "900"]
      try child.run()
      var isTaken = false
      // Other tests may keep this one waiting for long between two looks.
      for _ in 0..<3000 where !isTaken {
        isTaken = status { _ = try store.lockJob("job", as: .test()) } == .locked
        if !isTaken { try await Task.sleep(for: .milliseconds(10)) }
      }
      #expect(isTaken)
      kill(child.processIdentifier, SIGKILL)
      child.waitUntilExit()
      #expect(status { _ = try store.lockJob("job", as: .test()) } == nil)
    }
  }

  @Test("changes from several connections at once all happen, in one chain")
  func concurrentChanges() async throws {
    try await withStore { store in
      let folder = store.folder
      try await withThrowingTaskGroup(of: Void.self) { group in
        for writer in 0..<4 {
          group.addTask {
            let other = try Store.open(
              at: folder, access: .writing, clock: { TestClock().now })
            for step in 0..<10 {
              try other.change(as: .test()) { change in
                try change.setSetting("\(writer)-\(step)", to: "x")
              }
            }
          }
        }
        try await group.waitForAll()
      }
      try store.read { catalog throws in
        let verification = try catalog.verifyAudit()
        #expect(verification.isSound)
        #expect(verification.eventCount == 41)
      }
    }
  }
}
