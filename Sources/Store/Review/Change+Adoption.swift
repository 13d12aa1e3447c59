// SPDX-License-Identifier: Apache-2.0
import Bytes
import GRDB
package import Model

/// A review set that comes with a volume.
package struct ReviewArrival: Sendable {
  /// The set's definition, checked to fit together.
  package var set: ReviewSetData
  package var tags: [ReviewTagData]
  package var filters: [ReviewFilterData]
  package var loads: [ReviewLoadData]
  package var codings: [ReviewCodingData]
  /// The volume's name, and the digest that its manifest gives of itself.
  package var volume: String
  package var manifestID: String
  /// What the set is called here.
  package var name: String

  package init(
    set: ReviewSetData, tags: [ReviewTagData], filters: [ReviewFilterData],
    loads: [ReviewLoadData], codings: [ReviewCodingData], volume: String, manifestID: String,
    name: String
  ) {
    self.set = set
    self.tags = tags
    self.filters = filters
    self.loads = loads
    self.codings = codings
    self.volume = volume
    self.manifestID = manifestID
    self.name = name
  }
}

/// A set that is taking in the items of a volume.
package struct ReviewAdoption: Sendable {
  package var set: ReviewSet
  /// Keys and choice of the catalog's rows by the ids that the volume tells.
  var tags: [ObjectID: Int64]
  var codings: [ObjectID: Int64]
  var loads: [ObjectID: ReviewLoad]
  /// Ids here of what the volume brings.
  var names: AdoptedNames
}

/// Ids that an object of another store gets here: its own again in the set that it comes from.
struct AdoptedNames: Sendable {
  var set: ObjectID
  var isOriginal: Bool

  func id(_ source: ObjectID) -> ObjectID {
    isOriginal ? source : ObjectID(source.kind, derivedFrom: set.text + ":" + source.text)
  }
}

/// An item of a volume that is stored here.
package struct ArrivedItem: Sendable {
  package var key: ItemKey
  package var version: Int
  package var conversationVersion: Int
  package var data: ReviewItemData

  package init(key: ItemKey, version: Int, conversationVersion: Int, data: ReviewItemData) {
    self.key = key
    self.version = version
    self.conversationVersion = conversationVersion
    self.data = data
  }
}

/// What became of items that came with a volume.
package struct AdoptionCounts: Sendable, Hashable {
  package var added = 0
  /// In the set before, with all that the volume tells of them.
  package var already = 0
  /// In the set before, with other tags, notes or history: they were left as they are.
  package var different: [ObjectID] = []

  package init() {}
}

extension Catalog {
  /// Checks that a set that comes with a volume can be made here, before anything of it is stored.
  ///
  /// - Throws: `StoreError` with `.denied` in a closed case, with `.exists` when names of the set mean
  ///   something else here.
  package func checkAdoption(of arrival: ReviewArrival, in matter: MatterRecord) throws {
    try requireOpen(matter)
    let id = try adoptedSetID(of: arrival, in: matter)
    let key = try Int64.fetchOne(
      db, sql: "SELECT key FROM review_set WHERE id = ?", arguments: [id.text])
    guard let set = try key.map(reviewSet(key:)) else { return }
    for tag in arrival.tags { _ = try ownTag(tag, in: set) }
  }

  /// The tag of a set that a volume's tag is here; nil where the set has none of its name.
  ///
  /// - Throws: `StoreError` with `.exists` where the set's tag belongs to another group.
  fileprivate func ownTag(_ tag: ReviewTagData, in set: ReviewSet) throws -> ReviewTag? {
    guard
      let row = try Row.fetchOne(
        db, sql: ReviewTag.selection + " WHERE tag.review_set = ? AND tag.name = ?",
        arguments: [set.key, tag.name])
    else { return nil }
    let known = try ReviewTag(row: row)
    guard known.group.lowercased() == tag.group.lowercased(),
      (known.choice == .one) == tag.isExclusive
    else {
      throw StoreError(
        .exists,
        "the review set \(set.name) has a tag called \(tag.name) in another group; import the "
          + "volume with --review and a name that is free", objects: [known.id.text])
    }
    return known
  }

  /// Which set of a case a volume's set is here, whether it is there already or not.
  ///
  /// The set that the volume was made of, where the case has it under that name; else one whose id
  /// comes from the case, that set and the name, so that it is found again.
  ///
  /// - Throws: `StoreError` with `.exists` when another set of the case has the name.
  package func adoptedSetID(of arrival: ReviewArrival, in matter: MatterRecord) throws -> ObjectID {
    try adoptedNames(of: arrival, in: matter).set
  }

