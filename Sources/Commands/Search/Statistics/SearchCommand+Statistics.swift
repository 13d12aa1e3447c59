// SPDX-License-Identifier: Apache-2.0
import Actions
import Model
import Query
import Store

extension SearchCommand {
  /// Answers with a hit report.
  func printStatistics(_ run: SearchRun) throws -> SearchRun.Outcome {
    if run.output.format != .human, run.output.limit != nil {
      throw CommandFailure.usage(
        "a report for programs is whole", whatToDo: "leave out --limit, or --format")
    }
    let page = try statistics.html.map { try OutputFile($0, replaces: statistics.force) }
    let report = try report(run)
    try run.record(
      definition(of: report, run.question), counts(of: report), details: details(report))
    if let page {
      var text = StatisticsPage(report)
      try text.write { try page.write($0) }
      try page.finish()
    }
    try run.output.print(report)
    return SearchRun.Outcome(
      items: report.statistics.total.items, isIncomplete: report.isIncomplete)
  }

  private func report(_ run: SearchRun) throws -> StatisticsReport {
    let question = run.question
    let list = try statistics.queriesFrom.map { path in
      try terms(of: path, question, run.store, run.output)
    }
    let query = question.query
    // One row alone would repeat the whole.
    let all = query?.rows ?? []
    let rows = all.count > 1 ? all : []
    let conditions = query?.node?.conjuncts ?? []
    let zone = time.timezone
    let answer = try run.searcher.statistics(
      StatisticsQuestion(
        scope: question.scopeNode, query: list == nil ? query?.node ?? .all : nil,
        terms: list.map { $0.terms.map(\.node) } ?? rows.map(\.node),
        conditions: conditions.count > 1 ? conditions : []
      ) { month in
        zone.start(of: CivilDate(daysSinceEpoch: month.start.utcDate.daysSinceEpoch))
      })
    let reports = zip(list?.parts ?? rows.parts, answer.terms).map { part, result in
      StatisticsReport.Term(
        number: part.number, text: part.text, normalForm: part.form, node: part.node,
        result: result)
    }
    let forms = Array(conditions.map { NormalForm.text(of: $0) }.enumerated())
    let searcher = run.searcher
    let cut = StatisticsReport.CutList()
    var report = StatisticsReport(
      query: query?.text ?? "", normalForm: query?.normalForm ?? "",
      dialect: query?.dialect ?? language.dialect, scope: question.scope,
      scopeNames: try run.store.read { try $0.names(of: question.scope) },
      interval: question.interval, zone: question.zone, isList: list != nil, terms: reports,
      conditions: zip(forms, answer.conditions).map { form, result in
        StatisticsReport.Condition(
          number: form.offset + 1, normalForm: form.element, result: result)
      }, statistics: answer, reasons: [],
      exceptions: try run.store.read { catalog in
        try catalog.exceptionTotals(.open).filter { $0.kind == .failure }
      },
      cut: cut,
      forEachUnsearchable: { body in
        do {
          try searcher.forEachUnsearchable(in: question.scopeNode, body)
        } catch let error as StoreError where error.code == .limit {
          // The counts tell how many there are; the report says that it is incomplete.
          cut.isCut = true
        }
      })
    report.reasons = try reasons(of: report)
    return report
  }

  private func reasons(of report: StatisticsReport) throws -> [StatisticsReport.Reason] {
    var counts: [ProblemCode: [String: Int]] = [:]
    try report.forEachUnsearchable { file in
      counts[file.reason, default: [:]][file.fileExtension, default: 0] += 1
      return true
    }
    return counts.flatMap { code, extensions in
      extensions.map { StatisticsReport.Reason(code: code, fileExtension: $0.key, files: $0.value) }
    }.sorted { ($0.code.rawValue, $0.fileExtension) < ($1.code.rawValue, $1.fileExtension) }
  }

  // MARK: - Lists of queries

