// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

/// What cli-conventions section 9 asks of every command.
@Suite("Every command", .inTurn)
struct AcceptanceTests {
  // Each form of error in each test; the transcripts hold the others.

  static let commands = Result { try listedCommands() }
  static var all: [ListedCommand] { (try? commands.get()) ?? [] }
  static var working: [ListedCommand] { all.filter { !$0.isGroup } }

  /// The error record on the last line of standard error.
  private func errorRecord(_ result: ToolResult) throws -> [String: Any] {
    let line = try #require(result.errorLines.last)
    let record = try JSONSerialization.jsonObject(with: Data(line.utf8))
    let object = try #require(record as? [String: Any])
    #expect(object["type"] as? String == "error")
    #expect(object["code"] is String)
    #expect(object["message"] is String)
    #expect(object["objects"] is [String])
    #expect(object["retryable"] is Bool)
    return object
  }

  @Test("is listed")
  func isListed() throws {
    let names = try Self.commands.get().map(\.testDescription)
    #expect(names.contains("init"))
    #expect(names.contains("version"))
  }

  @Test("tells a bad option in the format asked for", arguments: all, ["human", "json"])
  func badOption(command: ListedCommand, format: String) async throws {
    let result = try await withTemporaryDirectory { folder in
      try await Tool.run(
        "custody", command.words + ["--no-such-option", "--format", format], in: folder)
    }
    #expect(result.status == 2)
    #expect(result.outputText == "")
    if format == "json" || format == "jsonl" {
      #expect(try errorRecord(result)["exit"] as? Int == 2)
    } else {
      #expect(result.errorText.contains("custody: error: "))
    }
  }

  @Test("takes no misspelt option for a request for help", arguments: all)
  func misspeltOption(command: ListedCommand) async throws {
    try await withTemporaryDirectory { folder in
      // Any of these has the letter of the short option in it.
      let option = ["-hotel", "-help", "-with-body"][command.testDescription.utf8.count % 3]
      let result = try await Tool.run(
        "custody", command.words + command.requiredArguments + [option, "--json"], in: folder)
      #expect(result.status == 2, "\(result.outputText)")
      #expect(result.output.isEmpty)
      #expect(try errorRecord(result)["exit"] as? Int == 2)
      let asked = try await Tool.run("custody", command.words + ["-h"], in: folder)
      #expect(asked.status == 0 && asked.outputText.contains("USAGE:"), "\(asked.errorText)")
    }
  }

  @Test("ends as its page lists where there is no store", arguments: working, ["jsonl", "csv"])
  func missingStore(command: ListedCommand, format: String) async throws {
    let result = try await withTemporaryDirectory { folder in
      try await Tool.run(
        "custody",
        command.words + command.requiredArguments
          + ["--store", "no/such/store", "--no-input", "--format", format], in: folder)
    }
    #expect(try command.listedStatuses().contains(Int(result.status)))
    #expect(parses(result.output, as: format) || command.words == ["completion"])
    guard result.status != 0 else { return }
    if format == "json" || format == "jsonl" {
      #expect(try errorRecord(result)["exit"] as? Int == Int(result.status))
    }
  }

  @Test("writes what parses, whatever comes of it", arguments: working)
  func everyOutcome(command: ListedCommand) async throws {
    try await withTemporaryDirectory { folder in
      let made = try await Tool.run("custody", ["init", "store"], in: folder)
      #expect(made.status == 0)
      for format in ["json", "jsonl", "csv"] {
        let result = try await Tool.run(
          "custody",
          command.words + command.requiredArguments
            + ["--store", "store", "--no-input", "--format", format], in: folder)
        let what = "\(command.testDescription) \(format): \(result.errorText)"
        #expect(try command.listedStatuses().contains(Int(result.status)), "\(what)")
        #expect(!result.output.contains(0x1B) && !result.errors.contains(0x1B))
        // Nobody asks for a completion in JSON.
        guard command.words != ["completion"] else { return }
        #expect(parses(result.output, as: format), "\(what)")
        if format == "json" {
          let isEmpty = result.outputText.allSatisfy(\.isWhitespace)
          #expect(result.status != 0 || !isEmpty, "\(what)")
        }
        guard result.status != 0, format != "csv" else { continue }
        let record = try errorRecord(result)
        #expect(record["exit"] as? Int == Int(result.status), "\(what)")
      }
    }
  }

