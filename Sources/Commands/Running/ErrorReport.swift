// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// Tells people or programs how a command ended that did not end well.
package struct ErrorReport {
  private let console: Console
  private let format: OutputFormat

  package init(console: Console, format: OutputFormat) {
    self.console = console
    self.format = format
  }

  /// Reports an error that ended a command.
  ///
  /// - Returns: The exit status.
  package func report(_ error: any Error) -> Int32 {
    switch error {
    case let failure as CommandFailure:
      report(failure)
      return failure.status.rawValue
    case let interrupted as Interrupted:
      report(
        label: "stopped", code: interrupted.name, exit: interrupted.exitStatus,
        CommandFailure(
          .failure, "stopped by \(interrupted.name)", whatToDo: "run it again to go on",
          isRetryable: true))
      return interrupted.exitStatus
    case is ClosedPipe:
      // Nobody reads any more, so there is nothing left to do.
      return ExitStatus.ok.rawValue
    case let requested as RequestedText: return show(requested.text)
    default: return report(CommandFailure(translating: error))
    }
  }

  /// Prints text that was asked for.
  ///
  /// - Returns: The exit status.
  package func show(_ text: String) -> Int32 {
    do {
      try console.output.write(text.hasSuffix("\n") ? text : text + "\n")
      try console.output.flush()
      return ExitStatus.ok.rawValue
    } catch {
      return report(error)
    }
  }

  /// Shows help beside an error.
  package func explain(_ help: String) {
    try? console.errors.write(help + "\n")
  }

  /// Hands out what is still buffered after a command that ended well.
  ///
  /// - Returns: The exit status.
  package func finish() -> Int32 {
    do {
      try console.output.flush()
      return ExitStatus.ok.rawValue
    } catch {
      return report(error)
    }
  }

  @discardableResult
  private func report(_ failure: CommandFailure) -> Int32 {
    report(
      label: failure.status.messageLabel, code: failure.status.name,
      exit: failure.status.rawValue, failure)
    return failure.status.rawValue
  }

  private func report(label: String, code: String, exit: Int32, _ failure: CommandFailure) {
    try? console.output.flush()
    guard format.hasErrorRecords else {
      for line in failure.details { console.say(line) }
      let parts = [failure.what, failure.why, failure.whatToDo].compactMap(\.self)
      console.say("\(Program.name): \(label): " + parts.joined(separator: "; "))
      for object in failure.objects where !failure.message.contains(object) {
        console.say("  " + object)
      }
      return
    }
    var line: [UInt8] = []
    line.appendJSON(
      [
        .init("type", .text("error")), .init("code", .text(code)),
        .init("exit", .integer(Int64(exit))), .init("message", .text(failure.message)),
        .init("objects", FieldValue(failure.objects)), .init("hint", FieldValue(failure.whatToDo)),
        .init("retryable", .boolean(failure.isRetryable)),
      ] + failure.members)
    line.append(UInt8(ascii: "\n"))
    try? console.errors.write(line)
    try? console.errors.flush()
  }
}

extension CommandFailure {
  /// A group was named without any of its commands.
  package static func missingCommand(_ arguments: [String]) -> CommandFailure {
    let path = CommandPath(root: Root.self, arguments: arguments)
    let name = ([Program.name] + path.names).joined(separator: " ")
    return .usage("'\(name)' needs the name of a command", whatToDo: "see '\(path.helpCommand)'")
  }
}
