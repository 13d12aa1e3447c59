// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
import Bytes
import Model
import Review
import Store

/// Draws a sample of a set.
struct ReviewSampleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample",
    abstract: "Draw a sample of the items of a review set, and put it on record.",
    discussion: discussion(
      """
      The same items and seed give the same sample on every machine: of the ids with the smallest \
      HMAC-SHA-256 codes under the seed. The digest of the list that it was drawn from is kept. Items \
      that are context alone are left out. Other commands take its items with --sample.
      """,
      examples: [
        "custody review sample 'First look' --name control --size 2 --seed 2026-03 --all"
      ],
      statuses: [.notFound, .exists, .ambiguous] + .changing))

  @Argument(help: "The review set, by id or name.") var set: String
  @Option(help: "The name of the sample, unique in the set.") var name: String
  @Option(help: "How many items; a smaller population is taken whole.") var size: Int
  @Option(help: "Any text; without it, 128 bits that nobody chose.") var seed: String?
  @OptionGroup(title: "Items") var members: MemberOptions
  @OptionGroup(title: "Query") var language: QueryOptionGroup
  @OptionGroup var zone: ZoneOption
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws {
    try members.requireGiven()
    if size < 1 { throw ValidationError("--size must be 1 or more") }
  }

  func run() throws {
    let output = try global.output(change)
    let store = try global.openForChanges(change)
    let set = try store.read { try $0.reviewSet(self.set) }
    var choice = try members.choice(set, store, language, zone: zone.timezone, output)
    choice.includesContext = false
    let seed = seed ?? newSeed()
    var sampler = Sampler<String>(size: size, seed: seed)
    var ids: [String] = []
    try choice.forEachBatch(of: set, in: store) { ids += $0.map(\.item) }
    // In the order of ids, which any machine can list again.
    for id in ids.sorted() { sampler.offer(id, id) }
    let sample = try global.change(change, by: Self.self) { change in
      try change.createSample(
        name: name, of: set, query: choice.json.canonical, seed: seed,
        algorithm: Sampler<String>.algorithm, population: sampler.populationCount,
        populationDigest: sampler.populationDigest, items: sampler.sample)
    }
    try output.print(
      ChangeRecord(
        .create, "sample", id: sample.id.text, name: sample.name, isDryRun: change.dryRun,
        counts: nil,
        details: [
          .init("size", FieldValue(sample.size)),
          .init("population", FieldValue(sample.population)),
          .init("seed", .text(sample.seed)),
          .init("population_sha256", .text(sample.populationDigest.hexadecimal)),
        ]), schema: Self.schemaName)
  }
}

