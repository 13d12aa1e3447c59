// SPDX-License-Identifier: Apache-2.0
import Actions
import Bytes
import Model
import Query
import Store

/// What is told of a query before it is asked.
struct ExplainedQuery: Displayable {
  static let recordType = "explanation"
  static let plural = "explanations"

  /// A person or model that the query names.
  fileprivate struct Identity {
    var property: Property
    var match: IdentityMatch
    var people: [(custodian: Custodian, identities: [CustodianIdentity])]
  }

  private var text: String
  private var dialect: QueryDialect
  private var zone: String
  private var compiled: CompiledQuery?
  private var diagnostics: [Diagnostic]
  private var scope: Scope?
  private var interval = TimeInterval()
  private var identities: [Identity] = []
  private var partitions: [PartitionExplanation] = []
  /// The clock that relative dates were counted from.
  var clock: Instant?

  /// Explains a query that can be read.
  init(_ question: Question, in store: Store) throws {
    compiled = question.query
    text = question.query?.text ?? ""
    dialect = question.query?.dialect ?? .keyql
    zone = question.zone
    diagnostics = question.query?.diagnostics ?? []
    scope = question.scope
    interval = question.interval
    identities = try store.read { catalog in
      try (question.query?.identities ?? []).map { named in
        let people = try named.match.custodians.map { id in
          let custodian = try catalog.custodian("id:" + id)
          return (custodian, try catalog.identities(of: custodian))
        }
        return Identity(property: named.property, match: named.match, people: people)
      }
    }
    partitions = try Searcher(store).explanation(of: question.node)
  }

  /// Explains a query that cannot be read.
  init(_ refusal: QueryRefusal, dialect: QueryDialect, zone: String) {
    text = refusal.text
    self.dialect = dialect
    self.zone = zone
    diagnostics = refusal.diagnostics
  }

  var identifier: String { text }

  /// Prints it; for people the remarks come first, each with its place.
  func print(_ output: OutputSettings, schema: String) throws {
    if output.format == .human, output.fieldNames == nil, !output.printsIDsOnly {
      for diagnostic in diagnostics {
        // A message may quote a character of the query.
        for line in diagnostic.lines(in: text) {
          try output.console.output.write(line.escapedForTerminal() + "\n")
        }
      }
    }
    try output.print(self, schema: schema)
  }

  static var fields: [Field<ExplainedQuery>] {
    [
      Field("query", heading: "query") { .text($0.text) },
      Field("dialect", heading: "dialect") { .text($0.dialect.rawValue) },
      Field("valid") { .boolean($0.compiled != nil) },
      Field("normal_form", heading: "normal form") { FieldValue($0.compiled?.normalForm) },
      Field("timezone", heading: "time zone") { .text($0.zone) },
      Field("as_of", heading: "as of") { FieldValue($0.clock) },
      Field("scope", heading: "scope") { $0.scopeValue },
      Field("interval", heading: "interval") { $0.intervalValue },
      Field("dates", heading: "dates") { .list($0.dates) },
      Field("identities", heading: "identities") { .list($0.identities.map(\.value)) },
      Field("rows", heading: "rows") { .list($0.rows) },
      Field("tree", heading: "tree") { $0.tree },
      // People have them above, each with its place.
      Field("diagnostics") { .told("", .list($0.diagnostics.map(\.fieldValue))) },
      Field("plan", heading: "plan") { .list($0.partitions.map(\.value)) },
      Field("reads", heading: "reads") { $0.reads },
    ]
  }

  // MARK: - Values

  private var scopeValue: FieldValue {
    guard let scope else { return .missing }
    let parts: [(String, [String])] = [
      ("custodian", scope.custodians), ("project", scope.projects), ("source", scope.sources),
    ]
    let told =
      scope.everyone
      ? "everything"
      : parts.flatMap { part in part.1.map { part.0 + " " + $0 } }.joined(separator: ", ")
    return .told(
      told,
      .object([
        .init("everyone", .boolean(scope.everyone)),
        .init("custodians", FieldValue(scope.custodians)),
        .init("projects", FieldValue(scope.projects)),
        .init("sources", FieldValue(scope.sources)),
      ]))
  }

  private var intervalValue: FieldValue {
    guard compiled != nil else { return .missing }
    let told = interval == TimeInterval() ? "" : interval.told
    return .told(
      told,
      .object([
        .init("since", FieldValue(interval.since)), .init("before", FieldValue(interval.before)),
      ]))
  }

  private var dates: [FieldValue] {
    (compiled?.intervals ?? []).map { date in
      .told(
        "\(date.text) is \(date.interval.told)" + (date.isRelative ? ", counted from now" : ""),
        .object([
          .init("property", .text(date.property.rawValue)), .init("text", .text(date.text)),
          .init("since", FieldValue(date.interval.since)),
          .init("before", FieldValue(date.interval.before)),
          .init("relative", .boolean(date.isRelative)),
        ]))
    }
  }

