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
  /// gives no cursor, or the same one again, ends it with an error.
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
      let hasMore = page.hasMore ?? false
      let leads = next.map { !seen.contains($0) } ?? false
      // What a page holds is kept, also where it leads nowhere; the position is then the old one.
      try take(page, leads ? next : cursor)
      guard hasMore else { return }
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
  ///   - take: Gets each page.
  /// - Throws: `ComplianceError`; what `take` throws.
  func walkByPage(
    _ endpoint: String, path: String, query: [(String, String)] = [],
    _ take: (CompliancePage) throws -> Void
  ) throws {
    try walkPages(client, path: path, query: query) { page, requestID in
      try check(endpoint)
      notePage(
        endpoint, records: page.records.count, cursor: page.nextPage, requestID: requestID)
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
    if page.nextPage == nil, page.hasMore != true { return }
    try requireProgress(page.nextPage, seen, requestID)
    token = page.nextPage
  }
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
