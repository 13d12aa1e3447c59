// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Bytes
import Model
import Store

/// Enters that custodians answered.
struct NoticeAcknowledge: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "acknowledge",
    abstract: "Enter that custodians have answered their notice.",
    discussion: discussion(
      """
      One person by --custodian, or many by --from, a CSV file with a header and the columns \
      custodian, at and method; where a line has no time or method, those of the options count. All \
      lines are entered, or none; all errors are told with their lines. The same answer again \
      changes nothing. An answer on record is not replaced: one entered by mistake is taken back by \
      --withdraw, with a reason, and the audit log keeps both.
      """,
      examples: [
        "custody hold notice acknowledge mail --case smith --custodian ada@example.org "
          + "--method 'e-mail of 3 May'",
        "custody hold notice acknowledge mail --case smith --from answers.csv",
        "custody hold notice acknowledge mail --case smith --custodian ben@example.org --withdraw "
          + "--reason 'it was the answer of another Ben'",
      ], statuses: .changing + [.notFound, .ambiguous, .exists]))

  @Argument(help: "The hold, by id or name.") var hold: String
  @Option(name: .customLong("case"), help: ArgumentHelp("The case to look in.", valueName: "case"))
  var matter: String?
  @Option(help: ArgumentHelp("Who answered, by id or name.", valueName: "person"))
  var custodian: String?
  @Option(
    help: ArgumentHelp("A CSV file of answers; - reads standard input.", valueName: "file"),
    completion: .file(extensions: ["csv"]))
  var from: String?
  @Option(help: ArgumentHelp("How they answered.", valueName: "text")) var method = ""
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("When they answered; without it, now.", valueName: "time"))
  var at: ClockTime?
  @Flag(help: "Take back the answer of --custodian.") var withdraw = false
  @OptionGroup var reason: ReasonOption
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws {
    guard (custodian == nil) != (from == nil) else {
      throw ValidationError("give either --custodian or --from")
    }
    if withdraw {
      guard custodian != nil, method.isEmpty, at == nil else {
        throw ValidationError("--withdraw goes with --custodian and --reason alone")
      }
      guard !reason.reason.allSatisfy(\.isWhitespace) else {
        throw ValidationError("say why the answer is taken back, with --reason")
      }
      return
    }
    if custodian != nil, method.allSatisfy(\.isWhitespace) {
      throw ValidationError("say how they answered, with --method")
    }
  }

  func run() throws {
    let output = try global.output(change)
    let lines = try from.map { try AnswerFile(readBytes($0, option: "--from"), path: $0).lines }
    let (hold, added, count) = try global.change(change, by: Self.self) { change in
      let catalog = change.catalog
      let hold = try catalog.hold(self.hold, in: try matter.map { try catalog.matter($0) })
      if withdraw {
        let person = try catalog.custodian(custodian ?? "")
        return (
          hold, try change.withdrawAnswer(of: person, to: hold, reason: reason.reason) ? 1 : 0, 1
        )
      }
      let answers = try answers(lines, about: hold, change)
      let added = try change.acknowledge(answers, of: hold, reason: reason.reason)
      return (hold, added, answers.count)
    }
    try output.print(
      ChangeRecord(
        withdraw ? .withdraw : .acknowledge, hold, isDryRun: change.dryRun,
        counts: .init(added: added, already: count - added)), schema: Self.schemaName)
  }

  /// The answers to enter.
  ///
  /// - Throws: ``CommandFailure`` naming everything that is wrong in the lines of a file.
  private func answers(
    _ lines: [AnswerFile.Line]?, about hold: HoldRecord, _ change: Change
  ) throws -> [Acknowledgement] {
    let catalog = change.catalog
    let time = at?.resolved(now: change.now, zone: .utc)
    guard let lines else {
      return [
        Acknowledgement(
          custodian: try catalog.custodian(custodian ?? ""), method: method, time: time)
      ]
    }
    let standings = try catalog.noticeStandings(of: hold)
    var answers: [(line: Int, answer: Acknowledgement)] = []
    var defects: [(line: Int, text: String)] = []
    for line in lines {
      do {
        let answer = Acknowledgement(
          custodian: try catalog.custodian(line.custodian),
          method: line.method.isEmpty ? method : line.method,
          time: try line.time(now: change.now) ?? time)
        if let objection = catalog.objection(to: answer, among: standings) {
          defects.append((line.number, objection.message))
        } else if let other = answers.first(where: {
          $0.answer.custodian.key == answer.custodian.key
        }) {
          defects.append((line.number, "'\(line.custodian)' stands on line \(other.line) already"))
        } else {
          answers.append((line.number, answer))
        }
      } catch let error as StoreError where [.notFound, .ambiguous].contains(error.code) {
        defects.append((line.number, error.message))
      } catch let defect as AnswerFile.Defect {
        defects.append((line.number, defect.text))
      }
    }
    guard defects.isEmpty else {
      throw CommandFailure(
        .usage, "\(defects.count) lines of '\(from ?? "")' cannot be entered",
        whatToDo: "correct them; nothing was entered",
        objects: defects.map { "line \($0.line): \($0.text)" })
    }
    return answers.map(\.answer)
  }
}

/// A CSV file with an answer a line.
struct AnswerFile {
  /// What is wrong with a line.
  struct Defect: Error {
    var text: String
  }

  /// One answer as written.
  struct Line {
    /// From 1, the header's included.
    var number: Int
    var custodian: String
    var at: String
    var method: String
    var fieldCount: Int
    var wantedCount: Int

    /// When it was given; nil where the line does not tell.
    func time(now: Instant) throws -> Instant? {
      guard fieldCount == wantedCount else {
        throw Defect(text: "it has \(fieldCount) fields, the header \(wantedCount)")
      }
      guard !at.isEmpty else { return nil }
      switch ClockTime(at) {
      case .some(let time) where !at.hasPrefix("-"): return time.resolved(now: now, zone: .utc)
      default: throw Defect(text: "'\(at)' is no time; write YYYY-MM-DD or RFC 3339")
      }
    }
  }

  private(set) var lines: [Line] = []

  /// Reads the file; lines with defects are kept, so that all can be told at once.
  init(_ bytes: [UInt8], path: String) throws {
    var reader = CSVReader(bytes)
    do {
      guard let header = try reader.next() else {
        throw CommandFailure.usage("'\(path)' is empty", whatToDo: "give a file with a header line")
      }
      let titles = header.map { $0.lowercased() }
      let known = ["custodian", "at", "method"]
      let unknown = titles.filter { !known.contains($0) }
      guard unknown.isEmpty, titles.contains("custodian"), Set(titles).count == titles.count else {
        throw CommandFailure.usage(
          "'\(path)' has other columns than it should",
          why: unknown.isEmpty ? nil : "unknown are " + unknown.joined(separator: ", "),
          whatToDo: "name columns custodian, at, method, each once")
      }
      while true {
        let number = reader.line
        guard let record = try reader.next() else { break }
        if record.allSatisfy(\.isEmpty) { continue }
        func value(_ title: String) -> String {
          guard let index = titles.firstIndex(of: title), index < record.count else { return "" }
          return record[index]
        }
        lines.append(
          Line(
            number: number, custodian: value("custodian"), at: value("at"),
            method: value("method"), fieldCount: record.count, wantedCount: titles.count))
      }
    } catch let defect as CSVReader.Defect {
      throw CommandFailure.usage("'\(path)' is no CSV", why: "\(defect)")
    }
    guard !lines.isEmpty else {
      throw CommandFailure.usage("'\(path)' names nobody", whatToDo: "give a line for each answer")
    }
  }
}
