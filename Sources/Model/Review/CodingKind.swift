// SPDX-License-Identifier: Apache-2.0

/// What a reviewer did.
package enum CodingKind: String, Sendable, CaseIterable {
  case tag
  case untag
  case note
  /// Items were taken out of the set.
  case remove
  case redact
  case undo
  /// Items came with a volume, and with them the acts before this one.
  case `import`
}
