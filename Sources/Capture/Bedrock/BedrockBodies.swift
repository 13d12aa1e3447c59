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
  /// Digests of bodies that went to their calls, by the name of their file.
  private var used: [ExactText: SHA256Digest] = [:]
  /// Digests of records that had all their bodies.
  private var complete: Set<SHA256Digest> = []
  /// How many of either are remembered; beyond it what comes again seems to lack its counterpart.
  private static let usedLimit = 100_000

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
      noteUse(of: body.bytes, named: ExactText(name))
      call.found[ExactText(name)] = body.bytes
      call.bodyCount += 1
    }
    if call.isComplete {
      noteComplete(call)
      return call.joined()
    }
    calls[nextNumber] = call
    byteCount += call.found.values.reduce(record.bytes.count) { $0 + $1.count }
    for name in names where call.found[ExactText(name)] == nil {
      waiting[ExactText(name), default: []].append(nextNumber)
    }
    nextNumber += 1
    return nil
  }

  /// Whether the very body waits already or went to its call, such as from two deliveries that overlap.
  func holds(_ body: NativeRecord) -> Bool {
    let name = Self.name(of: body)
    if let waiting = bodies[name] { return waiting.bytes == body.bytes }
    return waiting[name] == nil && used[name] == SHA256Digest(of: body.bytes.span)
  }

  private mutating func noteUse(of body: [UInt8], named name: ExactText) {
    if used.count >= Self.usedLimit { used = [:] }
    used[name] = SHA256Digest(of: body.span)
  }

  /// Whether the very record came before and had all its bodies, which wait for it no more.
  func holds(call record: NativeRecord) -> Bool {
    !complete.isEmpty && complete.contains(SHA256Digest(of: record.bytes.span))
  }

  private mutating func noteComplete(_ call: Call) {
    if complete.count >= Self.usedLimit { complete = [] }
    complete.insert(SHA256Digest(of: call.record.bytes.span))
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
    noteUse(of: body.bytes, named: name)
    var whole: [Call] = []
    for (position, number) in numbers.enumerated() {
      calls[number]?.found[name] = body.bytes
      byteCount += body.bytes.count
      // One record that comes twice needs the body twice, and it is counted once.
      if position == 0 { calls[number]?.bodyCount += 1 }
      guard let call = calls[number], call.isComplete else { continue }
      calls[number] = nil
      byteCount -= call.found.values.reduce(call.record.bytes.count) { $0 + $1.count }
      noteComplete(call)
      whole.append(call.joined())
    }
    return whole
  }

  /// Gives up waiting.
  ///
  /// - Returns: The calls as far as they came, and the bodies without a call, in their order.
  mutating func drain() -> (calls: [Call], bodies: [NativeRecord]) {
    let rest = calls.sorted { $0.key < $1.key }.map { $0.value.joined() }
    let left = bodies.values.sorted { $0.path < $1.path }
    calls = [:]
    waiting = [:]
    bodies = [:]
    byteCount = 0
    return (rest, left)
  }
}
