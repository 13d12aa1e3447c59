// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model

/// The catalog as one transaction sees it.
///
/// Valid only inside the closure that it is given to.
package struct Catalog {
  /// The connection; only this target speaks SQL.
  let db: Database
  /// The time that decisions compare stored times with.
  package let now: Instant

  /// The same state, with decisions as they would fall at another time.
  package func asOf(_ time: Instant) -> Catalog { Catalog(db: db, now: time) }
}
