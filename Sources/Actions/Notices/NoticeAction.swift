// SPDX-License-Identifier: Apache-2.0
import Bytes
package import Model
package import Store

/// Issues the notices of holds: what was not issued yet, and each of it once
/// (holds-and-retention section 2.4).
///
/// A notice is first written down as issued, with its message, then its file is written, then that
/// is written down: whoever is killed between goes on with the same bytes under the same name.
package struct NoticeAction {
  /// How notices are made.
  package struct Options: Sendable {
    package var fromName: String
    package var from: MailAddress
    /// Whom to turn to, in words.
    package var contact: String
    /// Until when an answer is asked for; nil without one.
    package var due: Instant?
    /// Whether `due` moves with the day of sending.
    package var isDueRelative: Bool
    package var templates: [NoticeKind: NoticeTemplate]
    /// Absolute; made where it is not there.
    package var folder: String
    /// Whether a hold notice whose text changed is issued anew.
    package var again: Bool

    package init(
      fromName: String, from: MailAddress, contact: String, due: Instant?, isDueRelative: Bool,
      templates: [NoticeKind: NoticeTemplate], folder: String, again: Bool
    ) {
      self.fromName = fromName
      self.from = from
      self.contact = contact
      self.due = due
      self.isDueRelative = isDueRelative
      self.templates = templates
      self.folder = folder
      self.again = again
    }
  }

  /// Why a person could not be told.
  package struct Obstacle: Sendable, Hashable {
    package enum Code: String, Sendable {
      case noAddress = "NO_ADDRESS"
      case addressNotUsable = "ADDRESS_NOT_USABLE"
    }

    package var hold: HoldRecord
    package var custodian: Custodian
    package var code: Code
  }

  /// What a run did.
  package struct Outcome: Sendable {
    /// Written down as issued by this run.
    package var issued: [NoticeRecord] = []
    /// Files written by this run, those that an earlier run did not come to included.
    package var written = 0
    /// Of an earlier run; found standing or written now.
    package var resumed = 0
    /// Persons who had been told all before.
    package var already = 0
    /// Persons who must not be told.
    package var silent = 0
    package var withdrawn = 0
    package var obstacles: [Obstacle] = []
  }

  private static let batchSize = 16
  private let options: Options
  private let actor: AuditActor

  package init(_ options: Options, actor: AuditActor) {
    self.options = options
    self.actor = actor
  }

  /// Issues what is missing and writes all files.
  ///
  /// - Parameters:
  ///   - holds: Ids of holds of any state.
  ///   - store: Open for changes.
  ///   - wait: How long to wait while another process sends notices.
  /// - Returns: What was done.
  /// - Throws: `StoreError`; what was written down before stays, and the next run goes on.
  package func send(
    _ holds: [ObjectID], in store: Store, wait: Duration = .zero
  ) throws -> Outcome {
    let lock = try store.lockJob("notice", as: actor, wait: wait)
    return try withExtendedLifetime(lock) {
      try NoticeFile.makeFolder(options.folder)
      var outcome = Outcome()
      let earlier = try store.read { try $0.pendingNotices() }
      // Hold by hold, so that the write lock is given up between them.
      for id in holds { try store.change(as: actor) { try issue([id], $0, &outcome) } }
      let pending = try store.read { try $0.pendingNotices() }
      var rest = pending[...]
      var known = KnownStandings()
      while !rest.isEmpty {
        let batch = rest.prefix(Self.batchSize)
        rest = rest.dropFirst(Self.batchSize)
        try store.change(as: actor) { change in
          try known.forgetWhatOthersChanged(change.catalog)
          for notice in batch { try write(notice, change, &known, &outcome) }
          known.eventCount = try change.catalog.auditHead().count
        }
      }
      outcome.resumed = earlier.count
      return outcome
    }
  }

  /// Who is to be told, kept from batch to batch while nobody else changes the store.
  private struct KnownStandings {
    /// By the hold's row and the person's.
    private var standings: [Int64: [Int64: NoticeStanding]] = [:]
    /// The events of the audit log when the last batch ended: every change adds one.
    var eventCount: Int64 = 0

    mutating func forgetWhatOthersChanged(_ catalog: Catalog) throws {
      if try catalog.auditHead().count != eventCount { standings = [:] }
    }

    mutating func standing(
      of custodian: Custodian, under hold: Int64, _ catalog: Catalog
    ) throws -> NoticeStanding? {
      if let known = standings[hold] { return known[custodian.key] }
      let found = try catalog.noticeStandings(of: catalog.hold(key: hold))
      let byPerson = Dictionary(uniqueKeysWithValues: found.map { ($0.custodian.key, $0) })
      standings[hold] = byPerson
      return byPerson[custodian.key]
    }
  }

  /// What ``send(_:in:wait:)`` would issue; nothing is written anywhere.
  package func rehearse(_ holds: [ObjectID], in store: Store) throws -> Outcome {
    var outcome = Outcome()
    let earlier = try store.read { try $0.pendingNotices() }
    try store.rehearse(as: actor) { try issue(holds, $0, &outcome) }
    outcome.resumed = earlier.count
    outcome.written = earlier.count + outcome.issued.count
    return outcome
  }

  private func issue(
    _ holds: [ObjectID], _ change: Change, _ outcome: inout Outcome
  ) throws {
    for id in holds {
      let hold = try change.catalog.hold("id:" + id.text)
      for standing in try change.catalog.noticeStandings(of: hold) {
        try issue(to: standing, change, &outcome)
      }
    }
  }

  private func issue(
    to standing: NoticeStanding, _ change: Change, _ outcome: inout Outcome
  ) throws {
    if standing.isSilent {
      if standing.isNamed { outcome.silent += 1 }
      return
    }
    let isRepeat = standing.missing == nil
    guard let kind = standing.missing ?? repeated(standing, &outcome),
      let template = options.templates[kind]
    else { return }
    guard let address = standing.addresses.lazy.compactMap(MailAddress.init).first else {
      outcome.obstacles.append(
        Obstacle(
          hold: standing.hold, custodian: standing.custodian,
          code: standing.addresses.isEmpty ? .noAddress : .addressNotUsable))
      return
    }
    let due = kind == .hold ? options.due : nil
    if isRepeat, let latest = standing.latest {
      // A date that moves by itself is no change of the text.
      let compared = options.isDueRelative || options.due == nil ? latest.due : due
      let known = text(for: standing, template, due: compared)
      if digest(known) == latest.textDigest {
        outcome.already += 1
        return
      }
    }
    let content = text(for: standing, template, due: due)
    let round =
      1 + standing.notices.count { $0.kind == kind }
      + (try change.catalog.withdrawnNoticeCount(
        of: standing.hold, kind, to: standing.custodian))
    let name = [
      standing.hold.id.text, standing.custodian.id.text, kind.rawValue, String(round),
    ]
    let message = MailMessage(
      date: change.now, fromName: options.fromName, from: options.from,
      toName: standing.custodian.name, to: address, subject: content.subject,
      messageID: ObjectID(.notice, derivedFrom: name.joined(separator: ":")).text + "@"
        + options.from.domain, body: content.body)
    outcome.issued.append(
      try change.issueNotice(
        NoticeDraft(
          hold: standing.hold, custodian: standing.custodian, kind: kind, round: round,
          address: address.text, file: name.joined(separator: "-") + ".eml",
          folder: options.folder, message: message.bytes,
          textDigest: SHA256Digest(of: content.subject + "\n\n" + content.body),
          templateDigest: template.digest, due: due)))
  }

  /// A hold notice that stands and is to be compared with what it would say now.
  private func repeated(_ standing: NoticeStanding, _ outcome: inout Outcome) -> NoticeKind? {
    guard standing.isNamed else { return nil }
    if options.again, standing.latest?.written != nil { return .hold }
    outcome.already += 1
    return nil
  }

  private func text(
    for standing: NoticeStanding, _ template: NoticeTemplate, due: Instant?
  ) -> (subject: String, body: String) {
    template.filled([
      .custodian: standing.custodian.name, .matter: standing.hold.matter.name,
      .due: due?.noticeText ?? "", .contact: options.contact,
    ])
  }

  private func digest(_ content: (subject: String, body: String)) -> [UInt8] {
    SHA256Digest(of: content.subject + "\n\n" + content.body).bytes
  }

  /// Writes one pending notice, unless its file stands or it must not be sent any more.
  private func write(
    _ notice: NoticeRecord, _ change: Change, _ known: inout KnownStandings,
    _ outcome: inout Outcome
  ) throws {
    if try NoticeFile.stands(notice.file, in: notice.folder, bytes: notice.message) {
      try change.markWritten(notice, in: notice.folder)
      outcome.written += 1
      return
    }
    guard try isStillMeant(notice, change.catalog, &known) else {
      try change.withdrawNotice(notice, reason: "the person is not to be told of it any more")
      outcome.withdrawn += 1
      return
    }
    let stands = try NoticeFile.stands(notice.file, in: options.folder, bytes: notice.message)
    if !stands { try NoticeFile.write(notice.message, as: notice.file, in: options.folder) }
    try change.markWritten(notice, in: options.folder)
    outcome.written += 1
  }

  /// Whether the person is still to be told, as the holds stand inside the transaction.
  private func isStillMeant(
    _ notice: NoticeRecord, _ catalog: Catalog, _ known: inout KnownStandings
  ) throws -> Bool {
    let person = try catalog.custodian(key: notice.custodian)
    guard let standing = try known.standing(of: person, under: notice.hold, catalog),
      !standing.isSilent
    else { return false }
    return notice.kind == .hold ? standing.isNamed : !standing.isProtected
  }
}

extension Instant {
  /// A day where it is the first instant of one in UTC, else date and time.
  fileprivate var noticeText: String {
    guard self == Instant(startOf: utcDate) else { return rfc3339 }
    return String(rfc3339.prefix(10))
  }
}
