// SPDX-License-Identifier: Apache-2.0
import Model
import Query

/// A query made from any bytes, and what must hold of every query whatever it says.
///
/// Used by the fuzzer (`Tests/Fuzz/run`) and by the test that reads its corpus again.
struct FuzzedQuery {
  /// What does not hold, with the query.
  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  var options: QueryOptions
  var text: String

  /// Wednesday, 2025-06-18 at noon, the clock of query-language section 12.5.
  private static let clock = Instant(
    ticks: Instant(startOf: CivilDate(year: 2025, month: 6, day: 18)).ticks
      + Instant.ticksPerDay / 2)

  private static let people = PeopleList([
    DirectoryPerson(
      id: "cust_1", name: "Ann Lee", identities: ["ann@x.com", "Ann", "ann.lee@Y.org"]),
    DirectoryPerson(id: "cust_2", name: "Ann Lee", identities: ["ann@z.com", "U2"]),
  ])

  /// The same with half of the text, where the text is a repetition; else nil.
  var half: FuzzedQuery? {
    guard repetitions >= 2 else { return nil }
    var shorter = self
    shorter.text = String(text.unicodeScalars.prefix(text.unicodeScalars.count / 2))
    shorter.repetitions /= 2
    return shorter
  }

  private var repetitions = 1

  /// Reads the options from the first byte and the query from the rest.
  ///
  /// Where the three highest bits are set the text is repeated, which shows work that grows faster
  /// than the text: up to 4,096 scalars, with the next bit up to the limit of query-language
  /// section 10.
  init(bytes: UnsafeRawBufferPointer) {
    let flags = unsafe bytes.first ?? 0
    let text = unsafe String(decoding: bytes.dropFirst(), as: UTF8.self)
    self.init(flags: flags, text: text)
  }

  init(flags: UInt8, text: String) {
    let length = text.unicodeScalars.count
    if flags >= 0xE0, length > 0 {
      repetitions = max(1, (flags >= 0xF0 ? 20_480 : 4_096) / length)
    }
    self.text = repetitions > 1 ? String(repeating: text, count: repetitions) : text
    options = QueryOptions(
      dialect: flags & 1 == 0 ? .keyql : .purview, isStrict: flags & 2 != 0, clock: Self.clock,
      expandsIdentities: flags & 16 == 0,
      purpose: flags & 4 == 0 ? .search : flags & 8 == 0 ? .hold : .condition, unavailable: [])
  }

  /// Reads the query and all that follows from it.
  ///
  /// - Throws: A `Failure` that says what does not hold.
  func check() throws(Failure) {
    let query = compile(text, options)
    try checkDiagnostics(of: query)
    guard let node = query.node, let normalForm = query.normalForm else { return }
    try require(
      normalForm.utf8.count <= 4_000 + 400 * text.utf8.count, "a normal form without measure")
    try checkAgain(query, node, normalForm)
    try checkRows(of: query, node)
  }

  // MARK: - Parts

  private func compile(_ text: String, _ options: QueryOptions) -> CompiledQuery {
    QueryCompiler.compile(text, options: options, directory: Self.people)
  }

  private func require(
    _ condition: Bool, _ what: @autoclosure () -> String
  ) throws(Failure) {
    guard condition else { throw Failure(description: what() + ": " + text.debugDescription) }
  }

  private func checkDiagnostics(of query: CompiledQuery) throws(Failure) {
    try require((query.node == nil) != query.errors.isEmpty, "neither a tree nor an error")
    try require((query.node == nil) == (query.normalForm == nil), "no normal form")
    try require((query.node == nil) == query.rows.isEmpty, "no rows")
    let bytes = text.utf8
    let scalars = text.unicodeScalars
    var last = 0
    var messageByteCount = 0
    for diagnostic in query.diagnostics {
      try require(
        last <= diagnostic.start && diagnostic.start <= diagnostic.end
          && diagnostic.end <= bytes.count, "\(diagnostic.code.rawValue) out of place")
      last = diagnostic.start
      let start = bytes.index(bytes.startIndex, offsetBy: diagnostic.start)
      let end = bytes.index(bytes.startIndex, offsetBy: diagnostic.end)
      try require(
        start.samePosition(in: scalars) != nil && end.samePosition(in: scalars) != nil,
        "\(diagnostic.code.rawValue) inside of a character")
      // Counting from the start each time would itself be more than linear.
      if text.utf8.count < 500 {
        try require(
          scalars.distance(from: scalars.startIndex, to: start) == diagnostic.characters.lowerBound
            && scalars.distance(from: start, to: end) == diagnostic.characters.count,
          "\(diagnostic.code.rawValue) with columns that are not its bytes")
      }
      let excerpt = DiagnosticExcerpt(of: diagnostic, in: text) { $0 }
      try require(
        excerpt.caretWidth > 0 && excerpt.caretColumn <= 2 * excerpt.line.unicodeScalars.count
          && excerpt.line.unicodeScalars.count <= 170, "carets beyond the line")
      try require(!diagnostic.message.isEmpty, "no message")
      messageByteCount += diagnostic.message.utf8.count + (diagnostic.suggestion?.utf8.count ?? 0)
      try require(
        !options.isStrict || diagnostic.severity == .error, "a warning in a strict reading")
    }
    try require(
      messageByteCount <= 8_000 + 600 * bytes.count, "\(messageByteCount) bytes of messages")
    var other = options
    other.isStrict.toggle()
    try require(
      compile(text, other).diagnostics.isEmpty == query.diagnostics.isEmpty,
      "a remark in one of strict and lenient only")
  }

