// SPDX-License-Identifier: Apache-2.0
package import ArgumentParser
import Model

/// What every command takes that makes an object.
package struct CreateOptions: ParsableArguments {
  @Flag(help: "Succeed where the same object exists already.") package var ifNotExists = false
  @OptionGroup package var change: ChangeOptions

  package init() {}
}

/// What every command takes that removes an object.
package struct DeleteOptions: ParsableArguments {
  @Flag(help: "Succeed where there is no such object.") package var ifExists = false
  @OptionGroup package var change: ChangeOptions

  package init() {}
}

extension DeleteOptions {
  /// Reports that there is nothing to delete, where that is no failure.
  ///
  /// - Parameters:
  ///   - object: What it would be, as in the record of the change.
  ///   - name: As it was written.
  ///   - noun: What people call it, where that is another word.
  ///   - group: The command whose list shows all of them.
  ///   - output: Where to.
  ///   - schema: Of the command.
  /// - Throws: ``CommandFailure`` with status 20 without `--if-exists`.
  func reportNone(
    _ object: String, _ name: String, noun: String? = nil, listedBy group: String,
    _ output: OutputSettings, schema: String
  ) throws {
    guard ifExists else {
      throw CommandFailure(
        .notFound, "no \(noun ?? object) '\(name)'", whatToDo: "see custody \(group) list")
    }
    try output.print(
      ChangeRecord(
        .delete, object, id: name, isDryRun: change.dryRun, counts: .init(already: 1)),
      schema: schema)
  }
}

/// Why something is changed, for the audit log.
package struct ReasonOption: ParsableArguments {
  @Option(help: ArgumentHelp("Why, for the audit log.", valueName: "text"))
  package var reason = ""

  package init() {}
}

/// How long to wait for a job of the same kind that another process runs.
package struct WaitOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How long to wait while another process runs the same job, such as 10m; without it, not at "
        + "all.", valueName: "time"))
  package var wait: String?

  package init() {}

  package func validate() throws {
    if let wait, seconds == nil {
      throw ValidationError("--wait takes a length of time such as 90s or 10m, not '\(wait)'")
    }
  }

  /// The time; none without the option.
  package var duration: Duration { .seconds(seconds ?? 0) }

  private var seconds: Int64? {
    guard let wait, case .seconds(let seconds)? = ClockTime.Span(wait) else { return nil }
    return seconds
  }
}
