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
      With --since and --before the identity was theirs only then.
      """,
      examples: [
        "custody custodian add ada@example.org --email ada@old.example.org --before 2024-01-01"
      ],
      statuses: .changing + [.notFound, .ambiguous, .exists]))

  @Argument(help: "The custodian, by id, name or identity.") var custodian: String
  @OptionGroup(title: "Identities") var identities: IdentityOptions
  @OptionGroup(title: "Validity") var valid: TimeOptions
  @OptionGroup var reason: ReasonOption
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws { try identities.requireSome() }

  func run() throws {
    let output = try global.output(change)
    let definitions = identities.definitions(valid: try valid.interval(output))
    let (custodian, added) = try global.change(change, by: Self.self) { change in
      let custodian = try change.catalog.custodian(self.custodian)
      var added = 0
      for definition in definitions
      where try change.addIdentity(definition, to: custodian, reason: reason.reason) {
        added += 1
      }
      return (custodian, added)
    }
    try output.print(
      ChangeRecord(
        .add, "custodian", id: custodian.id.text, name: custodian.name, isDryRun: change.dryRun,
        counts: .init(added: added, already: definitions.count - added)),
      schema: Self.schemaName)
  }
}
