// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
import Model
import Retention
import Store

/// Tells why a conversation is still here.
struct WhyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "why",
    abstract: "Tell why a conversation is still here.",
    discussion: discussion(
      """
      Names each hold that protects it, with its case and the reason, decided now on the stored \
      records, and the review sets that keep it. This version deletes nothing.
      """,
      examples: ["custody why conv_djux6z3lkz64q6iybmzhcrixyw"],
      statuses: [.notFound, .ambiguous] + .reading))

  @Argument(help: "The conversation, by our id or the source's.") var id: String
  @OptionGroup var fieldOptions: FieldOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(fieldOptions)
    let store = try global.openForReading()
    let (record, sets) = try store.read { catalog in
      let record = try catalog.conversation(written: id)
      return (record, try catalog.reviewSets(keeping: record.key))
    }
    let protections = try HoldCheck(store: store).protections(of: record)
    try output.print(
      Explanation(record: record, protections: protections, sets: sets), schema: Self.schemaName)
  }
}

/// Why a conversation is still here.
struct Explanation: Displayable {
  static let recordType = "explanation"
  static let plural = "explanations"

  var record: ConversationRecord
  var protections: [Protection]
  var sets: [ReviewSet]

  var identifier: String { record.id.text }

  static let fields: [Field<Explanation>] = [
    Field("id") { FieldValue($0.record.id) },
    Field("native_id") { .text($0.record.nativeID) },
    Field("custodian") { .text($0.record.custodian) },
    Field("started") { FieldValue($0.record.started) },
    Field("captured") { FieldValue($0.record.firstCaptured) },
    Field("held") { .boolean(!$0.protections.isEmpty) },
    Field("holds") { explanation in
      .list(
        explanation.protections.map {
          .object([
            .init("hold", .text($0.hold.text)), .init("name", .text($0.holdName)),
            .init("case", .text($0.matterName)), .init("certain", .boolean($0.isCertain)),
            .init("until", FieldValue($0.until)),
            .init("because", .text($0.grounds.map(\.text).joined(separator: "; "))),
          ])
        })
    },
    Field("review_sets") { FieldValue($0.sets.map(\.name)) },
    Field("deleted_by") { _ in
      .text("nothing: no policy deletes in this version")
    },
  ]
}
