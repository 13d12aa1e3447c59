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
}
