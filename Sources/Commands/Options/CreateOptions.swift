// SPDX-License-Identifier: Apache-2.0
package import ArgumentParser

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
