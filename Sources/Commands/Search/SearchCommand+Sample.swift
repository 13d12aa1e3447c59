// SPDX-License-Identifier: Apache-2.0
import Actions
import Bytes
import Model
import Query
import Review
import Store

extension SearchCommand {
  /// Draws a sample, and prints it or what its coding tells (export-formats section 13).
  ///
  /// A population that is not known whole has no sample: nothing is printed then.
  func printSample(_ run: SearchRun) throws -> SearchRun.Outcome {
    let seed = sample.seed ?? newSeed()
    let node =
      sample.isOfRest
      ? QueryNode.and([
        run.question.scopeNode, .not(run.question.query?.node ?? .all),
      ]) : run.question.node
    var sampler = Sampler<ItemReference>(size: sample.size, seed: seed)
    do {
      try run.searcher.forEachReference(node, readsAhead: true) { item in
        sampler.offer(item.id.text, item)
        return true
      }
    } catch let error as StoreError where error.code == .limit {
      return SearchRun.Outcome(items: 0, isIncomplete: true)
    }
    let facts = SampleFacts(
      seed: seed, isOfRest: sample.isOfRest, sampler: sampler, confidence: sample.level)
    if let expected = sample.population, expected.lowercased() != facts.populationDigest {
      throw CommandFailure(
        .stale, "the population is no longer the one that was named",
        why: "its digest is \(facts.populationDigest), of \(facts.population) items",
        whatToDo: "draw a new sample and code it, or ask a store that has not changed")
    }
    try record(facts, run)
    if let relevant = sample.relevant {
      try run.output.print(
        SampleEstimate(facts, relevant: relevant, found: sample.found), schema: "search-estimate")
    } else {
      try printItems(of: sampler, node, facts, run)
    }
    return SearchRun.Outcome(items: facts.population, isIncomplete: false)
  }

  private func record(_ facts: SampleFacts, _ run: SearchRun) throws {
    guard run.matter != nil else { return }
    let counts = try run.searcher.counts(run.question.node, scope: run.question.scopeNode)
    try run.record(
      run.question.definition, counts,
      details: [
        "sample": [
          "of": .string(facts.of), "seed": .string(facts.seed),
          "algorithm": .string(facts.algorithm), "population": JSONValue(facts.population),
          "population_sha256": .string(facts.populationDigest), "size": JSONValue(facts.size),
          "relevant": sample.relevant.map { JSONValue($0) } ?? .null,
        ]
      ])
  }

  /// Prints the items in the order in which they were drawn.
  private func printItems(
    of sampler: Sampler<ItemReference>, _ node: QueryNode, _ facts: SampleFacts, _ run: SearchRun
  ) throws {
    let snippet = Snippet(sample.isOfRest ? .all : run.question.query?.node ?? .all)
    var output = run.output
    // A sample is small and wanted whole.
    output.limit = output.limit ?? max(1, facts.size)
    if output.format == .human, !output.printsIDsOnly {
      try output.console.output.write(labelledLines(facts.lines) + "\n")
    } else {
      output.note(facts.sentence)
    }
    if output.format == .json, !output.printsIDsOnly {
      return try printDocument(sampler, snippet, facts, run)
    }
    var printer = try ListPrinter<DisplayedHit>(
      output, schema: "search-sample", manifest: facts.members)
    for item in sampler.sample {
      let hit = try run.searcher.hit(at: item.place)
      try printer.append(DisplayedHit(hit: hit, snippet: snippet.text(of: hit)))
    }
    let (partial, isWhole) =
      try output.tellsPartial
      ? run.searcher.partialCount(run.question.scopeNode) : (count: 0, isWhole: true)
    try printer.finish(incomplete: !isWhole, partial: partial)
  }

  private func printDocument(
    _ sampler: Sampler<ItemReference>, _ snippet: Snippet, _ facts: SampleFacts, _ run: SearchRun
  ) throws {
    let fields =
      try run.output.fieldNames.map { try DisplayedHit.fields(named: $0) }
      ?? DisplayedHit.fields
    let items = try sampler.sample.map { item -> FieldValue in
      let hit = try run.searcher.hit(at: item.place)
      let displayed = DisplayedHit(hit: hit, snippet: snippet.text(of: hit))
      return .object(fields.map { .init($0.name, $0.value(displayed)) })
    }
    var bytes: [UInt8] = []
    bytes.appendJSON(
      [.init("type", .text("sample"))] + facts.members + [.init("items", .list(items))])
    try run.output.console.output.write(bytes + [0x0A])
    try run.output.console.output.flush()
  }
}

/// How a sample was drawn, and what it supports before it is coded.
struct SampleFacts {
  var seed: String
  var isOfRest: Bool
  /// Items that it was drawn from.
  var population: Int
  var populationDigest: String
  var size: Int
  var confidence: Confidence
  var algorithm: String { Sampler<ItemReference>.algorithm }
  var of: String { isOfRest ? "rest" : "matches" }

  init(
    seed: String, isOfRest: Bool, sampler: Sampler<ItemReference>, confidence: Confidence
  ) {
    self.seed = seed
    self.isOfRest = isOfRest
    population = sampler.populationCount
    populationDigest = sampler.populationDigest.hexadecimal
    size = sampler.sample.count
    self.confidence = confidence
  }

