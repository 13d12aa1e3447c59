// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Lists how far captures are behind, for each person and source.
struct CaptureLagCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lag",
    abstract: "List for each custodian and source how old the last capture is.",
    discussion: discussion(
      """
      A custodian has a row for each source that brought something of theirs or lists them in its \
      directory. The lag counts from the end of the source's last complete capture, as in custody \
      status; newest_item is the time of the newest thing of theirs that it brought. With --max-age \
      only what is older is listed, and the exit status is 7 where there is any.
      """,
      examples: ["custody capture lag", "custody capture lag --on-hold --max-age 26h"],
      statuses: [.attention] + .reading + [.notFound, .ambiguous]))

  @Option(
    help: ArgumentHelp(
      "Only this custodian, by id, address or name; may be repeated.", valueName: "name"))
  var custodian: [String] = []
  @Option(help: "Only this source, by id or name.") var source: String?
  @Flag(help: "Only what a hold in force covers.") var onHold = false
  @Option(
    help: ArgumentHelp("Only captures that are older, such as 26h.", valueName: "age"))
  var maxAge: String?
  @OptionGroup(title: "Output") var list: ListOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws { try MaximumAge.validate(maxAge) }

  func run() throws {
    let output = try global.output(list)
    let now = output.console.now()
    let bound = MaximumAge.bound(maxAge, now: now)
    let rows = try global.read { catalog in
      let people = Set(try catalog.custodians(custodian).map(\.key))
      let place = try source.map { try catalog.source($0).key }
      return try catalog.captureLags().filter { lag in
        (people.isEmpty || people.contains(lag.custodian.key))
          && (place == nil || place == lag.source.key) && (!onHold || lag.isOnHold)
          && (bound.map(lag.isLate) ?? true)
      }
    }
    var printer = try ListPrinter<CaptureLagRow>(output, schema: Self.schemaName)
    try printer.print(rows.map { CaptureLagRow(lag: $0, now: now) })
    guard bound != nil, !rows.isEmpty else { return }
    let people = Set(rows.map(\.custodian.key)).count
    throw CommandFailure(
      .attention,
      people == 1
        ? "captures of 1 custodian are late" : "captures of \(people) custodians are late",
      whatToDo: "capture the sources again; custody capture list tells what became of their runs")
  }
}

/// A row of the list.
struct CaptureLagRow: Displayable {
  static let recordType = "capture_lag"
  static let plural = "captures of custodians"

  var lag: CaptureLag
  var now: Instant

  var identifier: String { lag.custodian.id.text }

  /// Whole seconds since the last complete capture; nil where there is none.
  private var seconds: Int64? {
    lag.lastRun.map { max(0, now.ticks - $0.ticks) / Instant.ticksPerSecond }
  }

  static let fields: [Field<CaptureLagRow>] = [
    Field("custodian", heading: "Custodian") { .text($0.lag.custodian.name) },
    Field("custodian_id") { .text($0.lag.custodian.id.text) },
    Field("source", heading: "Source") { .text($0.lag.source.name) },
    Field("source_id") { .text($0.lag.source.id.text) },
    Field("on_hold", heading: "On hold") { .boolean($0.lag.isOnHold) },
    Field("last_capture", heading: "Last capture") { FieldValue($0.lag.lastRun) },
    Field("lag_seconds", heading: "Lag") { row in
      row.seconds.map { .told(age($0), .integer($0)) } ?? .told("never captured", .missing)
    },
    Field("newest_item", heading: "Newest item") { FieldValue($0.lag.newestItem) },
  ]
}

/// Seconds in the largest unit that tells enough: less than two of the next unit are told in this.
private func age(_ seconds: Int64) -> String {
  switch seconds {
  case ..<120: "\(seconds) s"
  case ..<7200: "\(seconds / 60) min"
  case ..<172_800: "\(seconds / 3600) h"
  default: "\(seconds / 86_400) d"
  }
}
