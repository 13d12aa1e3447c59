// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import GRDB
import Model

extension DispositionJudge.Verdict {
  /// Takes in what the source has of a conversation that is to be deleted there too.
  ///
  /// It stays where it could not be read, or is another than what was captured: that is captured first
  /// and judged anew (holds-and-retention section 4, point 7).
  ///
  /// - Parameters:
  ///   - view: What the source has.
  ///   - catalog: Of the deleting transaction.
  /// - Throws: `StoreError` when the catalog cannot be read.
  mutating func compare(_ view: SourceView, in catalog: Catalog) throws {
    guard let conversation = burial?.conversation else { return }
    burial?.view = view
    switch view {
    case .unsourced, .gone: return
    case .unread: leave(.unread)
    case .read(let reading, let source):
      guard reading.chat == conversation.nativeID, reading.isFresh(at: catalog.now) else {
        return leave(.unread)
      }
      if try catalog.hasVersion(reading.digest, of: conversation.key) { return }
      guard reading.isEmptied else { return leave(.changed) }
      // Nothing but empty messages is left: there is nothing to capture, nor to delete.
      burial?.view = .gone(requestID: nil, source)
    }
  }

  private mutating func leave(_ objection: DeletionObjection) {
    burial = nil
    disposition.outcome = .skipped
    disposition.because = objection.name
  }
}

extension Catalog {
  fileprivate func hasVersion(_ digest: SHA256Digest, of conversation: Int64) throws -> Bool {
    try Bool.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT EXISTS (SELECT 1 FROM conversation_version WHERE conversation = ? AND digest = ?)
          """), arguments: [conversation, Data(digest.bytes)]) ?? false
  }
}