  /// Half the width of the interval where half of the population is relevant, the widest one.
  var margin: Double { confidence.widestMargin(ofSample: size, from: population) }
  /// The one-sided upper bound if nothing in the sample is relevant; nil without a sample.
  var boundWithoutHits: Double? {
    size > 0 ? Proportion.upperBoundWithoutHits(size, confidence) : nil
  }

  var members: [FieldValue.Member] {
    [
      .init("of", .text(of)), .init("unit", .text("item")), .init("seed", .text(seed)),
      .init("algorithm", .text(algorithm)), .init("population", FieldValue(population)),
      .init("population_sha256", .text(populationDigest)), .init("size", FieldValue(size)),
      .init("confidence", .real(confidence.level)), .init("widest_margin", .real(margin)),
      .init(
        "upper_bound_without_hits", boundWithoutHits.map { .real($0) } ?? .missing),
    ]
  }

  var lines: [(label: String, value: FieldValue)] {
    members.map { member in
      let label = member.name.split(separator: "_").joined(separator: " ")
      guard case .real(let value) = member.value else { return (label, member.value) }
      return (label, .text(decimal(value)))
    }
  }

  var sentence: String {
    "sample of \(size) of \(population) items, seed \(seed), population \(populationDigest)"
  }
}

/// What the coding of a sample tells.
struct SampleEstimate: Displayable {
  static let recordType = "estimate"
  static let plural = "estimates"

  let facts: SampleFacts
  let proportion: Proportion
  /// Of what a query left behind; nil for a sample of what it matched.
  let elusion: Elusion?
  let found: Int?

  /// Takes the coding of a sample.
  ///
  /// - Throws: ``CommandFailure`` with status 2 when more items are relevant than were drawn.
  init(_ facts: SampleFacts, relevant: Int, found: Int?) throws {
    guard facts.size > 0 else {
      throw CommandFailure.usage("there is nothing to sample, so nothing can be estimated")
    }
    guard let proportion = Proportion(hits: relevant, size: facts.size) else {
      throw CommandFailure.usage(
        "--relevant \(relevant) is more than the sample has", why: "it has \(facts.size) items",
        whatToDo: "give the number of relevant items among them")
    }
    self.facts = facts
    self.proportion = proportion
    self.found = found
    elusion = facts.isOfRest ? Elusion(proportion, population: facts.population) : nil
  }

  var identifier: String { facts.populationDigest }

  static var fields: [Field<SampleEstimate>] {
    SampleFacts.names.map { name in
      Field(name) { estimate in
        estimate.facts.members.first { $0.name == name }?.value.rounded ?? .missing
      }
    } + [
      Field("relevant") { FieldValue($0.proportion.hits) },
      // What the share is called depends on what was sampled.
      Field("proportion_is") { .text($0.elusion == nil ? "precision" : "elusion") },
      Field("proportion") { FieldValue.real($0.proportion.value).rounded },
      Field("clopper_pearson") { $0.interval($0.exact) },
      Field("wilson") { $0.interval($0.wilson) },
      Field("missed") { ($0.elusion?.missed).map { FieldValue.real($0).rounded } ?? .missing },
      Field("missed_exact") { estimate in
        estimate.elusion.map { elusion in
          let bounds = elusion.missedBounds(estimate.facts.confidence)
          return .told(
            "\(bounds.lowerBound) to \(bounds.upperBound)",
            .object([
              .init("lower", FieldValue(bounds.lowerBound)),
              .init("upper", FieldValue(bounds.upperBound)),
            ]))
        } ?? .missing
      },
      Field("found") { FieldValue($0.found) },
      Field("recall") { $0.recall.map { FieldValue.real($0).rounded } ?? .missing },
      Field("recall_clopper_pearson") { $0.recallInterval($0.exact) },
      Field("recall_wilson") { $0.recallInterval($0.wilson) },
      Field("note") { .text($0.note) },
    ]
  }

  private var exact: Bounds { proportion.clopperPearson(facts.confidence) }
  private var wilson: Bounds { proportion.wilson(facts.confidence) }
  private var recall: Double? {
    found.flatMap { elusion?.recall(found: $0, rate: proportion.value) }
  }

  private func interval(_ bounds: Bounds) -> FieldValue {
    .told(
      "\(decimal(bounds.lower)) to \(decimal(bounds.upper))",
      .object([.init("lower", .real(bounds.lower)), .init("upper", .real(bounds.upper))]))
  }

  private func recallInterval(_ rate: Bounds) -> FieldValue {
    guard let found, let bounds = elusion?.recallBounds(found: found, rate) else {
      return .missing
    }
    return interval(bounds)
  }

  private var note: String {
    let trust = "the estimate trusts the codings; what was coded relevant later counts as not found"
    return elusion == nil ? trust : "recall from elusion rests on a sample: " + trust
  }
}

extension SampleFacts {
  fileprivate static let names = [
    "of", "unit", "seed", "algorithm", "population", "population_sha256", "size", "confidence",
  ]
}

extension FieldValue {
  /// A number that people see with six decimals.
  fileprivate var rounded: FieldValue {
    guard case .real(let value) = self else { return self }
    return .told(decimal(value), self)
  }
}

/// Six decimals, without those that are 0 at the end.
private func decimal(_ value: Double) -> String {
  let millionths = Int64((value * 1_000_000).rounded())
  let fraction = String(millionths % 1_000_000 + 1_000_000).dropFirst()
  let kept = fraction.reversed().drop { $0 == "0" }.reversed()
  return String(millionths / 1_000_000) + (kept.isEmpty ? "" : "." + String(kept))
}
