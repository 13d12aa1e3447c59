// SPDX-License-Identifier: Apache-2.0
import Capture
import Model
import Store

/// What a store holds of conversations that a capture adds to.
final class HeldRecords {
  private let store: Store
  private var reader: NativeReader?

  init(_ store: Store) { self.store = store }

  /// Reads the native records of a conversation
  /// (``CaptureHandler/readHeldRecords(of:route:having:_:)``).
  ///
  /// - Throws: `StoreError` when they cannot be read.
  func read(
    _ conversation: String, route: String, having item: String?,
    _ body: ([UInt8]) throws -> Bool
  ) throws -> Bool {
    let id = ObjectID.conversation(route: route, nativeID: conversation)
    guard let record = try store.read({ try $0.conversationIfPresent(id) }) else { return false }
    let reader = try reader ?? NativeReader(store)
    self.reader = reader
    if let item, try !reader.holds(item: item, in: record) { return true }
    for version in (1...record.versionCount).reversed() {
      guard try body(try reader.native(of: record, version: version)) else { break }
    }
    return true
  }
}
