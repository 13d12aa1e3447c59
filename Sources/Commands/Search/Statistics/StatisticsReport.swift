// SPDX-License-Identifier: Apache-2.0
import Actions
import Model
import Query
import Store

/// A hit report as tables, in the order in which every format shows them.
///
/// Two reports on the same store and question are the same to the byte: nothing in them tells when
/// or by whom they were made.
struct StatisticsReport {
  /// The tables; raw values are those of the column `table` and of the records' `type`.
  enum Table: String, CaseIterable {
    case total, term, condition, month, custodian, source, model, kind
    case sensitiveType = "sensitive_type"
    case termCustodian = "term_custodian"
    case unsearchableReason = "not_searchable_reason"
    case unsearchable = "not_searchable"
    case exception

    /// The name of the array in JSON.
    var plural: String {
      switch self {
      case .unsearchable: rawValue
      default: rawValue + "s"
      }
    }
  }

  typealias Row = [FieldValue.Member]

  /// A row of the hit report: where it stands, and what it asks.
  struct Term {
    /// The line of a list, else the number of the part.
    var number: Int
    var text: String
    var normalForm: String
    var node: QueryNode
    var result: SearchStatistics.Term
  }

  struct Condition {
    var number: Int
    var normalForm: String
    var result: SearchStatistics.Condition
  }

  /// How many files have one reason and extension.
  struct Reason {
    var code: ProblemCode
    var fileExtension: String
    var files: Int
  }

  /// The query as typed; empty for a list of queries and for everything in scope.
  var query: String
  var normalForm: String
  var dialect: QueryDialect
  var scope: Scope
  /// The scope as people read it.
  var scopeNames: [String]
  var interval: TimeInterval
  var zone: String
  /// Whether the terms come from a list, a line each.
  var isList: Bool
  var terms: [Term]
  var conditions: [Condition]
  var statistics: SearchStatistics
  /// By code and extension.
  var reasons: [Reason]
  /// Records that could not be taken in, which no search can find: the open ones of the whole store.
  var exceptions: [ExceptionTotal]
  /// Whether the time was up while files without text were listed.
  let cut: CutList
  /// Calls a body with every file that no search sees; the body returns false to stop.
  var forEachUnsearchable: ((UnsearchableFile) throws -> Bool) throws -> Void

  /// Tells that a list was cut, which is known only when it has been gone through.
  final class CutList {
    var isCut = false
  }

  var isIncomplete: Bool { statistics.isIncomplete || cut.isCut }

  /// What the report is about, for the head of every format.
  var facts: Row {
    [
      .init("query", .text(query)), .init("normal_form", .text(normalForm)),
      .init("dialect", .text(dialect.rawValue)),
      .init(
        "scope",
        .object([
          .init("everyone", .boolean(scope.everyone)),
          .init("custodians", FieldValue(scope.custodians)),
          .init("projects", FieldValue(scope.projects)),
          .init("sources", FieldValue(scope.sources)),
        ])),
      .init("since", FieldValue(interval.since)), .init("before", FieldValue(interval.before)),
      .init("timezone", .text(zone)), .init("incomplete", .boolean(isIncomplete)),
    ]
  }

  /// Calls a body with every row of every table, in order.
  func forEachRow(_ body: (Table, Row) throws -> Void) throws {
    try body(.total, total)
    for term in terms { try body(.term, row(term)) }
    for condition in conditions { try body(.condition, row(condition)) }
    for (table, grouping) in Self.groupings {
      for share in statistics.groups[grouping] ?? [] { try body(table, row(share)) }
    }
    for term in terms {
      for share in term.result.custodians {
        try body(
          .termCustodian,
          [
            .init("key", FieldValue(term.number)), .init("custodian", .text(share.key)),
            .init("name", .text(share.name)), .init("items", FieldValue(share.items)),
          ])
      }
    }
    for reason in reasons {
      try body(
        .unsearchableReason,
        [
          .init("key", .text(reason.code.rawValue)),
          .init("name", .text(reason.fileExtension)), .init("files", FieldValue(reason.files)),
        ])
    }
    try forEachUnsearchable { file in
      try body(.unsearchable, row(file))
      return true
    }
    for total in exceptions {
      try body(
        .exception,
        [
          .init("key", .text(total.code)), .init("name", .text(total.sourceName)),
          .init("records", FieldValue(total.count)),
        ])
    }
  }

  static let groupings: [(Table, SearchStatistics.Grouping)] = [
    (.month, .month), (.custodian, .custodian), (.source, .source), (.model, .model),
    (.kind, .kind), (.sensitiveType, .sensitiveType),
  ]

  private var total: Row {
    tally(statistics.total)
      + [
        .init("partial", FieldValue(statistics.partial)),
        .init("incomplete", .boolean(isIncomplete)),
      ]
  }

  private func tally(_ tally: SearchStatistics.Tally) -> Row {
    [
      .init("items", FieldValue(tally.items)),
      .init("conversations", FieldValue(tally.conversations)),
      .init("custodians", FieldValue(tally.custodians)), .init("bytes", .byteCount(tally.bytes)),
    ]
  }

  private func row(_ term: Term) -> Row {
    [
      .init("key", FieldValue(term.number)), .init("name", .text(term.text)),
      .init("normal_form", .text(term.normalForm)),
    ] + tally(term.result.tally) + [.init("unique", FieldValue(term.result.unique))]
  }

  private func row(_ condition: Condition) -> Row {
    [
      .init("key", FieldValue(condition.number)), .init("name", .text(condition.normalForm)),
      .init("normal_form", .text(condition.normalForm)),
    ] + tally(condition.result.tally)
      + [.init("excluded", FieldValue(condition.result.excluded))]
  }

  private func row(_ share: SearchStatistics.Share) -> Row {
    [
      .init("key", .text(share.key)), .init("name", .text(share.name)),
      .init("items", FieldValue(share.items)),
      .init("conversations", FieldValue(share.conversations)),
      .init("bytes", .byteCount(share.bytes)),
    ]
  }

  private func row(_ file: UnsearchableFile) -> Row {
    [
      .init("key", .text(file.item.text)), .init("name", .text(file.name)),
      .init("reason", .text(file.reason.rawValue)),
      .init("extension", .text(file.fileExtension)),
      .init("conversation", .text(file.conversationID.text)),
      .init("time", FieldValue(file.time)), .init("custodian", .text(file.custodian)),
    ]
  }
}
