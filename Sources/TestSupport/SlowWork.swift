// SPDX-License-Identifier: Apache-2.0
import Dispatch

/// One thread for tests that work for minutes without waiting: on the few threads that all tests
/// share they would keep others from their turn, which then miss what they watch.
package final class SlowWork: TaskExecutor {
  package static let executor = SlowWork()

  private let queue = DispatchQueue(label: "slow work", qos: .utility)

  private init() {}

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
