// SPDX-License-Identifier: Apache-2.0

/// How a command ended (cli-conventions section 3).
///
/// Numbers and names are never reused.
package enum ExitStatus: Int32, Sendable, CaseIterable, Error {
  case ok = 0
  case failure = 1
  case usage = 2
  case partial = 3
  case empty = 4
  case limit = 5
  case incomplete = 6
  case attention = 7
  case noStore = 10
  case locked = 11
  case version = 12
  case damaged = 13
  case audit = 14
  case notFound = 20
  case exists = 21
  case ambiguous = 22
  case held = 23
  case denied = 24
  case confirm = 25
  case format = 26
  case stale = 27
  case disarmed = 28
  case backend = 30
  case storage = 31
  case secret = 32

  /// The stable name that error records carry, such as `NO_STORE`.
  package var name: String {
    switch self {
    case .ok: "OK"
    case .failure: "FAILURE"
    case .usage: "USAGE"
    case .partial: "PARTIAL"
    case .empty: "EMPTY"
    case .limit: "LIMIT"
    case .incomplete: "INCOMPLETE"
    case .attention: "ATTENTION"
    case .noStore: "NO_STORE"
    case .locked: "LOCKED"
    case .version: "VERSION"
    case .damaged: "DAMAGED"
    case .audit: "AUDIT"
    case .notFound: "NOT_FOUND"
    case .exists: "EXISTS"
    case .ambiguous: "AMBIGUOUS"
    case .held: "HELD"
    case .denied: "DENIED"
    case .confirm: "CONFIRM"
    case .format: "FORMAT"
    case .stale: "STALE"
    case .disarmed: "DISARMED"
    case .backend: "BACKEND"
    case .storage: "STORAGE"
    case .secret: "SECRET"
    }
  }

  /// What it means, in one sentence without a full stop.
  package var meaning: String {
    switch self {
    case .ok: "done; zero hits is OK"
    case .failure: "unclassified failure"
    case .usage: "bad command line or a query that cannot be parsed"
    case .partial: "finished, some items failed or were skipped"
    case .empty: "no result, only with --fail-if-empty"
    case .limit: "stopped at a limit of time or size; run again to go on"
    case .incomplete: "the answer may miss items, only with --require-complete"
    case .attention: "a check found what needs a person"
    case .noStore: "store not found"
    case .locked: "lock not obtained"
    case .version: "the store needs migration or is newer"
    case .damaged: "verification found damage"
    case .audit: "the audit log or an anchor does not verify"
    case .notFound: "object not found"
    case .exists: "object exists"
    case .ambiguous: "a name fits several objects"
    case .held: "refused by a legal hold"
    case .denied: "permission or approval missing"
    case .confirm: "confirmation needed, none given"
    case .format: "format or format version not supported"
    case .stale: "the plan no longer matches the store"
    case .disarmed: "purging is disarmed"
    case .backend: "database, index or object store unreachable"
    case .storage: "disk full, read-only or I/O error"
    case .secret: "key missing or wrong"
    }
  }

  /// What a script that nobody watches should do about a status.
  package enum Advice: String, Sendable, CaseIterable {
    case nothing
    /// Run the same again later.
    case retry
    /// Tell somebody; the work that could be done is done.
    case person
    /// Stop, and wake somebody.
    case alarm
  }

  /// What a script should do.
  package var advice: Advice {
    switch self {
    case .ok: .nothing
    case .limit, .locked, .stale, .backend: .retry
    case .partial, .empty, .incomplete, .attention, .notFound, .exists, .ambiguous, .held, .denied,
      .confirm, .format, .disarmed:
      .person
    case .failure, .usage, .noStore, .version, .damaged, .audit, .storage, .secret: .alarm
    }
  }

  /// The worse of two, for a command that met several: damage before storage, back end and other
  /// errors; then 3, then 5, 6 and 7, then 4, then 0.
  package func worse(_ other: ExitStatus) -> ExitStatus {
    severity >= other.severity ? self : other
  }

  private var severity: Int {
    switch self {
    case .ok: 0
    case .empty: 1
    case .limit, .incomplete, .attention: 2
    case .partial: 3
    case .backend: 5
    case .storage: 6
    case .damaged, .audit: 7
    default: 4
    }
  }
}
