// SPDX-License-Identifier: Apache-2.0
package import Capture
import Model
package import Store

/// How a run of a plan reaches the sources at which it deletes too.
package struct SourceAccess: Sendable {
  /// How to go about it: the rate is one for all sources together.
  package var settings = SyncSettings()
  /// Gives the key of a source.
  package var key: @Sendable (SourceRecord) throws -> ComplianceKey
  /// Called often, from several threads, with what is being done; a throw stops the run, and what was
  /// done stays done.
  package var check: @Sendable (String) throws -> Void

  package init(
    key: @escaping @Sendable (SourceRecord) throws -> ComplianceKey,
    check: @escaping @Sendable (String) throws -> Void = { _ in }
  ) {
    self.key = key
    self.check = check
  }
}

/// A source at which a run deletes.
struct OpenSource: Sendable {
  var record: SourceRecord
  var client: ComplianceClient
  var key: ComplianceKey
}
