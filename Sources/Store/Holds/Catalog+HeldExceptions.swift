// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model
import Retention

extension Catalog {
  /// How many exceptions of captures concern each of some holds, by source, kind and code
  /// (holds-and-retention section 2.3).
  ///
  /// One of a conversation concerns the holds in whose scope that, or the same interaction by another
  /// route, is or may be, whatever their query selects, and those on its source. One that does not tell its conversation, or one that is not
  /// here, may be anybody's: it concerns each hold on everyone, custodians or projects, too. A
  /// conversation is known by its id, or by the one that the exception's source gives it where that
  /// fits only one.
  ///
  /// - Parameters:
  ///   - state: Of the exceptions.
  ///   - holds: Which holds; a released one has none.
  /// - Returns: The totals of each hold of which there are any, by the source's name.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func exceptionTotals(
    _ state: ExceptionState, concerning holds: [HoldRecord]
  ) throws -> [ObjectID: [ExceptionTotal]] {
    let ids = Set(holds.map(\.id))
    let situation = try holdSituation { ids.contains($0.hold) }
    let rules = situation.rules.rules
    guard !rules.isEmpty else { return [:] }
    let rows = try Row.fetchCursor(
      db,
      sql: """
        WITH routes AS MATERIALIZED (SELECT DISTINCT route FROM conversation)
        SELECT source.id AS source_id, source.name AS source_name, exception.kind AS kind,
          exception.code AS code, count(*) AS total,
          CASE WHEN exception.conversation IS NOT NULL
            THEN (SELECT key FROM conversation WHERE id = exception.conversation)
            ELSE (SELECT iif(count(*) = 1, max(key), NULL) FROM conversation
              WHERE route IN (SELECT route FROM routes) AND native_id = exception.object
                AND source = exception.source)
          END AS place
        FROM exception JOIN source ON source.key = exception.source
        WHERE exception.state = ? AND exception.first_run IS NOT NULL
        GROUP BY source.id, exception.kind, exception.code, place
        ORDER BY place
        """, arguments: [state.rawValue])
    var totals: [ObjectID: [ExceptionTotal: Int]] = [:]
    var known: (place: Int64, holds: Set<ObjectID>)?
    while let row = try rows.next() {
      let total = ExceptionTotal(
        sourceID: try row.objectID("source_id"), sourceName: row["source_name"],
        kind: try row.value("kind"), code: row["code"], count: 0)
      let source = total.sourceID.text
      let concerned: Set<ObjectID>
      if let place: Int64 = row["place"] {
        if known?.place != place {
          let members = try [place] + certainTwins(of: place)
          let near = try members.flatMap { try situation.rules(near: unitFacts(of: $0)) }
          known = (place, Set(near.map { rules[$0].hold }))
        }
        let near = known?.holds ?? []
        concerned = near.union(
          rules.filter { $0.scope.sources.contains(source) }.map(\.hold))
      } else {
        concerned = Set(rules.filter { $0.scope.mayConcern(source) }.map(\.hold))
      }
      for hold in concerned { totals[hold, default: [:]][total, default: 0] += row["total"] }
    }
    return totals.mapValues { totals in
      totals.map { total, count in
        var total = total
        total.count = count
        return total
      }.sorted { $0.order < $1.order }
    }
  }
}

extension HoldScope {
  /// Whether something of a source of which no more is known may lie in scope: only a scope of sources
  /// alone tells what cannot.
  fileprivate func mayConcern(_ source: String) -> Bool {
    everyone || namesCustodians || !projects.isEmpty || sources.contains(source)
  }
}

extension ExceptionTotal {
  fileprivate var order: (String, String, String, String) {
    (sourceName, sourceID.text, kind.rawValue, code)
  }
}