  private func terms(
    of path: String, _ question: Question, _ store: Store, _ output: OutputSettings
  ) throws -> TermList {
    let bytes = try readBytes(path, option: "--queries-from")
    let lines = try bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map { line in
      let line = line.last == 0x0D ? line.dropLast() : line
      guard let text = String(validating: line, as: UTF8.self) else {
        throw CommandFailure.usage("'\(path)' is not UTF-8", whatToDo: "convert the list")
      }
      return text
    }
    do {
      let list = try TermList(
        lines, options: language.options(clock: question.clock, zone: time.timezone),
        scope: question.scopeNode, store: store)
      for term in list.terms { output.warn(about: term.query, line: term.line) }
      for pair in list.repeats {
        output.warn("line \(pair.line) asks the same as line \(pair.of): neither is unique")
      }
      return list
    } catch let refusals as TermList.Refusals {
      throw CommandFailure(refusals)
    }
  }

  // MARK: - The record of a case

  private func definition(
    of report: StatisticsReport, _ question: Question
  ) -> SearchDefinition {
    var definition = question.definition
    guard report.isList else { return definition }
    definition.query = report.terms.map(\.text).joined(separator: "\n")
    let nodes = report.terms.map(\.node)
    definition.normalForm = NormalForm.text(of: nodes.count == 1 ? nodes[0] : .or(nodes))
    definition.dialect = report.dialect.rawValue
    return definition
  }

  private func counts(of report: StatisticsReport) -> SearchCounts {
    let statistics = report.statistics
    return SearchCounts(
      items: statistics.total.items, conversations: statistics.total.conversations,
      custodians: statistics.total.custodians, bytes: statistics.total.bytes,
      partial: statistics.partial, isIncomplete: report.isIncomplete)
  }

  private func details(_ report: StatisticsReport) -> [String: JSONValue] {
    let terms = report.terms.map { term -> JSONValue in
      [
        "number": JSONValue(term.number), "normal_form": .string(term.normalForm),
        "items": JSONValue(term.result.tally.items), "unique": JSONValue(term.result.unique),
      ]
    }
    return ["report": ["list": .boolean(report.isList), "terms": .array(terms)]]
  }
}

/// A row of a hit report before it is counted.
private struct ReportPart {
  var number: Int
  var text: String
  var form: String
  var node: QueryNode
}

extension TermList {
  fileprivate var parts: [ReportPart] {
    terms.map { term in
      ReportPart(
        number: term.line, text: term.query.text, form: term.query.normalForm ?? "",
        node: term.node)
    }
  }
}

extension [KeywordRow] {
  fileprivate var parts: [ReportPart] {
    enumerated().map { index, row in
      ReportPart(
        number: index + 1, text: row.text, form: NormalForm.text(of: row.node),
        node: row.node)
    }
  }
}

extension Catalog {
  /// What people call the persons and sources of a scope, with their ids.
  fileprivate func names(of scope: Scope) throws -> [String] {
    if scope.everyone { return ["everything in the store"] }
    let people = try scope.custodians.map { id in
      "custodian " + (try custodian("id:" + id).name) + " (\(id))"
    }
    let sources = try sources(scope.sources.map { "id:" + $0 }).map { source in
      "source \(source.name) (\(source.id))"
    }
    return people + scope.projects.map { "project " + $0 } + sources
  }
}

extension QueryNode {
  /// What the query joins by AND at the top, however nested.
  fileprivate var conjuncts: [QueryNode] {
    guard case .and(let parts) = self else { return [self] }
    return parts.flatMap(\.conjuncts)
  }
}

extension CommandFailure {
  /// Queries of a list that cannot be read: all of them, each by its line.
  fileprivate init(_ list: TermList.Refusals) {
    let first = list.refusals.first
    let error = first?.diagnostics.first { $0.severity == .error }
    let number = list.refusals.count
    self.init(
      .usage, "\(number) of \(list.count) queries cannot be read, nothing was searched",
      why: error.map { "line \(first?.line ?? 0): \($0.code.rawValue): \($0.phrase)" },
      whatToDo: "correct the list")
    for refusal in list.refusals {
      for diagnostic in refusal.diagnostics {
        details.append("line \(refusal.line):")
        details += diagnostic.lines(in: refusal.text)
      }
    }
    members = [
      .init(
        "diagnostics",
        .list(
          list.refusals.flatMap { refusal in
            refusal.diagnostics.map { diagnostic in
              guard case .object(let members) = diagnostic.fieldValue else {
                return diagnostic.fieldValue
              }
              return .object([.init("line", FieldValue(refusal.line))] + members)
            }
          }))
    ]
  }
}
