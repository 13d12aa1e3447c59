// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

/// Runs a few cases at once of the suites that have hundreds; all cases of all tests start together
/// otherwise.
///
/// The pipes of hundreds of programs made the list of the process's open files longer than the 32 KiB
/// that Foundation's `Process.run` reads it by: there it copies 256 bytes of the last name, past the
/// end of its buffer, and may crash. Tests that watch a program need some calm besides.
struct InTurn: SuiteTrait, TestTrait, TestScoping {
  private static let turnstile = Turnstile(width: 8)

  let isRecursive = true

  @concurrent func provideScope(
    for test: Test, testCase: Test.Case?,
    performing function: @concurrent @Sendable () async throws -> Void
  ) async throws {
    guard testCase != nil else { return try await function() }
    try await Self.turnstile.pass(function)
  }
}

extension Trait where Self == InTurn {
  /// A few cases at once.
  static var inTurn: InTurn { InTurn() }
}
