// SPDX-License-Identifier: Apache-2.0
package import Model

/// Where a row of a partition is.
package struct RowPlace: Hashable, Sendable {
  package var partition: Int
  package var row: Int64
}

/// One item that a search found, in the version that matched first.
package struct SearchHit: Hashable, Sendable {
  package var place: RowPlace
  package var id: ObjectID
  /// The source's own message id; nil when it has none.
  package var nativeID: String?
  package var conversationID: ObjectID
  package var nativeConversationID: String
  package var time: Instant?
  package var kind: String
  package var role: String
  /// Whose it is: the directory's name, else the account's id; empty when the source does not tell.
  package var custodian: String
  /// The custodian's id; nil when the directory does not know the account.
  package var custodianID: String?
  /// Who speaks: the person of a prompt, the model of a response.
  package var from: String
  package var model: String
  package var title: String
  /// The source's name.
  package var source: String
  /// The version of the item that matched, from 1.
  package var version: Int
  /// The version of the conversation's native record that holds it, from 1.
  package var conversationVersion: Int
  package var byteCount: Int64
  /// The texts that were searched, for a snippet; segments joined by the tokenizer's separator.
  package var body: String
  package var names: String
  package var files: String
}
