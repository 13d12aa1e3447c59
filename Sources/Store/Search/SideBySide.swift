// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Model
import Synchronization

/// Runs the same work for several partitions, on all cores where it is heavy.
enum SideBySide {
  /// A thread costs about as much as a light question to a partition, so the first partition is
  /// always asked alone, and shows what the others will cost.
  private static let lightWork = Duration.microseconds(200)

  /// Applies a body to each element.
  ///
  /// - Parameters:
  ///   - elements: Of which no two share a connection: each is used by one thread.
  ///   - isHeavy: Whether each is known to be worth a thread, so that none has to show it.
  ///   - body: Gets an element; is called on any thread.
  /// - Returns: The results, in the order of the elements.
  /// - Throws: What the body throws for the first element that fails.
  static func map<Element, Value>(
    _ elements: [Element], isHeavy: Bool = false, _ body: (Element) throws -> Value
  ) throws -> [Value] {
    guard let first = elements.first else { return [] }
    if isHeavy, elements.count > 1 { return try mapOnAllCores(elements[...], body) }
    let clock = ContinuousClock()
    let start = clock.now
    var results = [try body(first)]
    let rest = elements.dropFirst()
    guard rest.count > 1, clock.now - start > lightWork else {
      for element in rest { results.append(try body(element)) }
      return results
    }
    return results + (try mapOnAllCores(rest, body))
  }

  private static func mapOnAllCores<Element, Value>(
    _ elements: ArraySlice<Element>, _ body: (Element) throws -> Value
  ) throws -> [Value] {
    try withoutActuallyEscaping(body) { body in
      let work = Work(elements: Array(elements), body: body)
      let outcomes = Mutex<[Result<Value, any Error>?]>(
        Array(repeating: nil, count: elements.count))
      DispatchQueue.concurrentPerform(iterations: elements.count) { index in
        let outcome = HandedOver(value: work.run(index))
        outcomes.withLock { $0[index] = outcome.value }
      }
      return try outcomes.withLock { list in
        try list.map { outcome in
          // A partition without an answer would be one without hits.
          guard let outcome else { throw StoreError(.failure, "a partition gave no answer") }
          return try outcome.get()
        }
      }
    }
  }

  /// What the threads share.
  ///
  /// Unchecked, since neither elements nor body need be sendable: each index is run by one thread, the
  /// caller waits for all of them, and no two elements share a connection.
  private struct Work<Element, Value>: @unchecked Sendable {
    let elements: [Element]
    let body: (Element) throws -> Value

    func run(_ index: Int) -> Result<Value, any Error> { Result { try body(elements[index]) } }
  }
}
