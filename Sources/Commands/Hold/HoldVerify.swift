// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
import Model
import Store

/// Checks what holds cover.
struct HoldVerify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Tell what holds cover now, and where they cannot protect.",
    discussion: discussion(
      """
      Without a name, all holds in force. What is covered is decided on the stored records, never \
      on the index. Ends with status 7 where something concerns a hold that a person must see to: \
      an open exception or gap of a source in scope, a conversation whose custodian or project is \
      not known, a custodian of whom nothing was captured or whom a source never brought, a source \
      that deletes by itself after a period, as its settings said at the last sync, a conversation \
      in scope that was purged while the hold was in force; and where the answer to a notice of it is \
      overdue (overdue_notices). Each such gap becomes an \
      exception record with a reason code, which custody exception resolve closes with a reason; \
      one that is found no more is closed by itself, unless it is of a purge. The field gaps lists them; captures gives the \
      newest capture for each custodian and source, and joined counts conversations that are held \
      besides, only because the same interaction by another route is. An exception of a capture \
      counts for the holds whose scope its conversation may lie in; one that does not tell its \
      conversation concerns every hold on custodians or projects. One check at a time writes \
      records; a second one ends with status 11, naming the first, or waits with --wait.
      """,
      examples: [
        "custody hold verify --no-record --format json",
        "custody exception list --kind gap --hold mail",
      ],
      statuses: [.attention, .notFound, .ambiguous] + .changing))

  @Argument(help: "The holds, by id or name; without any, all in force.") var holds: [String] = []
  @Option(
    name: .customLong("case"), help: ArgumentHelp("Only of this case.", valueName: "case"))
  var matter: String?
  @Flag(help: "Write no exception records; needs no right to write.") var noRecord = false
  @OptionGroup var wait: WaitOption
  @OptionGroup var list: ListOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(list)
    var printer = try ListPrinter<HoldReport>(output, schema: Self.schemaName)
    let store = try noRecord ? global.openForReading() : global.openForWriting()
    let check = HoldCheck(store: store)
    let actor = AuditActor.current(Self.self)
    let lock = try noRecord ? nil : check.lockRecords(as: actor, wait: wait.duration)
    let wanted = try store.read(chosen)
    let coverage = try check.coverage(of: wanted)
    let reports = try store.read { catalog in
      let facts = try HoldReportFacts(of: wanted, in: catalog)
      return try coverage.map { try HoldReport($0, from: facts) }
    }
    // Without any hold in force, too: what the last one left open is then gone.
    let isComplete = holds.isEmpty && matter == nil
    if let lock, isComplete || !reports.isEmpty {
      try check.record(
        reports.flatMap(\.gaps), of: reports.map(\.coverage.hold),
        custodians: reports.reduce(into: []) { $0.formUnion($1.custodians) },
        isComplete: isComplete, as: actor, under: lock)
    }
    try ignoringClosedPipe { try printer.print(reports) }
    let concerned = reports.filter(\.needsAttention)
    guard concerned.isEmpty else {
      if output.format == .human {
        for report in concerned { for line in report.remarks { output.note(line) } }
      }
      throw CommandFailure(
        .attention, "\(concerned.count) of \(reports.count) holds need a person",
        why: "something in their scope may not be protected or is not attributed, or an answer is "
          + "overdue",
        whatToDo: "see custody exception list and custody hold notice status, and attribute "
          + "accounts to custodians",
        objects: concerned.map { $0.coverage.hold.id.text + " " + $0.coverage.hold.name })
    }
  }

  private func chosen(_ catalog: Catalog) throws -> [HoldRecord] {
    let matter = try self.matter.map(catalog.matter)
    guard !holds.isEmpty else {
      return try catalog.holds(of: matter).filter { $0.state != .released }
    }
    return try catalog.holds(holds, in: matter)
  }
}
