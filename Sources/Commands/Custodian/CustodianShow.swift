// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
import Model
import Store

/// Shows one custodian.
struct CustodianShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show one custodian with identities, cases and holds.",
    discussion: discussion(
      """
      A person is named by id, name, e-mail address, user id or account id.

      With --as-of it tells the identities that were the person's at a time, and what the \
      directories of the sources said then: name, e-mail address, role and groups. Each answer names \
      the run and the time of the snapshot that it comes from, the last one not later than the time; \
      before the first snapshot it is unknown.
      """,
      examples: [
        "custody custodian show ada@example.org",
        "custody custodian show ada@example.org --as-of 2026-01-01",
      ],
      statuses: .reading + [.notFound, .ambiguous]))

  @Argument(help: "The custodian, by id, name or identity.") var custodian: String
  @Option(
    parsing: .unconditional,
    help: ClockTime.help("Tell what was known for this time"))
  var asOf: ClockTime?
  @OptionGroup(title: "Output") var fields: FieldOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(fields)
    guard let asOf else {
      let details = try global.read { catalog in
        try CustodianDetails(try catalog.custodian(custodian), in: catalog)
      }
      try output.print(details, schema: Self.schemaName)
      return
    }
    let time = asOf.resolved(now: output.console.now(), zone: .utc)
    output.note("as of \(time.rfc3339)")
    let then = try global.read { catalog in
      let person = try catalog.custodian(custodian)
      return CustodianThen(
        custodian: person, person: try PersonThen(person, at: time, in: catalog))
    }
    if then.person.directory.isEmpty {
      output.note("no directory that was read has an account of this person")
    }
    try output.print(then, schema: Self.schemaName)
  }
}
