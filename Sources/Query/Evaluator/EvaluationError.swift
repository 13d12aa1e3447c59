// SPDX-License-Identifier: Apache-2.0

/// Why a query could not be evaluated.
package struct EvaluationError: Error, Sendable, CustomStringConvertible {
  package enum Code: Sendable {
    /// Too many ways to place the overlapping operands of one NEAR.
    case proximityTooComplex
  }

  package var code: Code
  package var message: String

  package init(code: Code, message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}