  func adoptedNames(of arrival: ReviewArrival, in matter: MatterRecord) throws -> AdoptedNames {
    let derived = ObjectID(
      .reviewSet,
      derivedFrom: matter.id.text + ":" + arrival.set.id.text + ":" + arrival.name)
    let holder = try String.fetchOne(
      db, sql: "SELECT id FROM review_set WHERE matter = ? AND name = ?",
      arguments: [matter.key, arrival.name])
    switch holder {
    case nil, derived.text: return AdoptedNames(set: derived, isOriginal: false)
    case arrival.set.id.text: return AdoptedNames(set: arrival.set.id, isOriginal: true)
    case .some(let other):
      throw StoreError(
        .exists,
        "the case \(matter.name) has another review set called \(arrival.name); import the volume "
          + "with --review and a name that is free", objects: [other])
    }
  }
}

extension Change {
  /// Begins to take in a set that comes with a volume.
  ///
  /// Makes it, its tags, filters, acts of coding and loads, as far as they are not there. The caller
  /// holds the set's job lock.
  ///
  /// - Throws: `StoreError` with `.denied` in a closed case, with `.exists` when names of the set mean
  ///   something else here.
  package func beginAdoption(
    _ arrival: ReviewArrival, in matter: MatterRecord
  ) throws -> ReviewAdoption {
    try requireOpen(matter)
    let names = try catalog.adoptedNames(of: arrival, in: matter)
    try requireName(arrival.name, noun: "review set")
    try db.execute(
      sql: """
        INSERT INTO review_set (id, matter, name, description, created) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT DO NOTHING
        """,
      arguments: [
        names.set.text, matter.key, arrival.name, arrival.set.description,
        arrival.set.created.ticks,
      ])
    let isNew = db.changesCount > 0
    let set = try catalog.reviewSet("id:" + names.set.text)
    var adoption = ReviewAdoption(set: set, tags: [:], codings: [:], loads: [:], names: names)
    for tag in arrival.tags { adoption.tags[tag.id] = try adopt(tag, adoption) }
    for filter in arrival.filters { try adopt(filter, adoption) }
    for act in arrival.codings { adoption.codings[act.id] = try adopt(act, adoption) }
    try startLoads(arrival, &adoption)
    try record(
      AuditEvent(
        "review.import", of: set.id,
        after: [
          "set": set.json, "new": .boolean(isNew), "from": .string(arrival.set.id.text),
          "from_case": .string(arrival.set.matter), "volume": .string(arrival.volume),
          "manifest_id": .string(arrival.manifestID), "tags": JSONValue(arrival.tags.count),
          "codings": JSONValue(arrival.codings.count), "loads": JSONValue(arrival.loads.count),
        ]))
    return adoption
  }

