// SPDX-License-Identifier: Apache-2.0
import Model
package import Query
package import Store

/// The store's people for the query language.
package struct CatalogDirectory: PeopleDirectory {
  private let store: Store

  package init(_ store: Store) {
    self.store = store
  }

  package func people(bearing identity: String) throws -> [DirectoryPerson] {
    try store.read { try $0.people(bearing: identity) }.map {
      DirectoryPerson(id: $0.id.text, name: $0.name, identities: $0.identities)
    }
  }
}
