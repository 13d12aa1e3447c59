// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import Model
import Store

/// Arms purging.
struct RetentionArm: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "arm",
    abstract: "Confirm the date and the holds, so that plans can be run again.",
    discussion: discussion(
      """
      Purging is disarmed after a restore, and where the clock lies more than five minutes before \
      or 35 days after the last audit event. Shows the date, the last audit event and each hold in \
      force, and arms it again when the store's name, which is its folder's, is typed.
      """,
      examples: ["custody retention arm --confirm store"],
      statuses: .changing + [.confirm, .stale]))

  @OptionGroup var reason: ReasonOption
  @OptionGroup var consent: ConfirmOption
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(change)
    let store = try global.openForChanges(change)
    let name = URL(fileURLWithPath: store.folder).standardizedFileURL.lastPathComponent
    let (disarming, last, holds, id) = try store.read { catalog in
      (
        try catalog.disarming(), try catalog.lastEventTime(),
        try catalog.holds().filter { $0.state != .released }, try catalog.storeDescription().id
      )
    }
    let date = store.now
    output.note("date: \(date.flooredToSecond.rfc3339)")
    if let last { output.note("last audit event: \(last.flooredToSecond.rfc3339)") }
    output.note("holds in force: \(holds.count)")
    for hold in holds {
      let end = hold.protectsUntil.map { " until \($0.flooredToSecond.rfc3339)" } ?? ""
      output.note(
        "  \(hold.id) \(hold.name), case \(hold.matter.name): \(hold.state.rawValue)\(end)")
    }
    if let disarming {
      output.note("disarmed because \(disarming.reason.text)")
      if !change.dryRun {
        try consent.confirm(
          "arm purging: the date is \(date.flooredToSecond.rfc3339) and \(holds.count) holds are in force",
          name: name, noInput: global.noInput)
      }
    }
    let isArmed = try global.change(change, by: Self.self) { change in
      try change.arm(confirmed: disarming?.reason, reason: reason.reason)
    }
    try output.print(
      ChangeRecord(
        .arm, "store", id: id.text, name: name, isDryRun: change.dryRun,
        counts: .init(added: isArmed ? 1 : 0, already: isArmed ? 0 : 1),
        details: [
          .init("date", .time(date)), .init("last_event", FieldValue(last)),
          .init("holds", FieldValue(holds.count)),
          .init("hold_ids", FieldValue(holds.map(\.id.text))),
          .init("because", FieldValue(disarming?.reason.rawValue)),
        ]), schema: Self.schemaName)
  }
}
