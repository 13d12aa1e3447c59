// SPDX-License-Identifier: Apache-2.0
import GRDB
import GRDBSQLite
import Model

extension StoreError {
  /// The error for a result code of SQLite's C functions about the file at a path.
  static func sqlite(_ status: CInt, handle: OpaquePointer?, path: String) -> StoreError {
    let message = unsafe sqlite3_errmsg(handle).map { unsafe String(cString: $0) }
    return StoreError(
      DatabaseError(resultCode: ResultCode(rawValue: status), message: message), path: path)
  }

  /// Damage in a partition file.
  static func damaged(_ path: String, _ detail: String) -> StoreError {
    StoreError(
      .damaged, "\(path) is damaged (\(detail)); run custody verify and restore a backup")
  }
}
