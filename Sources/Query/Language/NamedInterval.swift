// SPDX-License-Identifier: Apache-2.0

/// The intervals that have names (query-language section 7.3).
enum NamedInterval: String, CaseIterable {
  case today
  case yesterday
  case thisWeek = "this week"
  case lastWeek = "last week"
  case thisMonth = "this month"
  case lastMonth = "last month"
  case thisYear = "this year"
  case lastYear = "last year"
  case last7Days = "last 7 days"
  case last30Days = "last 30 days"
  case last90Days = "last 90 days"
}
