// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model

/// A legal hold with all its versions.
package struct HoldRecord: Hashable, Sendable {
  package var key: Int64
  package var id: ObjectID
  package var matter: MatterRecord
  package var name: String
  package var created: Instant
  /// From the first to the newest; at least one.
  package var versions: [HoldVersion]
  /// As of the time of the catalog's transaction.
  package var state: HoldState
  /// Until when it goes on protecting; nil while it is active.
  package var protectsUntil: Instant?

  /// The newest version: what the hold says.
  package var current: HoldVersion { versions[versions.count - 1] }
  package var definition: HoldDefinition { current.definition }

  /// Until when an earlier, wider wording goes on protecting beside the one that stands; nil where
  /// none does.
  package func narrowedUntil(at now: Instant) -> Instant? {
    guard current.ends == nil else { return nil }
    return versions.dropLast().filter { version in
      version.protects(at: now) && version.definition.narrows(to: definition)
    }.compactMap(\.ends).max()
  }

  /// What the hold would say when a release or a narrowing is taken back; nil where nothing is in a
  /// cool-down any more (holds-and-retention section 2.2).
  ///
  /// That is the newest wording that still protects and, of an active hold, covers something which
  /// the one that stands does not. Only what it covers comes back: why, on whose word and whether
  /// anybody is told stay as they were said last.
  package func wordingToReinstate(at now: Instant) -> HoldDefinition? {
    let earlier = versions.last { version in
      version.protects(at: now)
        && (current.ends != nil || version.definition.narrows(to: definition))
    }
    guard var wording = earlier?.definition else { return nil }
    wording.reason = definition.reason
    wording.authority = definition.authority
    wording.isSilent = definition.isSilent
    return wording
  }
}

/// One version of a hold.
///
/// Versions are kept for good; a version that was narrowed or released goes on protecting until it
/// ends.
package struct HoldVersion: Hashable, Sendable {
  package var key: Int64
  /// From 1.
  package var number: Int
  package var created: Instant
  /// When it was narrowed, widened or released; nil while it is the hold's word.
  package var released: Instant?
  /// When it stops protecting; nil while it is the hold's word.
  package var ends: Instant?
  package var definition: HoldDefinition
  /// Who made it.
  package var account: String

  /// Whether it protects at a time; the end itself is past.
  package func protects(at now: Instant) -> Bool {
    ends.map { now < $0 } ?? true
  }
}

extension HoldVersion {
  init(row: Row, scope: Scope) {
    key = row["key"]
    number = row["version"]
    created = row.instant("created")
    released = row.optionalInstant("released")
    ends = row.optionalInstant("ends")
    var query: StoredQuery?
    if let text: String = row["query"], let normalForm: String = row["normal_form"],
      let resolved: String = row["resolved"]
    {
      query = StoredQuery(
        text: text, dialect: row["dialect"], normalForm: normalForm, resolved: resolved)
    }
    definition = HoldDefinition(
      scope: scope, query: query, interval: row.interval, reason: row["reason"],
      authority: row["authority"], isSilent: row["silent"])
    account = row["account"]
  }
}

extension HoldDefinition {
  var json: JSONValue {
    let query: JSONValue =
      query.map { ["text": .string($0.text), "normal_form": .string($0.normalForm)] } ?? .null
    return [
      "scope": scope.json, "query": query, "interval": interval.json,
      "reason": .string(reason), "authority": .string(authority), "silent": .boolean(isSilent),
    ]
  }
}
