// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Makes a custodian.
struct CustodianCreate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create",
    abstract: "Create a custodian.",
    discussion: discussion(
      """
      A person without any capture can be made, held and searched for. Identities given here are \
      valid at any time; custodian add gives dates. With --if-not-exists a person of that name with \
      another note or without one of the identities is refused. Where conversations become due earlier \
      since they are this person's, they are listed, and it must be confirmed by the name.
      """,
      examples: ["custody custodian create 'Ada Example' --email ada@example.org"],
      statuses: .changing + [.exists, .confirm, .stale]))

  @Argument(help: "The name that people see; two persons may bear the same.") var name: String
  @OptionGroup(title: "Identities") var identities: IdentityOptions
  @Option(help: ArgumentHelp("A remark.", valueName: "text")) var note = ""
  @OptionGroup var reason: ReasonOption
  @OptionGroup var consent: ConfirmOption
  @OptionGroup var create: CreateOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(create.change)
    let definitions = identities.definitions(valid: TimeInterval())
    let make = { (change: Change) -> (Custodian, Bool) in
      if create.ifNotExists, let known = try sameCustodian(definitions, in: change.catalog) {
        return (known, false)
      }
      let custodian = try change.createCustodian(
        name: name, note: note, identities: definitions, reason: reason.reason)
      return (custodian, true)
    }
    var due: DuePreview?
    if !definitions.isEmpty {
      let found = try DuePreview(
        of: [], by: { [try make($0).0] }, as: .current(Self.self), store: global.openForReading(),
        output: output)
      if !create.change.dryRun, found.count > 0 {
        try consent.confirm(
          "create the custodian '\(name)'\(found.clause)", name: name, noInput: global.noInput)
      }
      due = found
    }
    let (custodian, isNew) = try global.change(create.change, by: Self.self) { change in
      guard let due else { return try make(change) }
      return try due.make(in: change) { change in
        let made = try make(change)
        return ([made.0], made)
      }
    }
    try output.print(
      ChangeRecord(
        .create, "custodian", id: custodian.id.text, name: custodian.name,
        isDryRun: create.change.dryRun, counts: isNew ? .init(added: 1) : .init(already: 1),
        details: due?.details ?? []),
      schema: Self.schemaName)
  }

  /// Somebody of that name and note who bears all the identities; nil where nobody has the name.
  private func sameCustodian(
    _ definitions: [IdentityDefinition], in catalog: Catalog
  ) throws -> Custodian? {
    let namesakes = try catalog.custodians().filter { $0.name == name }
    let same = try namesakes.first { custodian in
      guard custodian.note == note else { return false }
      let known = try catalog.identities(of: custodian)
      return definitions.allSatisfy { definition in
        known.contains { $0.kind == definition.kind && $0.value == definition.value }
      }
    }
    guard same == nil, !namesakes.isEmpty else { return same }
    throw CommandFailure(
      .exists, "there is a custodian called \(name) with another note or other identities",
      whatToDo: "leave out --if-not-exists to make another person of that name",
      objects: namesakes.map(\.id.text))
  }
}
