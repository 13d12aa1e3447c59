// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model

/// Why a command cannot do its work on the store.
package struct StoreError: Error, CustomStringConvertible {
  /// The exit status that the command ends with (cli-conventions section 3).
  package var code: ExitStatus
  /// What happened and what to do, lower case, without a full stop.
  ///
  /// It may quote names that people or captures gave, so it is escaped when shown.
  package var message: String
  /// Candidates, unknown names or holders of a lock, one text each.
  package var objects: [String]
  /// What the database or the system said.
  package var cause: (any Error)?

  package init(
    _ code: ExitStatus, _ message: String, objects: [String] = [], cause: (any Error)? = nil
  ) {
    self.code = code
    self.message = message
    self.objects = objects
    self.cause = cause
  }

  package var description: String {
    cause.map { message + " (" + String(describing: $0) + ")" } ?? message
  }
}

extension StoreError {
  /// Runs database work and turns the database's errors into ours; other errors pass.
  static func wrapping<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as DatabaseError {
      throw StoreError(error, path: path)
    }
  }

  /// Translates a database error about the file at a path.
  init(_ error: DatabaseError, path: String) {
    switch error.resultCode.primaryResultCode {
    case .SQLITE_FULL:
      self.init(.storage, "no space left for \(path); free some and run again", cause: error)
    case .SQLITE_IOERR, .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM:
      self.init(
        .storage, "cannot read or write \(path); check the disk and permissions", cause: error)
    case .SQLITE_CORRUPT, .SQLITE_NOTADB:
      self.init(
        .damaged, "\(path) is damaged; run custody verify and restore a backup", cause: error)
    case .SQLITE_INTERRUPT:
      self.init(.limit, "the time is up; give more with --max-runtime", cause: error)
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      self.init(.locked, "\(path) is busy; run again when the other program is done", cause: error)
    default:
      self.init(.failure, "the database at \(path) refused a statement", cause: error)
    }
  }
}