  private var rows: [FieldValue] {
    let rows = compiled?.rows ?? []
    guard rows.count > 1 else { return [] }
    return rows.enumerated().map { index, row in
      let form = NormalForm.text(of: row.node)
      return .told(
        "\(index + 1). \(row.text): \(form)",
        .object([
          .init("row", FieldValue(index + 1)), .init("text", .text(row.text)),
          .init("normal_form", .text(form)),
        ]))
    }
  }

  private var tree: FieldValue {
    guard let node = compiled?.node else { return .missing }
    let json = node.json
    return .told(json.canonical, FieldValue(json))
  }

  private var reads: FieldValue {
    guard compiled != nil else { return .missing }
    let read = partitions.filter { !$0.isSkipped }
    let candidates = read.reduce(0) { $0 + $1.candidateRows }
    let evaluated = read.reduce(0) { $0 + $1.evaluatedRows }
    let bytes = read.reduce(0) { $0 + $1.fileByteCount }
    let all = partitions.reduce(0) { $0 + $1.rows }
    return .told(
      "\(read.count) of \(partitions.count) partitions (\(byteCountWithUnit(bytes))), "
        + "\(candidates) of \(all) rows, the texts of \(evaluated)",
      .object([
        .init("partitions", FieldValue(read.count)),
        .init("partitions_skipped", FieldValue(partitions.count - read.count)),
        .init("rows_in_store", FieldValue(all)), .init("rows", FieldValue(candidates)),
        .init("rows_evaluated", FieldValue(evaluated)), .init("bytes", .byteCount(bytes)),
      ]))
  }
}

extension ExplainedQuery.Identity {
  fileprivate var value: FieldValue {
    let persons = people.map { person -> FieldValue in
      .object([
        .init("id", .text(person.custodian.id.text)), .init("name", .text(person.custodian.name)),
        .init(
          "identities",
          .list(
            person.identities.map { identity in
              .object([
                .init("kind", .text(identity.kind.rawValue)),
                .init("value", .text(identity.value)),
                .init("since", FieldValue(identity.valid.since)),
                .init("before", FieldValue(identity.valid.before)),
              ])
            })),
      ])
    }
    let told = people.map { person in
      "\(person.custodian.name) (\(person.custodian.id)): "
        + person.identities.map(\.value).joined(separator: ", ")
    }
    return .told(
      "\(property.rawValue):\(match.writtenValue) is "
        + (told.isEmpty ? "matched as written" : told.joined(separator: "; ")),
      .object([
        .init("property", .text(property.rawValue)), .init("text", .text(match.writtenValue)),
        .init("literal", .boolean(people.isEmpty)), .init("persons", .list(persons)),
      ]))
  }
}

extension PartitionExplanation {
  fileprivate var value: FieldValue {
    let reasons = evaluated.map { part -> FieldValue in
      .object([
        .init("query", .text(NormalForm.text(of: part.node))), .init("reason", .text(part.reason)),
      ])
    }
    let value = FieldValue.object([
      .init("partition", FieldValue(number)), .init("skipped", .boolean(isSkipped)),
      .init("index", .text(upper)), .init("index_certain", .text(lower)),
      .init("columns", FieldValue(conditions)), .init("evaluated", .list(reasons)),
      .init("first_entry", entries.map { .integer($0.lowerBound) } ?? .missing),
      .init("last_entry", entries.map { .integer($0.upperBound) } ?? .missing),
      .init("rows_in_partition", FieldValue(rows)), .init("rows", FieldValue(candidateRows)),
      .init("rows_evaluated", FieldValue(evaluatedRows)), .init("bytes", .byteCount(fileByteCount)),
    ])
    return .told(sentence, value)
  }

  private var sentence: String {
    guard !isSkipped else { return "partition \(number): not read, nothing of it can match" }
    var parts = ["partition \(number): index \(upper)"]
    if lower != upper, !evaluated.isEmpty { parts.append("certain where \(lower)") }
    if let entries { parts.append("entries \(entries.lowerBound) to \(entries.upperBound)") }
    if !conditions.isEmpty { parts.append("columns " + conditions.joined(separator: " and ")) }
    for part in evaluated {
      parts.append("texts decide \(NormalForm.text(of: part.node)), as \(part.reason)")
    }
    parts.append(
      "\(candidateRows) \(candidateRows == 1 ? "row" : "rows"), \(evaluatedRows) evaluated")
    return parts.joined(separator: "; ")
  }
}

extension TimeInterval {
  /// The half-open bounds in one phrase.
  fileprivate var told: String {
    "[" + (since?.rfc3339 ?? "beginning") + ", " + (before?.rfc3339 ?? "end") + ")"
  }
}
