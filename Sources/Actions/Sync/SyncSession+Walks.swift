// SPDX-License-Identifier: Apache-2.0
import Capture
import Model

extension SyncSession {
  /// Which way a walk goes from its cursor, in the order of results.
  enum Direction {
    /// `after_id`: on.
    case after
    /// `before_id`: back.
    case before
  }

  /// Walks a list of the cursor family (claude-capture-formats section 3.4).
  ///
  /// It ends on `has_more: false`, never on a short page. A page that says that there are more and
  /// gives no cursor, or the same one again, ends it with an error; so does one that gives a cursor
  /// and does not say whether there are more.
  ///
  /// - Parameters:
  ///   - endpoint: The name under which it is recorded.
  ///   - path: Below `/v1/compliance`.
  ///   - query: The filters, constant within the walk.
  ///   - cursor: Where to go on; nil begins.
  ///   - direction: Which way.
  ///   - take: Gets each page, and the cursor to go on from after it: the old one after a page that
  ///     has none.
  /// - Throws: `ComplianceError`; what `take` throws.
  func walkByCursor(
    _ endpoint: String, path: String, query: [(String, String)], from cursor: String?,
    _ direction: Direction = .after, _ take: (CompliancePage, String?) throws -> Void
  ) throws {
    var cursor = cursor
    var seen: Set<String> = []
    while true {
      var parameters = query
      if let cursor {
        parameters.append((direction == .after ? "after_id" : "before_id", cursor))
        seen.insert(cursor)
      }
      try check(endpoint)
      let (page, requestID) = try client.page(path, parameters)
      let next = direction == .after ? page.lastID : page.firstID
      notePage(endpoint, records: page.records.count, cursor: next, requestID: requestID)
      let leads = next.map { !seen.contains($0) } ?? false
      // What a page holds is kept, also where it leads nowhere; the position is then the old one.
      try take(page, leads ? next : cursor)
      guard try goesOn(page, next, requestID) else { return }
      try requireProgress(next, seen, requestID)
      cursor = next
    }
  }

  /// Walks a list of the page family; it ends where there is no next page, whatever `has_more`
  /// says, unless that promises more.
  ///
  /// - Parameters:
  ///   - endpoint: The name under which it is recorded.
  ///   - path: Below `/v1/compliance`.
  ///   - query: The filters, constant within the walk.
  ///   - isCounted: Whether the run's record counts the pages; not where they were read before.
  ///   - take: Gets each page.
  /// - Throws: `ComplianceError`; what `take` throws.
  func walkByPage(
    _ endpoint: String, path: String, query: [(String, String)] = [], isCounted: Bool = true,
    _ take: (CompliancePage) throws -> Void
  ) throws {
    try walkPages(client, path: path, query: query) { page, requestID in
      try check(endpoint)
      if isCounted {
        notePage(
          endpoint, records: page.records.count, cursor: page.nextPage, requestID: requestID)
      }
      try take(page)
    }
  }
}

/// Walks a list of the page family.
///
/// A cursor that expired begins the walk again, a few times; whoever takes the pages leaves out what
/// came before.
func walkPages(
  _ client: ComplianceClient, path: String, query: [(String, String)],
  _ take: (CompliancePage, _ requestID: String) throws -> Void
) throws {
  var token: String?
  var seen: Set<String> = []
  var restarts = 0
  while true {
    let page: CompliancePage
    let requestID: String
    do {
      (page, requestID) = try client.page(path, query + (token.map { [("page", $0)] } ?? []))
    } catch let error as ComplianceError
      where error.code == .expiredCursor && token != nil && restarts < 3
    {
      restarts += 1
      token = nil
      seen = []
      continue
    }
    if let token { seen.insert(token) }
    try take(page, requestID)
    if page.nextPage == nil, try !goesOn(page, nil, requestID) { return }
    try requireProgress(page.nextPage, seen, requestID)
    token = page.nextPage
  }
}

extension CompliancePage {
  /// Whether a list ends here: the page says so, or has neither `has_more` nor this cursor.
  func isLast(_ next: String?) -> Bool {
    hasMore.map { !$0 } ?? (next == nil && !hasUnclearMore)
  }
}

/// Whether more follows a page by what it says itself.
///
/// - Parameters:
///   - page: The page.
///   - next: Its cursor, where that belongs to the answer.
///   - requestID: Of the answer.
/// - Returns: What `has_more` says; false where the page is the last one.
/// - Throws: `ComplianceError` where it cannot be told: what is taken for the end may be none.
func goesOn(
  _ page: CompliancePage, _ next: String?, _ requestID: String
) throws(ComplianceError) -> Bool {
  if let hasMore = page.hasMore { return hasMore }
  guard page.isLast(next) else {
    throw ComplianceError(
      .malformed, "the service does not say whether there are more records",
      requestID: requestID)
  }
  return false
}

/// Refuses a page that leads nowhere.
private func requireProgress(
  _ next: String?, _ seen: Set<String>, _ requestID: String
) throws(ComplianceError) {
  guard let next else {
    throw ComplianceError(
      .malformed, "the service says that there are more records and not where",
      requestID: requestID)
  }
  guard !seen.contains(next) else {
    throw ComplianceError(
      .malformed, "the service leads back to a page that was read", requestID: requestID)
  }
}
