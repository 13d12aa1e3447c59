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

  /// The compiler's version, to the minor one that conditions can tell.
  package static var compilerVersion: String {
    #if compiler(>=6.4)
    "6.4 or later"
    #elseif compiler(>=6.3)
    "6.3"
    #else
    "6.2"
    #endif
  }

  /// Machine and system that it was built for.
  package static var system: String {
    #if arch(x86_64)
    "x86_64-linux"
    #elseif arch(arm64)
    "aarch64-linux"
    #else
    "linux"
    #endif
  }
}