  private func adopt(_ tag: ReviewTagData, _ adoption: ReviewAdoption) throws -> Int64 {
    let set = adoption.set
    if let known = try catalog.ownTag(tag, in: set) { return known.key }
    try requireName(tag.name, noun: "tag")
    let group = try tagGroup(tag.group, in: set, choice: tag.isExclusive ? .one : .many)
    try db.execute(
      sql: """
        INSERT INTO tag (id, review_set, tag_group, name, description, created)
        VALUES (?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        adoption.names.id(tag.id).text, set.key, group, tag.name, tag.description,
        tag.created.ticks,
      ])
    return db.lastInsertedRowID
  }

  private func adopt(_ filter: ReviewFilterData, _ adoption: ReviewAdoption) throws {
    try requireName(filter.name, noun: "filter")
    try db.execute(
      sql: """
        INSERT INTO review_filter (id, review_set, name, query, dialect, zone, created, account)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
        """,
      arguments: [
        adoption.names.id(filter.id).text, adoption.set.key, filter.name, filter.query,
        filter.dialect, filter.zone, filter.created.ticks, filter.account,
      ])
  }

  /// An act keeps who did it and when; what it was asked is marked as of another store.
  private func adopt(_ act: ReviewCodingData, _ adoption: ReviewAdoption) throws -> Int64 {
    let id = adoption.names.id(act.id)
    if let key = try Int64.fetchOne(
      db, sql: "SELECT key FROM coding WHERE id = ? AND review_set = ?",
      arguments: [id.text, adoption.set.key])
    {
      return key
    }
    let asked: JSONValue = [
      "imported": ["coding": .string(act.id.text), "number": JSONValue(act.number)],
      "asked": .string(act.asked),
    ]
    try db.execute(
      sql: """
        INSERT INTO coding (id, review_set, number, kind, asked, reason, undoes, state,
          changed_count, already_count, skipped_count, created, account)
        VALUES (?1, ?2, (SELECT coalesce(max(number), 0) + 1 FROM coding WHERE review_set = ?2),
          ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
        """,
      arguments: [
        id.text, adoption.set.key, act.kind.rawValue, asked.canonical, act.reason,
        act.undoes.flatMap { adoption.codings[$0] }, act.isComplete ? "complete" : "running",
        act.changed, act.already, act.skipped, act.created.ticks, act.account,
      ])
    return db.lastInsertedRowID
  }

  /// Loads that came before are frozen: what a volume brings anew gets loads of its own.
  private func startLoads(_ arrival: ReviewArrival, _ adoption: inout ReviewAdoption) throws {
    let set = adoption.set
    try forgetUnfinishedLoads(of: set)
    for load in arrival.loads {
      var id = adoption.names.id(load.id)
      var round = 0
      while try Int.fetchOne(
        db, sql: "SELECT 1 FROM review_load WHERE id = ?", arguments: [id.text]) != nil
      {
        round += 1
        id = ObjectID(
          .load,
          derivedFrom: "\(set.id):\(load.id):\(arrival.manifestID):\(round)")
      }
      try db.execute(
        sql: """
          INSERT INTO review_load (id, review_set, number, query, normal_form, dialect, scope,
            since, before, zone, item_count, context_count, already_count, state, created, account)
          VALUES (?1, ?2, (SELECT coalesce(max(number), 0) + 1 FROM review_load
            WHERE review_set = ?2), ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, 0, 0, 'loading', ?10, ?11)
          """,
        arguments: [
          id.text, set.key, load.query, load.normalForm, load.dialect,
          // Its persons and sources were named by ids of another store.
          Scope().json.canonical, load.interval.since?.ticks, load.interval.before?.ticks,
          load.zone, load.created.ticks, load.account,
        ])
      adoption.loads[load.id] = try self.load(id)
    }
  }

  /// Takes in items with their tags, notes and history, a few thousand at a time.
  ///
  /// An item that the set has already is left as it is.
  ///
  /// - Returns: What became of them.
  /// - Throws: `StoreError` when the catalog cannot be written.
  package func adopt(_ items: [ArrivedItem], by adoption: ReviewAdoption) throws -> AdoptionCounts {
    let set = adoption.set
    let history = try ArrivedHistory(db, adoption)
    var counts = AdoptionCounts()
    var new: [ObjectID: [ReviewItem]] = [:]
    for item in items {
      let role = try catalog.roleIsContext(of: item.key, in: set)
      if role != nil, try !history.holds(item) {
        counts.different.append(item.data.id)
        continue
      }
      if let role, !role || item.data.isContext {
        counts.already += 1
        continue
      }
      new[item.data.load, default: []].append(
        ReviewItem(
          conversation: item.key.conversation, item: item.key.item, version: item.version,
          conversationVersion: item.conversationVersion, isContext: item.data.isContext))
      if role == nil { try history.write(item) }
      counts.added += 1
    }
    for (source, load) in adoption.loads.sorted(by: { $0.value.number < $1.value.number }) {
      if let items = new[source] { try addItems(items, to: load, of: set) }
    }
    try record(
      AuditEvent(
        "review.import.items", of: set.id,
        after: [
          "added": JSONValue(counts.added), "already": JSONValue(counts.already),
          "different": JSONValue(counts.different.count),
          "changes_sha256": .string(history.digest.hexadecimal),
        ]))
    return counts
  }

  /// Ends it: freezes the loads that got items, and puts an act on record that says what came.
  package func finishAdoption(
    _ adoption: ReviewAdoption, of arrival: ReviewArrival, added: Int, already: Int, skipped: Int
  ) throws {
    let set = adoption.set
    for load in adoption.loads.values.sorted(by: { $0.number < $1.number }) {
      let isEmpty =
        try Int.fetchOne(
          db, sql: "SELECT 1 FROM review_item WHERE load = ? LIMIT 1", arguments: [load.key]) == nil
      if isEmpty {
        try db.execute(sql: "DELETE FROM review_load WHERE key = ?", arguments: [load.key])
      } else {
        try freezeLoad(load, of: set)
      }
    }
    try record(
      AuditEvent(
        "review.imported", of: set.id,
        after: [
          "manifest_id": .string(arrival.manifestID), "added": JSONValue(added),
          "already": JSONValue(already), "failed": JSONValue(skipped),
        ]))
    // The same volume again changes nothing, the history neither.
    guard added > 0 else { return }
    let asked: JSONValue = [
      "volume": .string(arrival.volume), "manifest_id": .string(arrival.manifestID),
      "set": .string(arrival.set.id.text), "case": .string(arrival.set.matter),
    ]
    let act = try startCoding(.import, of: set, asked: asked)
    try db.execute(
      sql: """
        UPDATE coding SET changed_count = ?, already_count = ?, skipped_count = ? WHERE key = ?
        """, arguments: [added, already, skipped, act.key])
    _ = try finishCoding(act, of: set)
  }
}

extension Catalog {
  /// Whether an item is context alone in the frozen loads of a set; nil where they do not have it.
  fileprivate func roleIsContext(of item: ItemKey, in set: ReviewSet) throws -> Bool? {
    try Bool.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT min(is_context) FROM review_item
            JOIN review_load ON review_load.key = review_item.load
          WHERE conversation = ? AND item = ? AND review_set = ? AND state = 'frozen'
          HAVING count(*) > 0
          """), arguments: [item.conversation, item.item, set.key])
  }
}
