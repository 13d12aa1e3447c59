// SPDX-License-Identifier: Apache-2.0

/// One change as it is to be recorded: what was done to what.
///
/// Before and after hold settings, never captured content (export-formats section 10.1).
package struct AuditEvent: Hashable, Sendable {
  /// Noun and verb, such as `hold.release`.
  package var action: String
  /// The id of what was changed.
  package var object: String
  /// The fields as they were; `null` for a new object.
  package var before: JSONValue
  /// The fields as they are now, counts included; `null` when the object is gone.
  package var after: JSONValue
  /// Why, as the person gave it; may be empty.
  package var reason: String

  package init(
    _ action: String, of object: String, before: JSONValue = .null, after: JSONValue = .null,
    reason: String = ""
  ) {
    self.action = action
    self.object = object
    self.before = before
    self.after = after
    self.reason = reason
  }

  package init(
    _ action: String, of object: ObjectID, before: JSONValue = .null, after: JSONValue = .null,
    reason: String = ""
  ) {
    self.init(action, of: object.text, before: before, after: after, reason: reason)
  }
}
