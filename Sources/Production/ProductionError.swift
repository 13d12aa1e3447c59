// SPDX-License-Identifier: Apache-2.0

/// Why a volume cannot be written or read.
package struct ProductionError: Error, Sendable, CustomStringConvertible {
  /// What went wrong.
  package enum Code: Sendable, Hashable {
    /// An option has a value that no volume can have.
    case invalidOption
    /// The source handed over a unit that contradicts itself.
    case invalidSource
    /// Something stands where the volume should go.
    case exists
    /// A file could not be read or written.
    case fileSystem
    /// A key cannot be read or cannot sign.
    case badKey
    /// What is to be verified is no volume.
    case notAVolume
    /// A program that is asked is not installed or does not run.
    case noProgram
    /// A volume is encrypted, and no passphrase opens it.
    case encrypted
  }

  package var code: Code
  /// What happened and what to do, lower case, no full stop.
  package var message: String
  package var cause: (any Error)?

  package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  package var description: String { message }
}
