// SPDX-License-Identifier: Apache-2.0
package import Bytes
import Foundation
import GRDB
package import Model

/// What a notice tells a person.
package enum NoticeKind: String, Sendable, CaseIterable {
  /// That a hold names them.
  case hold
  /// That the hold they were told of protects nothing on their account any more.
  case release
}

/// A notice to one person, as it was issued (holds-and-retention section 2.4).
package struct NoticeRecord: Hashable, Sendable {
  package var key: Int64
  package var id: ObjectID
  /// The hold's row.
  package var hold: Int64
  /// The row of the person, who may have been merged since.
  package var custodian: Int64
  package var kind: NoticeKind
  /// From 1; counts the notices of this kind to the person.
  package var round: Int
  package var address: String
  /// The name of the file in its folder.
  package var file: String
  package var folder: String
  /// The whole message as it is written.
  package var message: [UInt8]
  /// Of the message.
  package var digest: [UInt8]
  /// Of subject and text, without what each message has of its own, such as its date.
  package var textDigest: [UInt8]
  /// Of the template that it was made from.
  package var templateDigest: [UInt8]
  /// Until when an answer is asked for; nil where none was set.
  package var due: Instant?
  package var issued: Instant
  /// Who issued it.
  package var account: String
  /// When its file stood complete; nil while it is still to be written.
  package var written: Instant?
  /// When it was found that it must not be sent any more, before it was; nil otherwise.
  package var withdrawn: Instant?
  /// When the person answered; nil while they have not.
  package var acknowledged: Instant?
  /// How they answered.
  package var method: String
  /// When the answer was entered.
  package var recorded: Instant?
  /// Who entered it.
  package var recorder: String

  init(row: Row) throws {
    key = row["key"]
    id = try row.objectID("id")
    hold = row["hold"]
    custodian = row["custodian"]
    kind = try row.value("kind")
    round = row["round"]
    address = row["address"]
    file = row["file"]
    folder = row["folder"]
    message = [UInt8](row["message"] as Data)
    digest = [UInt8](row["message_sha256"] as Data)
    textDigest = [UInt8](row["text_sha256"] as Data)
    templateDigest = [UInt8](row["template_sha256"] as Data)
    due = row.optionalInstant("due")
    issued = row.instant("issued")
    account = row["account"]
    written = row.optionalInstant("written")
    withdrawn = row.optionalInstant("withdrawn")
    acknowledged = row.optionalInstant("acknowledged")
    method = row["method"]
    recorded = row.optionalInstant("recorded")
    recorder = row["recorder"]
  }
}

extension NoticeRecord {
  /// From when an answer is overdue; nil where none was asked for by a time.
  package var deadline: Instant? { due.map(Self.deadline(of:)) }

  /// The first instant that is too late for a due time: a day without a time, which the notice tells
  /// as a date, counts to its end.
  package static func deadline(of due: Instant) -> Instant {
    due == Instant(startOf: due.utcDate)
      ? Instant(ticks: due.ticks + Instant.ticksPerDay) : due
  }
}

/// A notice that is to be issued.
package struct NoticeDraft: Sendable {
  package var hold: HoldRecord
  package var custodian: Custodian
  package var kind: NoticeKind
  /// From 1.
  package var round: Int
  package var address: String
  package var file: String
  /// Absolute.
  package var folder: String
  package var message: [UInt8]
  package var textDigest: SHA256Digest
  package var templateDigest: SHA256Digest
  package var due: Instant?

  package init(
    hold: HoldRecord, custodian: Custodian, kind: NoticeKind, round: Int, address: String,
    file: String, folder: String, message: [UInt8], textDigest: SHA256Digest,
    templateDigest: SHA256Digest, due: Instant?
  ) {
    self.hold = hold
    self.custodian = custodian
    self.kind = kind
    self.round = round
    self.address = address
    self.file = file
    self.folder = folder
    self.message = message
    self.textDigest = textDigest
    self.templateDigest = templateDigest
    self.due = due
  }
}
