// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model

/// What became of an estimate: from the search over the load to what is in the set now.
package struct Reconciliation: Hashable, Sendable {
  package var load: ReviewLoad
  /// Items that the last search of the case for the same question found before the load, and when;
  /// nil where there was none.
  package var estimate: Int?
  package var estimated: Instant?
  /// Of the items that the load brought: taken out of the set since, and in it still.
  package var removed: Int
  package var present: Int

  /// Items that the load selected.
  package var selected: Int { load.itemCount + load.alreadyCount }
  /// How many more the load selected than the estimate said: what was captured or purged between.
  package var difference: Int? { estimate.map { selected - $0 } }
}

/// What a reviewer did in a set.
package struct ReviewerCount: Hashable, Sendable {
  package var account: String
  package var codings: Int
  package var changed: Int
  package var last: Instant
}

extension Catalog {
  /// The loads of a set with what became of them, in order.
  package func reconciliations(of set: ReviewSet) throws -> [Reconciliation] {
    try loads(of: set).map { load in
      let search = try Row.fetchOne(
        db,
        sql: """
          SELECT item_count, time FROM matter_search
          WHERE matter = ? AND normal_form = ? AND scope = ? AND since IS ? AND before IS ?
            AND time <= ? AND incomplete = 0 ORDER BY time DESC, key DESC LIMIT 1
          """,
        arguments: [
          set.matter.key, load.normalForm, load.scope.json.canonical, load.interval.since?.ticks,
          load.interval.before?.ticks, load.created.ticks,
        ])
      let present =
        try Int.fetchOne(
          db,
          sql: """
            SELECT count(*) FROM review_item
              JOIN review_load ON review_load.key = review_item.load
            WHERE load = ? AND is_context = 0 AND \(Self.isNotRemoved)
            """, arguments: [load.key]) ?? 0
      return Reconciliation(
        load: load, estimate: load.dialect == "ids" ? nil : search?[0],
        estimated: load.dialect == "ids" ? nil : search.map { Instant(ticks: $0[1]) },
        removed: load.itemCount - present, present: present)
    }
  }

  /// Who coded how much in a set, by account.
  package func reviewers(of set: ReviewSet) throws -> [ReviewerCount] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT account, count(*), sum(changed_count), max(created) FROM coding
        WHERE review_set = ? GROUP BY account ORDER BY account
        """, arguments: [set.key]
    ).map {
      ReviewerCount(
        account: $0[0], codings: $0[1], changed: $0[2], last: Instant(ticks: $0[3]))
    }
  }

  /// How many items of a set bear a tag, and how many are not tagged at all; context included.
  package func codedCounts(of set: ReviewSet) throws -> (coded: Int, uncoded: Int) {
    var counts = (coded: 0, uncoded: 0)
    let isCoded = try db.cachedStatement(
      sql: """
        SELECT EXISTS (SELECT 1 FROM item_tag
          WHERE review_set = ? AND conversation = ? AND item = ? AND tag > 0)
        """)
    try forEachItem(of: set) { item in
      if try Bool.fetchOne(isCoded, arguments: [set.key, item.conversation, item.item]) ?? false {
        counts.coded += 1
      } else {
        counts.uncoded += 1
      }
    }
    return counts
  }
}
