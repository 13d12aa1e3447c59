// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Takes identities from a custodian.
struct CustodianRemove: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove",
    abstract: "Remove identities from a custodian.",
    discussion: discussion(
      """
      What bore the identity becomes nobody's. A hold on the person goes on covering it as long as \
      holds do after a release.
      """,
      examples: [
        "custody custodian remove ada@example.org --email ada@old.example.org --yes"
      ], statuses: .changing + [.notFound, .ambiguous, .confirm]))

  @Argument(help: "The custodian, by id, name or identity.") var custodian: String
  @OptionGroup(title: "Identities") var identities: IdentityOptions
  @OptionGroup var reason: ReasonOption
  @OptionGroup var consent: YesOption
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws { try identities.requireSome() }

  func run() throws {
    let output = try global.output(change)
    let known = try global.read { try $0.custodian(custodian) }
    let definitions = identities.definitions(valid: TimeInterval())
    if !change.dryRun {
      try consent.confirm(
        "take \(definitions.count) identities from '\(known.name)'?", noInput: global.noInput)
    }
    let removed = try global.change(change, by: Self.self) { change in
      let custodian = try change.catalog.custodian("id:" + known.id.text)
      return try definitions.map {
        try change.removeIdentity($0.kind, $0.value, from: custodian, reason: reason.reason)
      }
    }
    try output.print(
      ChangeRecord(
        .remove, "custodian", id: known.id.text, name: known.name, isDryRun: change.dryRun,
        counts: .init(
          added: removed.reduce(0, +), already: removed.filter { $0 == 0 }.count)),
      schema: Self.schemaName)
  }
}
