// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Approves conversations of a plan.
struct RetentionApprove: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "approve",
    abstract: "Approve that conversations of a plan may go.",
    discussion: discussion(
      """
      What a policy with a review lets go is removed only after a person approved it in that plan, \
      with a reason. Without names, all conversations of the plan that wait are approved. Where the \
      store asks for a second person (custody retention update), every conversation needs the \
      approval of somebody who did not make the plan.
      """,
      examples: [
        "custody retention approve PLAN --reason 'read and of no use' --dry-run",
        "custody retention approve PLAN --reason 'read and of no use'",
      ], statuses: .changing + [.notFound, .ambiguous, .denied, .stale]))

  @Argument(help: "The plan, by id.") var plan: String
  @Option(
    help: ArgumentHelp("Only this conversation, by our id or the source's.", valueName: "id"))
  var conversation: [String] = []
  @OptionGroup var list: IDListOptions
  @Option(help: ArgumentHelp("Why they may go; needed.", valueName: "text")) var reason: String
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws {
    if reason.allSatisfy(\.isWhitespace) { throw ValidationError("an approval needs a --reason") }
    if conversation.contains(where: { $0.allSatisfy(\.isWhitespace) }) {
      throw ValidationError("--conversation names nothing")
    }
  }

  func run() throws {
    let output = try global.output(change)
    let names = try conversation + list.ids()
    let (found, counts) = try global.change(change, by: Self.self) { change in
      let found = try change.catalog.plan(plan)
      let ids = names.isEmpty ? nil : try conversations(names, change.catalog)
      return (found, try change.approve(found, conversations: ids, reason: reason))
    }
    try output.print(
      ChangeRecord(
        .approve, "plan", id: found.id.text, isDryRun: change.dryRun,
        counts: .init(added: counts.added, already: counts.already)), schema: Self.schemaName)
  }

  private func conversations(_ names: [String], _ catalog: Catalog) throws -> [ObjectID] {
    var ids: [ObjectID] = []
    var unknown: [String] = []
    for name in names {
      do {
        ids.append(try catalog.conversation(written: name).id)
      } catch let error as StoreError where error.code == .notFound {
        unknown.append(name)
      }
    }
    guard unknown.isEmpty else {
      throw CommandFailure(
        .notFound, "\(unknown.count) of the conversations are not in the store", objects: unknown)
    }
    return ids
  }
}
