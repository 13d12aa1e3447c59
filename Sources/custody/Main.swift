// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Commands
import Foundation

/// The one place where outcomes become exit statuses (cli-conventions sections 3 and 4).
@main
enum Main {
  static func main() async {
    // Names in archives are UTF-8 whatever the environment says; nothing we write is for others.
    unsafe setlocale(LC_CTYPE, "C.UTF-8")
    umask(0o077)
    Interruption.install()
    let console = Console.current
    let columns = max(40, console.outputColumns ?? 80)
    // The parser wraps its texts to this width, whoever asks, and traps on less than its indent.
    unsafe setenv("COLUMNS", String(columns), 1)
    exit(await run(Array(CommandLine.arguments.dropFirst()), console, columns))
  }

  private static func run(
    _ arguments: [String], _ console: Console, _ columns: Int
  ) async -> Int32 {
    let report = ErrorReport(
      console: console,
      format: OutputFormat(requestedBy: arguments, environment: console.environment))
    if let failure = CommandFailure.argumentWithoutText() { return report.report(failure) }
    // Scripts ask this often, and the parser would first look at every command there is.
    if arguments == ["--version"] { return report.show(Root.versionLine) }
    if arguments.isEmpty { return report.show(Root.helpMessage(columns: columns)) }
    var command: any ParsableCommand
    do {
      command = try await Root.asyncParseAsRoot(arguments)
    } catch {
      return finish(error, arguments, report, columns)
    }
    if Root.isGroup(command) {
      report.explain(Root.helpMessage(for: type(of: command), columns: columns))
      return report.report(CommandFailure.missingCommand(arguments))
    }
    do {
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
      return report.finish()
    } catch  where Root.exitCode(for: error) == .success {
      return finish(error, arguments, report, columns)
    } catch {
      return report.report(error)
    }
  }

  /// Ends with what the parser has to say.
  private static func finish(
    _ error: any Error, _ arguments: [String], _ report: ErrorReport, _ columns: Int
  ) -> Int32 {
    switch ParserOutcome(error, root: Root.self, arguments: arguments, columns: columns) {
    case .text(let text): report.show(text)
    case .failure(let failure): report.report(failure)
    }
  }
}
