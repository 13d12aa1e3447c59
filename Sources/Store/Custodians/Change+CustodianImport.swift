// SPDX-License-Identifier: Apache-2.0
package import Model
import Query

/// A person as a list of custodians gives them, one row.
package struct CustodianRow: Hashable, Sendable {
  /// Empty: the first address stands for it.
  package var name: String
  package var note: String
  package var identities: [IdentityDefinition]
  /// All groups that the directory gives the person; nil where the list tells no groups.
  package var groups: [GroupName]?

  package init(
    name: String, note: String = "", identities: [IdentityDefinition] = [],
    groups: [GroupName]? = nil
  ) {
    self.name = name
    self.note = note
    self.identities = identities
    self.groups = groups
  }
}

/// What an import of custodians did.
package struct CustodianImportCounts: Hashable, Sendable {
  /// New persons.
  package var added = 0
  /// Persons who got a further identity or note.
  package var updated = 0
  /// Persons of whom nothing was new.
  package var already = 0
  /// The persons, in the order of the rows, without repeats.
  package var custodians: [Custodian] = []
}

extension Change {
  /// Takes a list of persons into the directory.
  ///
  /// The same list again changes nothing.
  ///
  /// A row is somebody known when an id or address of it is theirs at a time at which the row gives
  /// it to them; a row with a name alone, when just one person bears it.
  ///
  /// - Throws: `StoreError` with `.ambiguous` or `.usage` naming all rows (counted from 1) that
  ///   fit several persons or name nobody; then nothing is changed.
  package func importCustodians(
    _ rows: [CustodianRow], reason: String = ""
  ) throws -> CustodianImportCounts {
    var counts = CustodianImportCounts()
    var failures: [StoreError] = []
    for (index, row) in rows.enumerated() {
      do {
        let custodian = try importCustodian(row, reason: reason, counts: &counts)
        if !counts.custodians.contains(where: { $0.key == custodian.key }) {
          counts.custodians.append(custodian)
        }
      } catch let error as StoreError where error.code != .damaged && error.code != .storage {
        failures.append(StoreError(error.code, "row \(index + 1): " + error.message))
      }
    }
    guard let first = failures.first else { return counts }
    throw StoreError(
      first.code,
      "\(failures.count) rows cannot be taken in; nothing was changed: "
        + first.message, objects: failures.map(\.message))
  }

  private func importCustodian(
    _ row: CustodianRow, reason: String, counts: inout CustodianImportCounts
  ) throws -> Custodian {
    let name =
      row.name.isEmpty
      ? row.identities.first { $0.kind == .emailAddress }?.value ?? row.identities.first?.value
      : row.name
    guard let name, !FoldedValue.identity(name).isEmpty else {
      throw StoreError(.usage, "it names nobody")
    }
    guard let known = try known(row, name: name) else {
      counts.added += 1
      let custodian = try createCustodian(
        name: name, note: row.note, identities: row.identities, origin: "import", reason: reason)
      if let groups = row.groups { try setGroups(groups, of: custodian, reason: reason) }
      return custodian
    }
    var changed = false
    for identity in [IdentityDefinition(.name, name)] + row.identities
    where try addIdentity(identity, to: known, origin: "import", reason: reason) {
      changed = true
    }
    if !row.note.isEmpty, row.note != known.note {
      try updateCustodian(known, note: row.note, reason: reason)
      changed = true
    }
    if let groups = row.groups, try setGroups(groups, of: known, reason: reason) { changed = true }
    if changed { counts.updated += 1 } else { counts.already += 1 }
    return try catalog.custodian(key: known.key)
  }

  private func known(_ row: CustodianRow, name: String) throws -> Custodian? {
    var ids = row.identities.filter { $0.kind != .name }.map { ($0.value, $0.valid) }
    if ids.isEmpty { ids = [("name:" + name, TimeInterval())] }
    var found: [Custodian] = []
    for (written, valid) in ids {
      do {
        let person = try catalog.custodian(written, during: valid)
        if !found.contains(where: { $0.key == person.key }) { found.append(person) }
      } catch let error as StoreError where error.code == .notFound {
        continue
      }
    }
    guard found.count <= 1 else {
      throw Catalog.ambiguous(
        name, noun: "custodian", candidates: found.map { $0.id.text + " " + $0.name })
    }
    return found.first
  }
}
