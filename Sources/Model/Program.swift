// SPDX-License-Identifier: Apache-2.0

/// The facts about the program that outputs, manifests and the audit log name.
package enum Program {
  /// The command's name.
  package static let name = "custody"
  /// The version, as semver.org has it.
  package static let version = "0.1.0"

  /// How the program was built: `debug` or `release`.
  package static var buildConfiguration: String {
    #if DEBUG
    "debug"
    #else
    "release"
    #endif
  }
}
