// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
package import Store

/// Lists which conversations bear a label.
struct LabelList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the conversations that bear a label.",
    discussion: discussion(
      "Without a name, those of all labels, by conversation.",
      examples: ["custody label list"], statuses: .reading + [.notFound, .ambiguous]))

  @Argument(help: "The label, by id or name.") var label: String?
  @OptionGroup(title: "Output") var list: ListOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    var printer = try ListPrinter<LabelAssignment>(global.output(list), schema: Self.schemaName)
    try global.read { catalog in
      let policy = try label.map { try catalog.policy($0) }
      try catalog.forEachLabel(of: policy) { try printer.append($0) }
    }
    try printer.finish()
  }
}

extension LabelAssignment: Displayable {
  package static var recordType: String { "label" }
  package static var plural: String { "labelled conversations" }
  package static var fields: [Field<LabelAssignment>] {
    [
      Field("conversation", heading: "Conversation") { .text($0.conversation.text) },
      Field("label", heading: "Label") { .text($0.name) },
      Field("label_id") { .text($0.policy.text) },
      Field("since", heading: "Since") { .time($0.since) },
      Field("by_rule", heading: "By rule") { .boolean($0.isByRule) },
      Field("reason", heading: "Reason") { .text($0.reason) },
      Field("account") { .text($0.account) },
    ]
  }

  package var identifier: String { conversation.text }
}