  @Test("a check gives its result though nobody reads what it prints")
  func unreadCheck() async throws {
    try await withTemporaryDirectory { folder in
      let made = try await Tool.run("custody", ["init", "store"], in: folder)
      #expect(made.status == 0)
      let log = folder.appendingPathComponent("store/catalog.sqlite").path
      let edited = try await Tool.run(
        "sqlite3",
        [
          log,
          "DROP TRIGGER event_is_never_changed",
          "UPDATE event SET reason = 'x' || reason;",
        ], in: folder)
      #expect(edited.status == 0, "\(edited.errorText)")
      for (command, status) in [("verify", 14), ("audit verify", 14), ("search x", 0)] {
        let result = try await Tool.run(
          "bash",
          [
            "-c",
            "custody \(command) --store store --format jsonl | true; echo ${PIPESTATUS[0]}",
          ], in: folder)
        #expect(result.outputText == "\(status)\n", "\(command) \(result.errorText)")
      }
    }
  }

  @Test("shows its help on standard output", arguments: all)
  func help(command: ListedCommand) async throws {
    let results = try await withTemporaryDirectory { folder in
      [
        try await Tool.run("custody", command.words + ["--help"], in: folder),
        try await Tool.run("custody", ["help"] + command.words, in: folder),
        try await Tool.run(
          "custody", command.words + ["--help"], in: folder,
          environment: ["COLUMNS": "20", "TERM": "dumb", "LC_ALL": "C", "NO_COLOR": "1"]),
      ]
    }
    for result in results {
      #expect(result.status == 0)
      #expect(result.errorText == "")
      #expect(!result.output.contains(0x1B))
      #expect(result.outputText == results[0].outputText)
    }
  }

  @Test("a group alone shows its help on standard error", arguments: all.filter(\.isGroup))
  func group(command: ListedCommand) async throws {
    let result = try await withTemporaryDirectory { folder in
      try await Tool.run("custody", command.words, in: folder)
    }
    #expect(result.status == 2)
    #expect(result.outputText == "")
    #expect(result.errorText.contains("SUBCOMMANDS"))
  }

  @Test("stands in its page with its abstract, options and exit statuses", arguments: working)
  func isDescribed(command: ListedCommand) throws {
    let page = try Repository.text(command.page)
    let plain = page.replacing("\\-", with: "-").replacing("\\e", with: "\\")
    let abstract = try #require(command.abstract)
    let description = abstract.dropLast(abstract.hasSuffix(".") ? 1 : 0)
    #expect(plain.lowercased().contains(description.lowercased()))
    for option in command.optionNames where !Self.globalOptions.contains(option) {
      #expect(plain.contains("Fl " + option.dropFirst()), "\(option)")
    }
    let statuses = try command.listedStatuses()
    #expect(statuses.isSuperset(of: [0, 1, 2]))
    let help = try #require(command.discussion?.components(separatedBy: "Exit status: ").last)
    for entry in help.split(separator: ",") {
      let code = try #require(entry.split(whereSeparator: \.isWhitespace).first)
      #expect(statuses.contains(try #require(Int(code))))
    }
  }

  @Test("describes the global options once, in custody(1)")
  func globalOptionsAreDescribed() throws {
    let page = try Repository.text("man/custody.1").replacing("\\-", with: "-")
    for option in Self.globalOptions { #expect(page.contains("Fl " + option.dropFirst())) }
  }

  private static let globalOptions = [
    "--store", "--format", "--json", "--color", "--progress", "--quiet", "--verbose", "--no-input",
    "--help", "--version",
  ]
}