  /// The normal form must be read as what it came from, without a remark that is an error.
  private func checkAgain(
    _ query: CompiledQuery, _ node: QueryNode, _ normalForm: String
  ) throws(Failure) {
    var options = options
    options.dialect = .keyql
    options.isStrict = false
    options.isRecorded = true
    let again = compile(normalForm, options)
    guard let other = again.node else {
      throw Failure(
        description: "\(again.errors.map(\.code.rawValue)) for the normal form \(normalForm) of "
          + text.debugDescription)
    }
    try require(
      again.normalForm == normalForm,
      "\(normalForm) becomes \(again.normalForm ?? "nothing")")
    // The identities of a person stand apart in the normal form and in the tree of that, and an
    // identity that is named twice stands there once.
    let identities = query.identities
    let isListed =
      identities.contains { !$0.match.identities.isEmpty }
      || Set(identities.map { $0.property.rawValue + ":" + $0.match.text }).count
        < identities.count
    try require(
      isListed || flattened(node.json) == flattened(other.json),
      "another tree from \(normalForm)")
    for item in FuzzedItem.all {
      try require(
        matches(node, item) == matches(other, item), "\(normalForm) selects something else")
      try checkHits(of: node, in: item)
    }
  }

  /// The tree without an AND directly in an AND and an OR in an OR, which mean the same.
  private func flattened(_ tree: JSONValue) -> JSONValue {
    guard case .object(var members) = tree else { return tree }
    for key in ["operand", "expr"] { members[key] = members[key].map(flattened) }
    if case .array(let operands)? = members["operands"] {
      members["operands"] = .array(
        operands.flatMap { operand in
          let operand = flattened(operand)
          guard case .object(let inner) = operand, let node = members["node"],
            node == "and" || node == "or", inner["node"] == node,
            case .array(let parts)? = inner["operands"]
          else { return [operand] }
          return parts
        })
    }
    return .object(members)
  }

  private func checkRows(of query: CompiledQuery, _ node: QueryNode) throws(Failure) {
    for item in FuzzedItem.all {
      let rows = query.rows.map { matches($0.node, item) }
      guard let whole = matches(node, item), rows.allSatisfy({ $0 != nil }) else { continue }
      try require(rows.contains(true) == whole, "rows that do not make up the whole")
    }
  }

  private func checkHits(of node: QueryNode, in item: FuzzedItem) throws(Failure) {
    let body = item.body.joined(separator: "\n")
    let hits = (try? HitFinder(node).hits(in: body.utf8Span.span, of: .body)) ?? []
    var last = 0
    for hit in hits {
      try require(last <= hit.lowerBound && !hit.isEmpty, "hits out of order")
      last = hit.upperBound
    }
    try require(last <= body.utf8.count, "a hit beyond the text")
  }

  /// Nil where a NEAR cannot be decided.
  private func matches(_ node: QueryNode, _ item: FuzzedItem) -> Bool? {
    try? Evaluator(node).matches(item)
  }
}

/// An item that the words of the corpus hit often.
struct FuzzedItem: QueryableItem {
  var body: [String]
  var isPrompt: Bool

  static let all = [
    FuzzedItem(body: ["big cat a b", "dog near the don't 中文 x"], isPrompt: true),
    FuzzedItem(body: ["budget AND cat, fox wolf"], isPrompt: false),
  ]

  func segments(of property: Property) -> [String] {
    switch property {
    case .body: body
    case .title: isPrompt ? ["Advanced search a b"] : []
    case .attachment: isPrompt ? [] : ["annual report.xlsx"]
    case .project: ["x"]
    default: []
    }
  }

  func fileTexts() -> [String] { isPrompt ? [] : ["federated search", "a x b"] }

  func keywords(of property: Property) -> [String] {
    switch property {
    case .kind: [isPrompt ? "prompt" : "response"]
    case .role: [isPrompt ? "user" : "assistant"]
    case .model: isPrompt ? [] : ["claude-opus-4"]
    case .sensitivetype: isPrompt ? ["ip address|2|75"] : []
    case .filetype: isPrompt ? [] : ["xlsx"]
    default: isPrompt ? ["a"] : []
    }
  }

  func identities(of property: Property) -> [ItemIdentity] {
    [
      isPrompt
        ? ItemIdentity(custodian: "cust_1", names: ["ann@x.com", "Ann Lee"])
        : ItemIdentity(custodian: nil, names: ["eve@y.x.com", "Claude"])
    ]
  }

  func time(of property: Property) -> Instant? {
    isPrompt ? Instant(startOf: CivilDate(year: 2025, month: 5, day: 3)) : nil
  }

  func integer(of property: Property) -> Int64? { isPrompt ? 3 : 2_000 }

  func boolean(of property: Property) -> Bool? { isPrompt ? true : nil }
}
