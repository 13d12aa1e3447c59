// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// The kinds of query that are measured.
enum QueryKind: String, CaseIterable, Codable, ExpressibleByArgument {
  case rareWord = "rare word"
  case commonWord = "common word"
  case and = "AND"
  case orOfHundred = "OR of 100"
  case phrase
  case near = "NEAR"
  case prefix
  case negation
  case dateFilter = "date filter"
  case custodianFilter = "custodian filter"
  /// Asked of us alone: a full-text engine detects nothing.
  case sensitiveType = "sensitive type"
}

/// What is asked of an engine about a query.
enum SearchQuestion: String, CaseIterable, Codable, ExpressibleByArgument {
  case count
  /// The first 50 hits, with their texts.
  case firstPage = "first-page"
  case allIDs = "all-ids"

  /// For people.
  var title: String {
    switch self {
    case .count: "count"
    case .firstPage: "first page"
    case .allIDs: "all ids"
    }
  }
}

/// One query in the notations of both engines.
struct SearchCase: Codable {
  var kind: QueryKind
  /// The words of the query in FTS5's notation; nil where it has none for it.
  var fullText: String?
  /// The same in KeyQL, filters included.
  var keyQL: String
  /// A filter by time, in ticks of 100 nanoseconds since 1970, half-open.
  var times: Range<Int64>?
  /// A filter by the account's id in the source.
  var account: String?
  /// How many messages match, where the corpus was made so.
  var expectedCount: Int?

  init(_ kind: QueryKind, _ query: String, keyQL: String? = nil, expectedCount: Int? = nil) {
    self.kind = kind
    fullText = query
    self.keyQL = keyQL ?? query
    self.expectedCount = expectedCount
  }

  /// A query that FTS5 cannot be asked.
  init(_ kind: QueryKind, onlyKeyQL query: String) {
    self.kind = kind
    keyQL = query
  }
}
