// SPDX-License-Identifier: Apache-2.0
package import Model

/// Why a record could not be read, or why a capture cannot go on.
package struct CaptureError: Error, Sendable, CustomStringConvertible {
  /// The reason code; the caller makes a ``CaptureProblem`` of it where the run goes on.
  package var code: ProblemCode
  /// What happened, in lower case, without a full stop.
  package var message: String
  package var cause: (any Error)?

  package init(code: ProblemCode, message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  package var description: String { message }
}
