// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Synchronization

/// Works on the elements of a batch on all cores while the caller goes on.
package final class BatchJob<Output: Sendable>: Sendable {
  private let slots: Mutex<[Result<Output, any Error>?]>
  private let group = DispatchGroup()

  /// Starts.
  ///
  /// - Parameters:
  ///   - count: How many elements there are.
  ///   - work: What to do with the element at an index.
  package init(_ count: Int, _ work: @escaping @Sendable (Int) throws -> Output) {
    slots = Mutex(Array(repeating: nil, count: count))
    DispatchQueue.global().async(group: group) { [self] in
      DispatchQueue.concurrentPerform(iterations: count) { index in
        let result = Result { try work(index) }
        slots.withLock { $0[index] = result }
      }
    }
  }

  /// Waits for all; they come in the order of the elements, once.
  package func results() throws -> [Output] {
    group.wait()
    return try slots.withLock { slots in
      let all = slots
      slots = []
      return try all.compactMap { try $0?.get() }
    }
  }
}
