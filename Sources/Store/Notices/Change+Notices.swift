// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import GRDB
package import Model

/// That a person answered a notice.
package struct Acknowledgement: Hashable, Sendable {
  package var custodian: Custodian
  /// How they answered; not empty.
  package var method: String
  /// Nil: nobody wrote it down, so it is the time at which the answer is entered.
  package var time: Instant?

  package init(custodian: Custodian, method: String, time: Instant?) {
    self.custodian = custodian
    self.method = method
    self.time = time
  }
}

extension Change {
  /// Writes down that a notice is issued, before its file is written.
  ///
  /// - Returns: The notice, pending.
  /// - Throws: `StoreError` when the catalog cannot be written.
  @discardableResult
  package func issueNotice(_ draft: NoticeDraft) throws -> NoticeRecord {
    let id = ObjectID.random(.notice)
    let digest = SHA256Digest(of: draft.message.span)
    try db.execute(
      sql: """
        INSERT INTO notice (id, hold, custodian, kind, round, address, file, folder, message,
          message_sha256, text_sha256, template_sha256, due, issued, account)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        id.text, draft.hold.key, draft.custodian.key, draft.kind.rawValue, draft.round,
        draft.address, draft.file, draft.folder, Data(draft.message), Data(digest.bytes),
        Data(draft.textDigest.bytes), Data(draft.templateDigest.bytes), draft.due?.ticks,
        now.ticks, actor.displayName,
      ])
    let key = db.lastInsertedRowID
    try record(
      AuditEvent(
        "notice.issue", of: id,
        after: [
          "hold": .string(draft.hold.id.text), "custodian": .string(draft.custodian.id.text),
          "kind": .string(draft.kind.rawValue), "round": .integer(Int64(draft.round)),
          "address": .string(draft.address), "file": .string(draft.file),
          "sha256": .string(digest.bytes.hexadecimal),
          "text_sha256": .string(draft.textDigest.bytes.hexadecimal),
          "template_sha256": .string(draft.templateDigest.bytes.hexadecimal),
          "due": JSONValue(draft.due),
        ]))
    return try notice(key: key)
  }

  /// Writes down that a notice's file stands in a folder.
  package func markWritten(_ notice: NoticeRecord, in folder: String) throws {
    try db.execute(
      sql: """
        UPDATE notice SET written = ?, folder = ? WHERE key = ? AND written IS NULL
          AND withdrawn IS NULL
        """, arguments: [now.ticks, folder, notice.key])
    guard db.changesCount == 1 else {
      throw StoreError(
        .failure, "the notice \(notice.id) is not pending", objects: [notice.id.text])
    }
    try record(
      AuditEvent(
        "notice.write", of: notice.id,
        after: [
          "file": .string(notice.file), "folder": .string(folder),
          "sha256": .string(notice.digest.hexadecimal),
        ]))
  }

  /// Takes back a notice that was never written, because the person must not be told any more.
  package func withdrawNotice(_ notice: NoticeRecord, reason: String) throws {
    try db.execute(
      sql: """
        UPDATE notice SET withdrawn = ? WHERE key = ? AND written IS NULL AND withdrawn IS NULL
        """, arguments: [now.ticks, notice.key])
    guard db.changesCount == 1 else {
      throw StoreError(
        .failure, "the notice \(notice.id) is not pending", objects: [notice.id.text])
    }
    try record(AuditEvent("notice.withdraw", of: notice.id, reason: reason))
  }

  /// Enters that persons answered the last notice of a hold to them.
  ///
  /// The same answer again changes nothing.
  ///
  /// - Parameters:
  ///   - acknowledgements: One a person.
  ///   - hold: Whose notices.
  ///   - reason: Why, for the audit log.
  /// - Returns: How many are new.
  /// - Throws: `StoreError` for the first that ``Catalog/objection(to:of:)`` would refuse.
  package func acknowledge(
    _ acknowledgements: [Acknowledgement], of hold: HoldRecord, reason: String = ""
  ) throws -> Int {
    let standings = try catalog.noticeStandings(of: hold)
    var count = 0
    for answer in acknowledgements {
      if let objection = catalog.objection(to: answer, among: standings) {
        throw StoreError(objection.code, objection.message, objects: [answer.custodian.id.text])
      }
      guard
        let notice = standings.first(where: { $0.custodian.key == answer.custodian.key })?
          .latestHoldNotice, notice.acknowledged == nil
      else { continue }
      try db.execute(
        sql: """
          UPDATE notice SET acknowledged = ?, method = ?, recorded = ?, recorder = ? WHERE key = ?
          """,
        arguments: [
          (answer.time ?? now).ticks, answer.method, now.ticks, actor.displayName, notice.key,
        ])
      try record(
        AuditEvent(
          "notice.acknowledge", of: notice.id, before: ["acknowledged": .null],
          after: [
            "acknowledged": JSONValue(answer.time ?? now), "method": .string(answer.method),
            "hold": .string(hold.id.text), "custodian": .string(answer.custodian.id.text),
          ], reason: reason))
      count += 1
    }
    return count
  }

  /// Takes back an answer that was entered by mistake, so that another can be entered.
  ///
  /// - Parameters:
  ///   - custodian: Whose answer.
  ///   - hold: Whose notice they answered.
  ///   - reason: Not empty.
  /// - Returns: Whether there was an answer to take back.
  /// - Throws: `StoreError` with `.notFound` where no hold notice was issued to the person.
  package func withdrawAnswer(
    of custodian: Custodian, to hold: HoldRecord, reason: String
  ) throws -> Bool {
    let standing = try catalog.noticeStandings(of: hold).first {
      $0.custodian.key == custodian.key
    }
    guard let notice = standing?.latestHoldNotice else {
      throw StoreError(
        .notFound, "no hold notice was issued to '\(custodian.name)'", objects: [custodian.id.text])
    }
    guard let acknowledged = notice.acknowledged else { return false }
    try db.execute(
      sql: """
        UPDATE notice SET acknowledged = NULL, method = '', recorded = NULL, recorder = ''
        WHERE key = ?
        """, arguments: [notice.key])
    try record(
      AuditEvent(
        "notice.retract", of: notice.id,
        before: [
          "acknowledged": JSONValue(acknowledged), "method": .string(notice.method),
          "recorder": .string(notice.recorder),
        ],
        after: [
          "acknowledged": .null, "hold": .string(hold.id.text),
          "custodian": .string(custodian.id.text),
        ], reason: reason))
    return true
  }

  private func notice(key: Int64) throws -> NoticeRecord {
    guard
      let row = try Row.fetchOne(db, sql: "SELECT * FROM notice WHERE key = ?", arguments: [key])
    else { throw StoreError(.damaged, "the catalog lacks a notice that was just issued") }
    return try NoticeRecord(row: row)
  }
}

extension NoticeStanding {
  /// The last hold notice that stood as a file; it is the one that can be answered.
  package var latestHoldNotice: NoticeRecord? {
    notices.last { $0.kind == .hold && $0.written != nil }
  }
}

extension Catalog {
  /// Why an answer cannot be entered; nil where it can, or is on record already.
  ///
  /// - Parameters:
  ///   - answer: What somebody wants to enter.
  ///   - standings: Of the hold that it is about.
  /// - Returns: The status and the reason in words.
  package func objection(
    to answer: Acknowledgement, among standings: [NoticeStanding]
  ) -> (code: ExitStatus, message: String)? {
    let person = "'\(answer.custodian.name)'"
    guard let standing = standings.first(where: { $0.custodian.key == answer.custodian.key }),
      let notice = standing.latestHoldNotice
    else { return (.notFound, "no hold notice was issued to \(person)") }
    guard !answer.method.allSatisfy(\.isWhitespace) else {
      return (.usage, "the answer of \(person) has no method")
    }
    if let known = notice.acknowledged {
      if known == answer.time ?? known, notice.method == answer.method { return nil }
      return (
        .exists,
        "\(person) answered already at \(known.rfc3339) by '\(notice.method)'; answers are not "
          + "replaced: take it back with --withdraw first"
      )
    }
    // A day without a time is its first instant.
    guard Instant(startOf: notice.issued.utcDate) <= answer.time ?? now else {
      return (
        .usage,
        "the answer of \(person) is older than the notice, which was issued at "
          + notice.issued.rfc3339
      )
    }
    guard answer.time ?? now <= now else {
      return (.usage, "the answer of \(person) lies in the future")
    }
    return nil
  }
}
