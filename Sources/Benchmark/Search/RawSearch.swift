// SPDX-License-Identifier: Apache-2.0

/// The raw engine: FTS5 through SQLite's C interface, statements prepared once.
final class RawSearch: SearchEngine {
  private let database: SQLiteDatabase
  private let plain: Statements
  private let filtered: Statements
  private let accountID: DirectStatement

  /// One statement a question.
  private struct Statements: ~Copyable {
    let count: DirectStatement
    let firstPage: DirectStatement
    let allIDs: DirectStatement
  }

  init(_ path: String) throws(CorpusError) {
    database = try SQLiteDatabase(path)
    try database.execute("PRAGMA cache_size = -65536; PRAGMA mmap_size = 2147418112")
    plain = Statements(
      count: try database.prepare("SELECT count(*) FROM message_text WHERE message_text MATCH ?1"),
      firstPage: try database.prepare(
        """
        SELECT message.id, account, time, message.text FROM message_text
        JOIN message ON message.id = message_text.rowid
        WHERE message_text MATCH ?1 ORDER BY message_text.rowid LIMIT 50
        """),
      allIDs: try database.prepare(
        "SELECT rowid FROM message_text WHERE message_text MATCH ?1"))
    let filter = """
      FROM message_text JOIN message ON message.id = message_text.rowid
      WHERE message_text MATCH ?1 AND (?2 < 0 OR account = ?2) AND time >= ?3 AND time < ?4
      """
    filtered = Statements(
      count: try database.prepare("SELECT count(*) \(filter)"),
      firstPage: try database.prepare(
        """
        SELECT message.id, account, time, message.text \(filter)
        ORDER BY message_text.rowid LIMIT 50
        """),
      allIDs: try database.prepare("SELECT message.id \(filter)"))
    accountID = try database.prepare("SELECT id FROM account WHERE native = ?")
  }

  /// Throws `CorpusError` for a query that FTS5 cannot be asked.
  func answer(_ question: SearchQuestion, _ searchCase: SearchCase) throws -> Int {
    guard searchCase.times != nil || searchCase.account != nil else {
      return try answer(question, searchCase, plain)
    }
    filtered.count.bindFilter(searchCase, account: try accountNumber(searchCase))
    filtered.firstPage.bindFilter(searchCase, account: try accountNumber(searchCase))
    filtered.allIDs.bindFilter(searchCase, account: try accountNumber(searchCase))
    return try answer(question, searchCase, filtered)
  }

  private func accountNumber(_ searchCase: SearchCase) throws -> Int64 {
    guard let account = searchCase.account else { return -1 }
    accountID.bind(account, at: 1)
    defer { accountID.reset() }
    guard try accountID.step() else { throw CorpusError("no account \(account)") }
    return accountID.integer(0)
  }

  private func answer(
    _ question: SearchQuestion, _ searchCase: SearchCase, _ statements: borrowing Statements
  ) throws -> Int {
    guard let fullText = searchCase.fullText else {
      throw CorpusError("FTS5 cannot be asked \(searchCase.keyQL)")
    }
    switch question {
    case .count:
      statements.count.bind(fullText, at: 1)
      defer { statements.count.reset() }
      return try statements.count.step() ? Int(statements.count.integer(0)) : 0
    case .firstPage:
      statements.firstPage.bind(fullText, at: 1)
      defer { statements.firstPage.reset() }
      var hitCount = 0
      while try statements.firstPage.step() {
        hitCount += statements.firstPage.text(3).utf8.count >= 0 ? 1 : 0
      }
      return hitCount
    case .allIDs:
      statements.allIDs.bind(fullText, at: 1)
      defer { statements.allIDs.reset() }
      var ids: [Int64] = []
      while try statements.allIDs.step() {
        ids.append(statements.allIDs.integer(0))
      }
      return ids.count
    }
  }
}

extension DirectStatement {
  /// Binds the filter's parameters; -1 stands for any account.
  fileprivate func bindFilter(_ searchCase: SearchCase, account: Int64) {
    bind(account, at: 2)
    bind(searchCase.times?.lowerBound ?? .min, at: 3)
    bind(searchCase.times?.upperBound ?? .max, at: 4)
  }
}
