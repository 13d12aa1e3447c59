// SPDX-License-Identifier: Apache-2.0
import Capture
import Model
import Store

/// What a store holds of conversations that a capture adds to.
final class HeldRecords {
  private let store: Store
  private var reader: NativeReader?

  init(_ store: Store) { self.store = store }

  /// The native records of a conversation (``CaptureHandler/heldRecords(of:route:having:)``).
  ///
  /// - Throws: `StoreError` when they cannot be read.
  func records(
    of conversation: String, route: String, having item: String?
  ) throws -> [[UInt8]]? {
    let id = ObjectID.conversation(route: route, nativeID: conversation)
    guard let record = try store.read({ try $0.conversationIfPresent(id) }) else { return nil }
    let reader = try reader ?? NativeReader(store)
    self.reader = reader
    if let item, try !reader.holds(item: item, in: record) { return [] }
    return try (1...record.versionCount).map { try reader.native(of: record, version: $0) }
  }
}
