// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Shows one custodian.
struct CustodianShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show one custodian with identities, cases and holds.",
    discussion: discussion(
      "A person is named by id, name, e-mail address, user id or account id.",
      examples: ["custody custodian show ada@example.org"],
      statuses: .reading + [.notFound, .ambiguous]))

  @Argument(help: "The custodian, by id, name or identity.") var custodian: String
  @OptionGroup(title: "Output") var fields: FieldOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let details = try global.read { catalog in
      try CustodianDetails(try catalog.custodian(custodian), in: catalog)
    }
    try global.output(fields).print(details, schema: Self.schemaName)
  }
}
