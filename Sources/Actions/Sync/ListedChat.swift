// SPDX-License-Identifier: Apache-2.0
import Capture
import Model
import Store

/// A chat as the list of chats has it.
struct ListedChat: Sendable {
  var id: String
  var account: String?
  var emailAddress: String?
  var deletedAt: Instant?
  /// The state of the chat: equal marks mean that nothing was added since.
  ///
  /// Empty where the list does not tell when it changed last, so that only reading it tells what is
  /// new.
  var mark: String

  init(_ record: [UInt8]) throws(CaptureError) {
    let fields = try ComplianceFields.strings(of: record)
    guard let id = fields["id"], !id.isEmpty else {
      throw CaptureError(code: .decodeError, message: "a listed chat has no id")
    }
    self.id = id
    account = fields["user.id"]
    emailAddress = fields["user.email_address"]
    deletedAt = fields["deleted_at"].flatMap { Instant(rfc3339: $0) }
    mark = fields["updated_at"].map { $0 + " " + (fields["deleted_at"] ?? "") } ?? ""
  }

  /// When a chat was deleted, by the head of its messages; nil where it was not.
  static func deletion(in page: CompliancePage) -> Instant? {
    guard
      case .string(let time)? = page.value(of: "deleted_at").flatMap(ComplianceFields.value(of:))
    else { return nil }
    return Instant(rfc3339: time)
  }

  /// A chat that is read by its id alone.
  init(id: String) {
    self.id = id
    mark = "read without list"
  }

  /// A chat that an earlier run could not read.
  init(retrying object: SourceObject) {
    id = object.nativeID
    account = object.account.isEmpty ? nil : object.account
    deletedAt = object.deleted
    // No state of the list: the next time that it is listed, it is read again.
    mark = "read without list"
  }
}
