// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Shows one policy or label.
struct PolicyShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show one policy or label with all its versions.",
    discussion: discussion(
      "A deleted one is shown by its id.", examples: ["custody policy show sales"],
      statuses: .reading + [.notFound, .ambiguous]))

  @Argument(help: "The policy or label, by id or name.") var policy: String
  @OptionGroup(title: "Output") var fields: FieldOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let details = try global.read { catalog in
      let policy = try catalog.policy(policy)
      return PolicyDetails(policy: policy, labelCount: try catalog.labelCount(of: policy))
    }
    try global.output(fields).print(details, schema: Self.schemaName)
  }
}
