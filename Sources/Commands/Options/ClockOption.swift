// SPDX-License-Identifier: Apache-2.0
package import ArgumentParser
package import Model

/// The clock of a question (cli-conventions section 1); nothing sets the clock of a change.
package struct ClockOption: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The time that relative dates are counted from; without it, now.", valueName: "time"))
  package var asOf: ClockTime?

  package init() {}

  /// Lets a command's questions be asked at the time given.
  ///
  /// - Parameters:
  ///   - output: Whose clock is set.
  ///   - zone: Where days begin.
  /// - Returns: The time.
  package func apply(to output: inout OutputSettings, zone: DayZone) -> Instant {
    let time =
      asOf?.resolved(now: output.console.now(), zone: zone) ?? output.console.now()
    // One question has one time, however long it takes to read it.
    output.console.now = { time }
    return time
  }
}
