// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
package import Model
import Store

/// Everything that a command meets outside of its store: streams, terminal, environment, clock.
package struct Console: Sendable {
  package var environment: [String: String]
  /// Standard output: results only.
  package var output: ByteSink
  /// Standard error: everything else.
  package var errors: ByteSink
  package var inputIsTerminal: Bool
  package var outputIsTerminal: Bool
  package var errorIsTerminal: Bool
  /// The clock.
  package var now: @Sendable () -> Instant
  /// One line of standard input without its end; nil at the end.
  package var readLine: @Sendable () -> String?

  /// What the running command uses; tests put their own in its place.
  @TaskLocal package static var current = Console.system()

  package init(
    environment: [String: String], output: ByteSink, errors: ByteSink, inputIsTerminal: Bool,
    outputIsTerminal: Bool, errorIsTerminal: Bool, now: @escaping @Sendable () -> Instant,
    readLine: @escaping @Sendable () -> String?
  ) {
    self.environment = environment
    self.output = output
    self.errors = errors
    self.inputIsTerminal = inputIsTerminal
    self.outputIsTerminal = outputIsTerminal
    self.errorIsTerminal = errorIsTerminal
    self.now = now
    self.readLine = readLine
  }

  private static func system() -> Console {
    Console(
      environment: ProcessInfo.processInfo.environment, output: ByteSink(descriptor: 1),
      errors: ByteSink(descriptor: 2), inputIsTerminal: isatty(0) == 1,
      outputIsTerminal: isatty(1) == 1, errorIsTerminal: isatty(2) == 1,
      now: { Instant.now() }, readLine: { Swift.readLine(strippingNewline: true) })
  }

  /// The width of the terminal on standard output; nil when it is none, so that what goes into a
  /// pipe never depends on a window.
  package var outputColumns: Int? {
    guard outputIsTerminal else { return nil }
    if let columns = environment["COLUMNS"].flatMap({ Int($0) }), columns > 0 { return columns }
    var size = winsize()
    guard unsafe ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Whether the environment asks for plain output (cli-conventions section 2).
  package var wantsPlainOutput: Bool {
    if let value = environment["NO_COLOR"], !value.isEmpty { return true }
    if let value = environment["CUSTODY_NO_COLOR"], !value.isEmpty { return true }
    return environment["TERM"] == "dumb"
  }

  /// Writes a line to standard error with all text of others made harmless.
  ///
  /// A stream of errors that cannot be written to is nothing that could be told anybody.
  package func say(_ message: String) {
    try? errors.write(message.escapedForTerminal() + "\n")
    try? errors.flush()
  }
}
