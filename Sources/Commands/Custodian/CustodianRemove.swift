// SPDX-License-Identifier: Apache-2.0
import Actions
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
      What bore the identity becomes nobody's. For a person whom a hold names this is a release: it \
      names what no hold protects any more once the cool-down of 30 days has passed, and must be \
      confirmed by the person's name. What was theirs when the hold was set stays held. So must a \
      removal by which conversations become due earlier; they are listed.
      """,
      examples: [
        "custody custodian remove ada@example.org --email ada@old.example.org --yes"
      ], statuses: .changing + [.notFound, .ambiguous, .confirm, .stale]))

  @Argument(help: "The custodian, by id, name or identity.") var custodian: String
  @OptionGroup(title: "Identities") var identities: IdentityOptions
  @OptionGroup var reason: ReasonOption
  @Flag(name: .shortAndLong, help: "Answer yes to the question.") var yes = false
  @Option(
    help: ArgumentHelp("Confirm by the person's name.", valueName: "name"))
  var confirm: String?
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws { try identities.requireSome() }

  func run() throws {
    let output = try global.output(change)
    let (known, isHeld) = try global.read { catalog in
      let custodian = try catalog.custodian(custodian)
      let holds = try catalog.holds(on: custodian).filter { $0.state != .released }
      return (custodian, !holds.isEmpty)
    }
    let definitions = identities.definitions(valid: TimeInterval())
    let remove = { (change: Change) in
      let custodian = try change.catalog.custodian("id:" + known.id.text)
      return try definitions.map {
        try change.removeIdentity($0.kind, $0.value, from: custodian, reason: reason.reason)
      }
    }
    let freed = try ReleasePreview(
      of: known, by: { _ = try remove($0) }, as: .current(Self.self),
      store: global.openForReading(), output: output)
    freed.tell(output)
    let due = try DuePreview(
      of: [known],
      by: {
        _ = try remove($0)
        return []
      }, as: .current(Self.self), store: global.openForReading(), output: output)
    if !change.dryRun {
      let identities = definitions.count == 1 ? "1 identity" : "\(definitions.count) identities"
      let isConcerned = isHeld || freed.deletable > 0
      let held = isConcerned ? ", whom a hold concerns; \(freed.sentence)" : ""
      try ConsentOptions(yes: yes, confirm: confirm).confirm(
        "take \(identities) from '\(known.name)'\(held)\(due.clause)", name: known.name,
        isSevere: isConcerned || due.count > 0, noInput: global.noInput)
    }
    let removed = try global.change(change, by: Self.self) { change in
      try due.make(in: change) { change in
        ([], try freed.consent(to: .person(known)).make(in: change, remove))
      }
    }
    try output.print(
      ChangeRecord(
        .remove, "custodian", id: known.id.text, name: known.name, isDryRun: change.dryRun,
        counts: .init(
          added: removed.reduce(0, +), already: removed.filter { $0 == 0 }.count),
        details: (freed.deletable > 0 ? freed.details : []) + due.details),
      schema: Self.schemaName)
  }
}