/// 128 bits that nobody chose, as text.
func newSeed() -> String {
  var generator = SystemRandomNumberGenerator()
  return (0..<2).map { _ in
    let digits = String(generator.next(), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }.joined()
}

/// What a validation found.
struct Validation: Displayable {
  static let recordType = "validation"
  static let plural = "validations"

  var set: ReviewSet
  var sample: ReviewSample?
  var predicted: String
  var actual: String
  var confusion: Confusion
  var confidence: Confidence
  var identifier: String { self.set.id.text }
  /// Items of the sample that the set no longer holds.
  var missing: Int { sample.map { $0.size - confusion.size } ?? 0 }

  static let fields: [Field<Validation>] = [
    Field("set") { FieldValue($0.set.id) },
    Field("sample") { FieldValue($0.sample?.id) },
    Field("population") { FieldValue($0.sample?.population) },
    Field("drawn") { FieldValue($0.sample?.size) },
    Field("missing") { FieldValue($0.sample == nil ? nil : $0.missing) },
    Field("unit") { _ in .text("item") },
    Field("predicted") { .text($0.predicted) }, Field("actual") { .text($0.actual) },
    Field("items") { FieldValue($0.confusion.size) },
    Field("true_positives") { FieldValue($0.confusion.truePositives) },
    Field("false_positives") { FieldValue($0.confusion.falsePositives) },
    Field("false_negatives") { FieldValue($0.confusion.falseNegatives) },
    Field("true_negatives") { FieldValue($0.confusion.trueNegatives) },
    Field("confidence") { .real($0.confidence.level) },
    Field("precision") { $0.rate($0.confusion.precision) },
    Field("recall") { $0.rate($0.confusion.recall) },
    Field("richness") { $0.rate($0.confusion.richness) },
    Field("elusion") { $0.rate($0.confusion.elusion) },
    Field("f1") { rounded($0.confusion.f1) }, Field("kappa") { rounded($0.confusion.kappa) },
  ]

  private func rate(_ proportion: Proportion?) -> FieldValue {
    guard let proportion else { return .missing }
    let exact = proportion.clopperPearson(confidence)
    let wilson = proportion.wilson(confidence)
    return .told(
      "\(sixDecimals(proportion.value)), Clopper-Pearson \(sixDecimals(exact.lower)) to "
        + "\(sixDecimals(exact.upper)), Wilson \(sixDecimals(wilson.lower)) to "
        + "\(sixDecimals(wilson.upper))",
      .object([
        .init("value", .real(proportion.value)), .init("hits", FieldValue(proportion.hits)),
        .init("size", FieldValue(proportion.size)),
        .init("clopper_pearson_lower", .real(exact.lower)),
        .init("clopper_pearson_upper", .real(exact.upper)),
        .init("wilson_lower", .real(wilson.lower)), .init("wilson_upper", .real(wilson.upper)),
      ]))
  }
}

private func rounded(_ value: Double?) -> FieldValue {
  value.map { .told(sixDecimals($0), .real($0)) } ?? .missing
}

private func sixDecimals(_ value: Double) -> String {
  let millionths = Int64((abs(value) * 1_000_000).rounded())
  let fraction = String(millionths % 1_000_000 + 1_000_000).dropFirst()
  return (value < 0 && millionths > 0 ? "-" : "") + String(millionths / 1_000_000) + "." + fraction
}

/// Compares two codings.
struct ReviewValidate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate",
    abstract: "Compare a coding with a second one: precision, recall, elusion, kappa.",
    discussion: discussion(
      """
      Over the items of a sample that are still in the set, or of the whole set, context left out: the \
      tag of the one coding against the tag of the other that is taken for the truth. What got the \
      examined tag after the sample was drawn counts as not found. Where items of the sample are no \
      longer in the set, the command says how many and ends with status 3. Intervals are exact \
      (Clopper and Pearson) and Wilson's, two-sided.
      """,
      examples: [
        "custody review validate 'First look' --predicted Responsive --actual 'Checked responsive' --sample control"
      ],
      statuses: [.notFound, .ambiguous, .partial] + .reading))

  @Argument(help: "The review set, by id or name.") var set: String
  @Option(help: ArgumentHelp("The tag whose setting is examined.", valueName: "tag"))
  var predicted: String
  @Option(help: ArgumentHelp("The tag that is taken for the truth.", valueName: "tag"))
  var actual: String
  @Option(help: ArgumentHelp("Only the items of this sample.", valueName: "name"))
  var sample: String?
  @Option(help: "How often an interval covers the truth, such as 0.95.")
  var confidence = 0.95
  @OptionGroup var fieldOptions: FieldOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws {
    if Confidence(level: confidence) == nil {
      throw ValidationError("--confidence must lie between 0.5 and 1")
    }
  }

  func run() throws {
    let output = try global.output(fieldOptions)
    let result = try global.read { catalog in
      let set = try catalog.reviewSet(self.set)
      let predicted = try catalog.tag(self.predicted, of: set)
      let actual = try catalog.tag(self.actual, of: set)
      let sample = try self.sample.map { try catalog.sample($0, of: set) }
      let wanted = try sample.map { Swift.Set(try catalog.items(of: $0)) }
      var confusion = Confusion()
      try catalog.forEachItem(of: set) { item in
        guard !item.isContext, wanted?.contains(item.item) ?? true else { return }
        confusion.add(
          isPredicted: try catalog.bears(item, of: set, predicted, by: sample?.created),
          isActual: try catalog.bears(item, of: set, actual, by: nil))
      }
      return Validation(
        set: set, sample: sample, predicted: predicted.name, actual: actual.name,
        confusion: confusion, confidence: Confidence(level: confidence) ?? .usual)
    }
    try output.print(result, schema: Self.schemaName)
    if result.missing > 0 {
      throw CommandFailure(
        .partial,
        result.missing == 1
          ? "1 item of the sample is no longer in the set and does not count"
          : "\(result.missing) items of the sample are no longer in the set and do not count",
        why: "rates without them may be better than the coding is",
        whatToDo: "put them back with custody review undo, or draw a new sample")
    }
  }
}
