// SPDX-License-Identifier: Apache-2.0

/// An engine that answers the questions of the search measurement.
protocol SearchEngine {
  /// Hits on a page.
  static var pageSize: Int { get }

  /// Answers a question about a query and gives the number of hits counted or read.
  func answer(_ question: SearchQuestion, _ searchCase: SearchCase) throws -> Int
}

extension SearchEngine {
  static var pageSize: Int { 50 }
}
