// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Bytes
import Model
import Store

/// Where a set stands.
struct DisplayedReviewReport: Displayable {
  static let recordType = "review_report"
  static let plural = "review reports"

  var set: DisplayedReviewSet
  var coded: Int
  var uncoded: Int
  var loads: [Reconciliation]
  var reviewers: [ReviewerCount]
  var redactions: Int
  var analysis: ReviewAnalysis?
  var duplicates: (global: Int, custodial: Int, contained: Int)
  var samples: [ReviewSample]
  var identifier: String { self.set.identifier }

  init(_ set: ReviewSet, in catalog: Catalog) throws {
    self.set = try DisplayedReviewSet(showing: set, in: catalog)
    (coded, uncoded) = try catalog.codedCounts(of: set)
    loads = try catalog.reconciliations(of: set)
    reviewers = try catalog.reviewers(of: set)
    redactions = try catalog.redactionCount(of: set)
    analysis = try catalog.analysis(of: set)
    duplicates = try catalog.duplicateCounts(of: set)
    samples = try catalog.samples(of: set)
  }

  static let fields: [Field<DisplayedReviewReport>] = [
    Field("id") { FieldValue($0.set.reviewSet.id) },
    Field("name") { .text($0.set.reviewSet.name) },
    Field("case") { .text($0.set.reviewSet.matter.name) },
    Field("items") { FieldValue($0.set.items) },
    Field("context") { FieldValue($0.set.context) },
    Field("removed") { FieldValue($0.set.removed) },
    Field("coded") { FieldValue($0.coded) },
    Field("uncoded") { FieldValue($0.uncoded) },
    Field("tags") { row in
      .list(
        row.set.tags.map { entry in
          .told(
            "\(entry.tag.group): \(entry.tag.name) \(entry.count)",
            .object([
              .init("group", .text(entry.tag.group)), .init("name", .text(entry.tag.name)),
              .init("items", FieldValue(entry.count)),
            ]))
        })
    },
    Field("loads") { .list($0.loads.map(\.value)) },
    Field("reviewers") { row in
      .list(
        row.reviewers.map { reviewer in
          .object([
            .init("account", .text(reviewer.account)),
            .init("codings", FieldValue(reviewer.codings)),
            .init("changed", FieldValue(reviewer.changed)), .init("last", .time(reviewer.last)),
          ])
        })
    },
    Field("redactions") { FieldValue($0.redactions) },
    Field("analyzed") { FieldValue($0.analysis?.created) },
    Field("duplicates") { FieldValue($0.analysis == nil ? nil : $0.duplicates.global) },
    Field("duplicates_within_custodian") {
      FieldValue($0.analysis == nil ? nil : $0.duplicates.custodial)
    },
    Field("contained") { FieldValue($0.analysis == nil ? nil : $0.duplicates.contained) },
    Field("samples") { row in
      .list(
        row.samples.map { sample in
          .object([
            .init("name", .text(sample.name)), .init("size", FieldValue(sample.size)),
            .init("population", FieldValue(sample.population)), .init("seed", .text(sample.seed)),
            .init("population_sha256", .text(sample.populationDigest.hexadecimal)),
          ])
        })
    },
  ]
}

extension Reconciliation {
  /// As a record; people read it as a sentence.
  fileprivate var value: FieldValue {
    let sentence =
      "\(load.number): estimated \(estimate.map(String.init) ?? "-"), selected \(selected), "
      + "new \(load.itemCount), already \(load.alreadyCount), removed \(removed), in the set \(present)"
    return .told(
      sentence,
      .object([
        .init("number", FieldValue(load.number)), .init("load", FieldValue(load.id)),
        .init("query", .text(load.query)), .init("created", .time(load.created)),
        .init("account", .text(load.account)), .init("estimate", FieldValue(estimate)),
        .init("estimated", FieldValue(estimated)), .init("selected", FieldValue(selected)),
        .init("difference", FieldValue(difference)), .init("new", FieldValue(load.itemCount)),
        .init("already", FieldValue(load.alreadyCount)),
        .init("context", FieldValue(load.contextCount)), .init("removed", FieldValue(removed)),
        .init("present", FieldValue(present)),
      ]))
  }
}

/// Reports where a set stands.
struct ReviewReport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Report where a review set stands, from estimate to set.",
    discussion: discussion(
      """
      Counts of items, codings and reviewers, and for each load how many items the last search of the \
      case for the same question found before it, how many the load selected, how many of these were \
      new, were in the set already, were removed since, and are in it. A difference between estimate \
      and selection is what was captured or removed between the two.
      """,
      examples: ["custody review report 'First look'"],
      statuses: [.notFound, .ambiguous] + .reading))

  @Argument(help: "The review set, by id or name.") var set: String
  @OptionGroup var fieldOptions: FieldOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output(fieldOptions)
    let report = try global.read { try DisplayedReviewReport($0.reviewSet(set), in: $0) }
    try output.print(report, schema: Self.schemaName)
  }
}
