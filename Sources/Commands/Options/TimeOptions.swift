// SPDX-License-Identifier: Apache-2.0
package import ArgumentParser
package import Model

extension ClockTime: ExpressibleByArgument {
  package init?(argument: String) { self.init(argument) }
}

extension DayZone: ExpressibleByArgument {
  package init?(argument: String) { self.init(argument) }

  package var defaultValueDescription: String { name }
}

/// The half-open interval of time that a command looks at.
package struct TimeOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "From this time on: RFC 3339, YYYY-MM-DD, today, yesterday, or -30d.", valueName: "time"))
  package var since: ClockTime?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Before this time, which is not included.", valueName: "time"))
  package var before: ClockTime?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Where days begin: UTC, an offset such as +02:00, or a name such as Europe/Berlin.",
      valueName: "zone"))
  package var timezone: DayZone = .utc

  package init() {}

  /// The interval in UTC, told on standard error where it has a bound (cli-conventions section 1).
  ///
  /// - Parameters:
  ///   - output: Where it is told.
  ///   - kept: The bounds where no option gives one.
  /// - Returns: The interval.
  /// - Throws: ``CommandFailure`` with status 2 when it would be empty.
  package func interval(
    _ output: OutputSettings, kept: TimeInterval = TimeInterval()
  ) throws -> TimeInterval {
    let interval = resolved(now: output.console.now(), kept: kept)
    if let since = interval.since, let before = interval.before, since >= before {
      throw CommandFailure.usage(
        "the interval is empty", why: "\(since) is not before \(before)",
        whatToDo: "give --since a time before that of --before")
    }
    if interval.since != nil || interval.before != nil {
      let start = interval.since?.rfc3339 ?? "beginning"
      let end = interval.before?.rfc3339 ?? "end"
      output.note("interval [\(start), \(end))")
    }
    return interval
  }

  /// The interval in UTC, empty or not.
  ///
  /// - Parameters:
  ///   - now: The clock's time.
  ///   - kept: The bounds where no option gives one.
  /// - Returns: The interval.
  package func resolved(now: Instant, kept: TimeInterval) -> TimeInterval {
    TimeInterval(
      since: since?.resolved(now: now, zone: timezone) ?? kept.since,
      before: before?.resolved(now: now, zone: timezone) ?? kept.before)
  }
}
