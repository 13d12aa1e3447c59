// SPDX-License-Identifier: Apache-2.0
import Model
import Query

/// Restrictions on sensitive types (query-language section 7.5).
extension SearchCompiler {
  /// Types and their confidences are in the index; only counts are looked up.
  func sensitiveTypes(_ condition: PropertyRestriction.Condition) -> CompiledCondition {
    guard case .keyword(let text, _) = condition else {
      return CompiledCondition(
        .any(of: SensitiveType.allCases.map { .facet(Facet.sensitive($0)) }))
    }
    let wanted = SensitiveTypeCondition(text)
    let confidences = wanted.confidences
    guard let type = wanted.type, let lowest = confidences.first, let highest = confidences.last
    else { return CompiledCondition(.none) }
    let upper: IndexExpression =
      confidences.count == SensitiveConfidence.allCases.count
      ? .facet(Facet.sensitive(type))
      : .any(of: confidences.map { .facet(Facet.sensitive(type, $0)) })
    if wanted.count.lowerBound <= 1, wanted.count.upperBound == .max {
      return CompiledCondition(upper)
    }
    let exact = SQLCondition(
      """
      (SELECT sum(s.count) FROM item_sensitive s
        WHERE s.row = i.row AND s.type = ? AND s.confidence BETWEEN ? AND ?) BETWEEN ? AND ?
      """,
      [
        .integer(Int64(type.rawValue)), .integer(Int64(lowest.rawValue)),
        .integer(Int64(highest.rawValue)), .integer(Int64(wanted.count.lowerBound)),
        .integer(Int64(wanted.count.upperBound)),
      ])
    return CompiledCondition(bounds: IndexBounds(lower: .none, upper: upper), condition: exact)
  }
}
