// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Gives a custodian identities.
struct CustodianAdd: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add",
    abstract: "Add identities to a custodian.",
    discussion: discussion(
      """
      Acts at once: what bears the identity becomes the person's, and holds on the person cover it. \
      With --since and --before an address was theirs only then. An account is one person's whatever \
      its dates: what it wrote does not tell which of two persons wrote it. Where conversations become \
      due earlier by an identity, they are listed, and it must be confirmed by the person's name.
      """,
      examples: [
        "custody custodian add ada@example.org --email ada@old.example.org --before 2024-01-01"
      ],
      statuses: .changing + [.notFound, .ambiguous, .exists, .confirm, .stale]))

  @Argument(help: "The custodian, by id, name or identity.") var custodian: String
  @OptionGroup(title: "Identities") var identities: IdentityOptions
  @OptionGroup(title: "Validity") var valid: TimeOptions
  @OptionGroup var reason: ReasonOption
  @OptionGroup var consent: ConfirmOption
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws { try identities.requireSome() }

  func run() throws {
    let output = try global.output(change)
    let definitions = identities.definitions(valid: try valid.interval(output))
    let custodian = try global.read { try $0.custodian(self.custodian) }
    let add = { (change: Change) in
      let person = try change.catalog.custodian("id:" + custodian.id.text)
      var added = 0
      for definition in definitions
      where try change.addIdentity(definition, to: person, reason: reason.reason) {
        added += 1
      }
      return added
    }
    let due = try DuePreview(
      of: [custodian],
      by: {
        _ = try add($0)
        return []
      }, as: .current(Self.self),
      store: global.openForReading(), output: output)
    if !change.dryRun, due.count > 0 {
      try consent.confirm(
        "add \(definitions.count) \(definitions.count == 1 ? "identity" : "identities") to "
          + "'\(custodian.name)'\(due.clause)", name: custodian.name, noInput: global.noInput)
    }
    let added = try global.change(change, by: Self.self) { change in
      try due.make(in: change) { ([], try add($0)) }
    }
    try output.print(
      ChangeRecord(
        .add, "custodian", id: custodian.id.text, name: custodian.name, isDryRun: change.dryRun,
        counts: .init(added: added, already: definitions.count - added), details: due.details),
      schema: Self.schemaName)
  }
}
