// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
package import Model
package import Store

/// Redactions of review sets.
struct RedactionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "redaction",
    abstract: "Black out parts of the items of a review set.",
    subcommands: [RedactionCreate.self, RedactionList.self])
}

extension RedactionReason: ExpressibleByArgument {}

/// Blacks something out.
struct RedactionCreate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create",
    abstract: "Black out words, spans or whole items in every export of a review set.",
    discussion: discussion(
      """
      What is blacked out is put on record and cut out before any file of an export is made: from \
      texts, names of files and tools, titles, and load files; the native files that hold it are \
      left out, and LOGS/redaction-log.csv lists it. --terms takes the words that a query looks for, \
      --text a text byte for byte, --type what looks like a type of sensitive information \
      (custody-query(7) lists them), --whole all of the items, --part one part of them. Words vanish \
      from the titles of the items' conversations and from names of projects, too. Names and \
      addresses of the persons of a conversation are not changed. custody review undo takes it back.
      """,
      examples: [
        "custody review redaction create --review 'First look' --reason TRADE_SECRET --terms 'Northgate' --all",
        "custody review redaction create --review 'First look' --reason PII --text '+47 555' --query 'phone'",
      ],
      statuses: [.notFound, .ambiguous] + .changing))

  @OptionGroup var review: ReviewSetOption
  @Option(help: "Why: it stands in the place of what is blacked out.")
  var reason: RedactionReason
  @Option(help: "The basis in words, for the redaction log.") var basis = ""
  @Option(parsing: .unconditional, help: "A query whose words are blacked out.")
  var terms: String?
  @Option(
    parsing: .unconditionalSingleValue, help: "A text that is blacked out; may be repeated.")
  var text: [String] = []
  @Option(
    name: .customLong("type"),
    help: ArgumentHelp(
      "A type of sensitive information, by name or id; may be repeated.", valueName: "type"))
  var types: [String] = []
  @Option(
    help: ArgumentHelp("The least confidence of a --type: 65, 75 or 85.", valueName: "percent"))
  var confidence = SensitiveConfidence.low.rawValue
  @Flag(help: "All of the items.") var whole = false
  @Option(
    help: ArgumentHelp(
      "One part of the items: block:N, tool:N, file:N, file-name:N from 0, or document.",
      valueName: "part"))
  var part: String?
  @Option(
    help: ArgumentHelp(
      "Bytes of the part's text, from the first to before the last: 10..25.", valueName: "span"))
  var span: String?
  @OptionGroup(title: "Items") var members: MemberOptions
  @OptionGroup(title: "Query") var language: QueryOptionGroup
  @OptionGroup var zone: ZoneOption
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws {
    try members.requireGiven()
    let count = [terms != nil, !text.isEmpty, !types.isEmpty, whole, part != nil].count(
      where: \.self)
    guard count == 1 else {
      throw ValidationError("give one of --terms, --text, --type, --whole and --part")
    }
    if text.contains(where: \.isEmpty) { throw ValidationError("--text needs a text") }
    if let type = types.first(where: { SensitiveType(named: $0) == nil }) {
      let names = SensitiveType.allCases.map(\.id).joined(separator: ", ")
      throw ValidationError("no sensitive type '\(type)'; there are \(names)")
    }
    if SensitiveConfidence(rawValue: confidence) == nil {
      throw ValidationError("--confidence takes 65, 75 or 85")
    }
    if part != nil, redactedPart == nil {
      throw ValidationError("--part takes block:N, tool:N, file:N, file-name:N or document")
    }
    if span != nil, part == nil || range == nil {
      throw ValidationError("--span takes FIRST..END of a --part")
    }
  }

  private var redactedPart: RedactedPart? {
    guard let part else { return nil }
    let words = part.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    if words == ["document"] { return .document }
    guard words.count == 2, let index = Int(words[1]),
      ["block", "tool", "file", "file-name"].contains(words[0])
    else { return nil }
    return RedactedPart(name: words[0], index: index)
  }

  private var range: Range<Int>? {
    guard let bounds = span?.split(separator: ".").compactMap({ Int($0) }), bounds.count == 2,
      bounds[0] >= 0, bounds[0] < bounds[1], span == "\(bounds[0])..\(bounds[1])"
    else { return nil }
    return bounds[0]..<bounds[1]
  }

  func run() throws {
    let output = try global.output(change)
    let store = try global.openForChanges(change)
    let set = try store.read { try $0.reviewSet(review.review) }
    let choice = try members.choice(set, store, language, zone: zone.timezone, output)
    let action = RedactionAction(store: store, actor: .current(Self.self), set: set)
    let coding = try action.run(
      target(store, output), on: choice, reason: reason, basis: basis, isRehearsed: change.dryRun)
    try output.print(
      .create, coding, of: set, isDryRun: change.dryRun, schema: Self.schemaName,
      object: "redactions")
  }

  private func target(_ store: Store, _ output: OutputSettings) throws -> RedactionTarget {
    if let terms {
      let question = try SetQuestion(
        terms, options: language.options(clock: output.console.now(), zone: zone.timezone),
        store: store)
      return .terms(question)
    }
    if !types.isEmpty {
      return .types(
        types.compactMap { SensitiveType(named: $0) },
        SensitiveConfidence(rawValue: confidence) ?? .low)
    }
    if let redactedPart { return .part(redactedPart, range) }
    return whole ? .wholeItems : .texts(text)
  }
}

extension RedactionRecord: Displayable {
  package static var recordType: String { "redaction" }
  package static var plural: String { "redactions" }
  package static var fields: [Field<RedactionRecord>] {
    [
      Field("id", heading: "id") { FieldValue($0.id) },
      Field("item", heading: "item") { FieldValue($0.item.isEmpty ? nil : $0.item) },
      Field("part", heading: "part") { .text($0.part.name) },
      Field("index") { FieldValue($0.part.index) },
      Field("start", heading: "start") { FieldValue($0.span?.lowerBound) },
      Field("end", heading: "end") { FieldValue($0.span?.upperBound) },
      Field("reason", heading: "reason") { .text($0.reason.rawValue) },
      Field("basis") { .text($0.basis) },
      Field("account", heading: "by") { .text($0.account) },
      Field("created") { .time($0.created) },
      Field("coding") { FieldValue($0.coding) },
    ]
  }

  package var identifier: String { id.text }
}

/// Lists the redactions of a set.
struct RedactionList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List what is blacked out in a review set, the oldest first.",
    discussion: discussion(
      "Redactions that were taken back are left out. The words themselves are not shown.",
      examples: ["custody review redaction list 'First look'"],
      statuses: [.notFound, .ambiguous] + .reading))

  @Argument(help: "The review set, by id or name.") var set: String
  @OptionGroup var list: ListOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    var printer = try ListPrinter<RedactionRecord>(global.output(list), schema: Self.schemaName)
    try global.read { catalog in
      try catalog.forEachRedaction(of: catalog.reviewSet(set)) { try printer.append($0) }
    }
    try printer.finish()
  }
}
