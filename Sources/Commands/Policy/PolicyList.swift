// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Lists policies and labels.
struct PolicyList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List policies and labels, the oldest first.",
    discussion: discussion(
      "The order is the one in which rules set labels.",
      examples: ["custody policy list --mode on"], statuses: .reading))

  @Option(help: "Only those of this kind.") var kind: PolicyKind?
  @Option(help: "Only those in this mode.") var mode: PolicyMode?
  @OptionGroup(title: "Output") var list: ListOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    var printer = try ListPrinter<PolicyRecord>(global.output(list), schema: Self.schemaName)
    let policies = try global.read { try $0.policies() }
    try printer.print(
      policies.filter {
        (kind == nil || $0.kind == kind) && (mode == nil || $0.definition.mode == mode)
      })
  }
}
