// SPDX-License-Identifier: Apache-2.0

/// Why a record is counted as skipped: it is no item, and its bytes are kept where it belongs to a
/// unit.
///
/// The texts are stable: scripts may compare them.
package enum SkipReason: String, Sendable, CaseIterable {
  /// It lists other files or records, such as a manifest or a header.
  case listing
  /// Progress of a tool, which the tool's result ends.
  case progress
  /// A change of the client's own state, such as a mode.
  case state
  /// A title or summary of the conversation, which became its title.
  case title
  /// A snapshot of files for the client's own use.
  case fileSnapshot = "file-snapshot"
  /// A record of a type that the format does not know.
  case unknownType = "unknown-type"
  /// Of another vendor's model.
  case foreignModel = "foreign-model"
  /// Of a call that is no conversation, such as one for embeddings.
  case otherCall = "other-call"
  /// Something that is no record of the format, such as a bare number.
  case foreignLine = "foreign-line"
}
