// SPDX-License-Identifier: Apache-2.0
import Model
package import Query

/// How one partition answers a query, and what it reads for that.
package struct PartitionExplanation: Sendable {
  /// A part of a query that the index and the columns leave open.
  package struct Evaluated: Sendable {
    package var node: QueryNode
    /// Why its rows are evaluated, as a phrase.
    package var reason: String
  }

  package var number: Int
  /// Rows of the partition: versions of items.
  package var rows: Int
  /// Bytes of the partition's file.
  package var fileByteCount: Int64
  /// What every row of the result fulfils, as the index is asked.
  package var upper: String
  /// What suffices, as the index is asked; the same as `upper` where the index is exact.
  package var lower: String
  /// What columns decide, in SQL.
  package var conditions: [String]
  package var evaluated: [Evaluated]
  /// The entries of the index that are asked for, where an interval of time narrows them.
  package var entries: ClosedRange<Int64>?
  /// Rows that the index finds and columns let through.
  package var candidateRows: Int
  /// Rows of these whose texts are read and evaluated.
  package var evaluatedRows: Int

  /// Whether nothing of the partition is read.
  package var isSkipped: Bool
}

extension Searcher {
  /// How each partition would answer a query.
  ///
  /// - Throws: `StoreError` when a partition cannot be read.
  package func explanation(of node: QueryNode) throws -> [PartitionExplanation] {
    try plans(node).map { try $0.explanation }
  }
}

extension SearchPlan {
  fileprivate var explanation: PartitionExplanation {
    get throws {
      let naming = FacetNames(reader: reader)
      let isEmpty = upper == .none || reader.mark.row == 0
      return PartitionExplanation(
        number: reader.number,
        rows: Int(
          try reader.connection.integer(
            "SELECT count(*) FROM item WHERE row <= ?", reader.mark.row) ?? 0),
        fileByteCount: FileSystem.byteCount(of: reader.connection.path),
        upper: isEmpty ? "nothing" : naming.text(upper),
        lower: isEmpty ? "nothing" : naming.text(lower),
        conditions: conditions.map {
          $0.sql.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        },
        evaluated: isEmpty
          ? [] : residual.map { PartitionExplanation.Evaluated(node: $0, reason: reason) },
        entries: isEmpty || entries == 0...(.max) ? nil : entries,
        candidateRows: isEmpty ? 0 : try rowCount(upper),
        evaluatedRows: isEmpty || evaluator == nil ? 0 : try rowCount(doubtful),
        isSkipped: isEmpty)
    }
  }

  private var reason: String {
    doubtIsInSegments
      ? "the index counts the end of a block as a word: items with several blocks are read"
      : lower == .none
        ? "the index knows only what such items must contain"
        : "the index and the columns know it for a part of the items only"
  }
}

/// Writes what the index is asked, with names in the place of numbers.
private struct FacetNames {
  let reader: PartitionReader

  func text(_ expression: IndexExpression) -> String {
    switch expression {
    case .none: "nothing"
    case .all: "every item"
    case .facet(let token): name(token)
    case .phrase(let match, let column): prefix(column) + text(match)
    case .near(let matches, let distance, let column):
      prefix(column) + "NEAR(" + matches.map(text).joined(separator: " ") + ", \(distance))"
    case .and(let parts): parts.map(nested).joined(separator: " AND ")
    case .or(let parts): parts.map(nested).joined(separator: " OR ")
    case .not(let inner): "NOT " + nested(inner)
    }
  }

  private func nested(_ expression: IndexExpression) -> String {
    switch expression {
    case .and, .or: "(" + text(expression) + ")"
    default: text(expression)
    }
  }

  private func text(_ match: TextMatch) -> String {
    "\"" + match.tokens.joined(separator: " ") + (match.lastIsPrefix ? "*" : "") + "\""
  }

  private func prefix(_ column: String?) -> String { column.map { $0 + ":" } ?? "" }

  private func name(_ token: String) -> String {
    if token == Facet.every { return "every item" }
    if let flag = Self.flags[token] { return flag }
    let rest = token.dropFirst()
    if let group = Facet.Group(rawValue: String(token.prefix(1))), let key = Int64(rest) {
      let value =
        group == .source ? reader.sourceName(key) : reader.term(key)?.text ?? String(rest)
      return "\(group):\(value)"
    }
    for kind in ItemKind.allCases {
      for role in ItemRole.allCases where Facet.speaker(kind, role) == token {
        return "\(kind.rawValue)/\(role.rawValue)"
      }
    }
    if token.hasPrefix("X") {
      for type in SensitiveType.allCases {
        if token == Facet.sensitive(type) { return "sensitive:" + type.id }
        for confidence in SensitiveConfidence.allCases
        where token == Facet.sensitive(type, confidence) {
          return "sensitive:\(type.id)/\(confidence.rawValue)"
        }
      }
    }
    if token.hasPrefix("M"), let number = Int(rest) {
      let month = CalendarMonth(number: number)
      return "month:" + month.start.rfc3339.prefix(7)
    }
    return token
  }

  private static let flags: [String: String] = [
    Facet.severalSegments: "several-blocks", Facet.hasFiles: "has-files",
    Facet.partial: "file-without-text", Facet.later: "later-version", Facet.edited: "edited",
    Facet.isSent: "names-sender",
    Facet.clientAsserted: "client-asserted", Facet.synthetic: "synthetic",
    Facet.unavailable: "unavailable",
    Facet.carries(.attachment): "carries:attachment",
    Facet.carries(.generatedFile): "carries:generatedfile",
    Facet.carries(.artifact): "carries:artifact",
  ]
}
