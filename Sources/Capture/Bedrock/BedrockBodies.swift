// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// Brings calls of the log together with their bodies that lie in files of their own, which come
/// before or after them (claude-capture-formats section 13.1).
///
/// A call that has all its bodies is its record with them behind it, each on a line.
struct BedrockBodies {
  /// The record of a call with its bodies.
  struct Call {
    var record: NativeRecord
    /// Bodies that are counted with it.
    var bodyCount = 0
    fileprivate var names: [String]
    fileprivate var found: [ExactText: [UInt8]] = [:]

    fileprivate init(_ record: NativeRecord, names: [String]) {
      self.record = record
      self.names = names
    }

    fileprivate var isComplete: Bool { names.allSatisfy { found[ExactText($0)] != nil } }

    /// With the bodies that were found behind the record.
    fileprivate func joined() -> Call {
      var call = self
      for name in names {
        guard let body = found[ExactText(name)] else { continue }
        call.record.bytes.append(0x0A)
        call.record.bytes += body
      }
      return call
    }
  }

  private var calls: [Int: Call] = [:]
  private var nextNumber = 0
  /// The calls that wait for a body, by the name of its file.
  private var waiting: [ExactText: [Int]] = [:]
  /// Bodies whose calls did not come yet, by the name of their file.
  private var bodies: [ExactText: NativeRecord] = [:]
  /// Bytes that are held.
  private(set) var byteCount = 0

  /// Takes the record of a call.
  ///
  /// - Parameters:
  ///   - record: The record.
  ///   - names: The names of the files with its bodies.
  /// - Returns: The call, if all of it is here.
  mutating func take(_ record: NativeRecord, names: [String]) -> Call? {
    var call = Call(record, names: names)
    for name in names {
      guard let body = bodies.removeValue(forKey: ExactText(name)) else { continue }
      byteCount -= body.bytes.count
      call.found[ExactText(name)] = body.bytes
      call.bodyCount += 1
    }
    if call.isComplete { return call.joined() }
    calls[nextNumber] = call
    byteCount += call.found.values.reduce(record.bytes.count) { $0 + $1.count }
    for name in names where call.found[ExactText(name)] == nil {
      waiting[ExactText(name), default: []].append(nextNumber)
    }
    nextNumber += 1
    return nil
  }

  /// Whether the very body waits already, such as from two deliveries that overlap.
  func holds(_ body: NativeRecord) -> Bool {
    bodies[Self.name(of: body)]?.bytes == body.bytes
  }

  private static func name(of body: NativeRecord) -> ExactText {
    ExactText(String(body.path.split(separator: "/").last ?? ""))
  }

  /// Takes a body.
  ///
  /// - Returns: The calls that are whole with it; nil where another file of its name waits already.
  mutating func take(body: NativeRecord) -> [Call]? {
    let name = Self.name(of: body)
    guard let numbers = waiting.removeValue(forKey: name) else {
      guard bodies[name] == nil else { return nil }
      bodies[name] = body
      byteCount += body.bytes.count
      return []
    }
    var complete: [Call] = []
    for (position, number) in numbers.enumerated() {
      calls[number]?.found[name] = body.bytes
      byteCount += body.bytes.count
      // One record that comes twice needs the body twice, and it is counted once.
      if position == 0 { calls[number]?.bodyCount += 1 }
      guard let call = calls[number], call.isComplete else { continue }
      calls[number] = nil
      byteCount -= call.found.values.reduce(call.record.bytes.count) { $0 + $1.count }
      complete.append(call.joined())
    }
    return complete
  }

  /// Gives up waiting.
  ///
  /// - Returns: The calls as far as they came, and the bodies without a call, in their order.
  mutating func drain() -> (calls: [Call], bodies: [NativeRecord]) {
    let rest = calls.sorted { $0.key < $1.key }.map { $0.value.joined() }
    let left = bodies.values.sorted { $0.path < $1.path }
    self = BedrockBodies()
    return (rest, left)
  }
}
