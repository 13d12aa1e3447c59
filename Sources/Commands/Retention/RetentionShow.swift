// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Retention
package import Store

/// Shows one plan.
struct RetentionShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show one plan, or the conversations that it lists.",
    discussion: discussion(
      """
      Tells the counts, what each policy and label decides and what each hold and review \
      set keeps. With --conversations it lists what the plan lists, after its digest was checked, and marks what is due \
      earlier than by the groups that its custodian was in before they last changed; with --results what \
      runs of it did with each, why they left some, and what keeps these.
      """,
      statuses: .reading + [.notFound]))

  @Argument(help: "The plan, by id.") var plan: String
  @Flag(help: "List the conversations.") var conversations = false
  @Flag(help: "List what the last run did with each conversation, and why.") var results = false
  @OptionGroup(title: "Output") var list: ListOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws {
    if conversations, results {
      throw ValidationError("give one of --conversations and --results")
    }
  }

  func run() throws {
    let output = try global.output(list)
    if results {
      var printer = try ListPrinter<DispositionResult>(output, schema: Self.schemaName)
      try printer.print(global.read { try $0.results(of: $0.plan(plan)) })
      return
    }
    guard conversations else {
      let summary = try global.read { catalog in
        let plan = try catalog.plan(plan)
        return PlanSummary(
          plan: plan, isStale: try catalog.isStale(plan), totals: try catalog.totals(of: plan))
      }
      try output.print(summary, schema: Self.schemaName)
      return
    }
    var printer = try ListPrinter<PlanEntry>(output, schema: Self.schemaName)
    try global.read { catalog in
      let plan = try catalog.plan(plan)
      try catalog.verifyEntries(of: plan)
      var last: ObjectID?
      while true {
        let entries = try catalog.entries(of: plan, after: last, limit: 5000)
        for entry in entries { try printer.append(entry) }
        guard let end = entries.last else { return }
        last = end.id
      }
    }
    try printer.finish()
  }
}

extension PlanEntry: Displayable {
  package static var recordType: String { "plan_entry" }
  package static var plural: String { "conversations" }
  package static var fields: [Field<PlanEntry>] {
    [
      Field("conversation", heading: "Conversation") { .text($0.id.text) },
      Field("state", heading: "State") { .text($0.state.rawValue) },
      Field("purge_at", heading: "Due") { .time($0.purgeAt) },
      Field("nearer", heading: "Nearer by group") { .boolean($0.formerPurgeAt != nil) },
      Field("former_purge_at") { FieldValue($0.formerPurgeAt?.instant) },
      Field("deciding", heading: "Decided by") { FieldValue($0.deciding.map(\.text)) },
      Field("items", heading: "Items") { FieldValue($0.itemCount) },
      Field("bytes", heading: "Bytes") { .byteCount($0.byteCount) },
    ]
  }

  package var identifier: String { id.text }
}

extension DispositionResult: Displayable {
  package static var recordType: String { "disposition" }
  package static var plural: String { "results" }
  package static var fields: [Field<DispositionResult>] {
    [
      Field("conversation", heading: "Conversation") { .text($0.conversation.text) },
      Field("outcome", heading: "Outcome") { .text($0.outcome.rawValue) },
      Field("because", heading: "Because") { .text($0.because) },
      Field("objects", heading: "Kept by") { FieldValue($0.objects.map(\.text)) },
      Field("at_source") { FieldValue($0.atSource?.rawValue) },
      Field("at_source_because") { FieldValue($0.atSource == nil ? nil : $0.atSourceBecause) },
    ]
  }

  package var identifier: String { conversation.text }
}
