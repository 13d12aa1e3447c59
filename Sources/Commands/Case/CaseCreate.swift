// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Opens a case.
struct CaseCreate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create",
    abstract: "Open a case.",
    discussion: discussion(
      "Custodians may be named at once; a name that the directory does not know stops the command.",
      examples: [
        "custody case create smith --description 'Smith v. Example' --custodian ada@example.org"
      ],
      statuses: .changing + [.exists, .notFound, .ambiguous]))

  @Argument(help: "The name of the case, unique in the store.") var name: String
  @Option(help: ArgumentHelp("What it is about.", valueName: "text")) var description = ""
  @OptionGroup(title: "Custodians") var people: CustodianNames
  @OptionGroup var reason: ReasonOption
  @OptionGroup var create: CreateOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(create.change)
    let names = try people.names()
    let (matter, isNew) = try global.change(create.change, by: Self.self) { change in
      let custodians = try change.catalog.custodians(names)
      if create.ifNotExists, let known = try same(custodians, in: change.catalog) {
        return (known, false)
      }
      let matter = try change.createMatter(
        name: name, description: description, reason: reason.reason)
      if !custodians.isEmpty {
        _ = try change.addCustodians(custodians, to: matter, reason: reason.reason)
      }
      return (matter, true)
    }
    try output.print(
      ChangeRecord(
        .create, matter, isDryRun: create.change.dryRun,
        counts: isNew ? .init(added: 1) : .init(already: 1)), schema: Self.schemaName)
  }

  private func same(_ custodians: [Custodian], in catalog: Catalog) throws -> MatterRecord? {
    guard let known = try found({ try catalog.matter("name:" + name) }),
      known.description == description
    else { return nil }
    let present = Set(try catalog.custodians(of: known).map(\.key))
    return present == Set(custodians.map(\.key)) ? known : nil
  }
}

/// Custodians of a case.
struct CustodianNames: ParsableArguments {
  @Option(help: ArgumentHelp("A custodian, by id or name; may be repeated.", valueName: "person"))
  var custodian: [String] = []
  @Option(
    help: ArgumentHelp("A list of custodians, one a line; - reads it.", valueName: "file"),
    completion: .file())
  var custodiansFrom: [String] = []
  @OptionGroup var form: ListFormOptions

  func validate() throws {
    if custodiansFrom.isEmpty, form.isGiven {
      throw ValidationError("-0 and --column are about lists; name one with --custodians-from")
    }
  }

  /// All names, those of lists included.
  func names() throws -> [String] {
    custodian
      + (try custodiansFrom.flatMap { try readNames($0, option: "--custodians-from", form.format) })
  }

  /// Refuses a command line that names nobody.
  func requireSome() throws {
    if custodian.isEmpty, custodiansFrom.isEmpty {
      throw ValidationError("name a custodian with --custodian or --custodians-from")
    }
  }
}
