// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@Suite("A dry run", .inTurn)
struct DryRunTests {
  /// What the commands below need.
  private static let preparation = """
    $ custody init store
    $ custody import export.zip
    $ custody custodian create Ada --email ada@example.org
    $ custody custodian create Ben --email ben@example.org
    $ custody custodian create Cy --email cy@example.org
    $ custody source create spare
    $ custody source create unused
    $ custody case create pier --custodian Ada
    $ custody case create mistyped
    $ custody case create shut
    $ custody case close shut --yes
    $ custody hold create first --case pier --everyone
    $ custody hold create second --case pier --custodian Ada
    $ custody hold release second --confirm second
    $ custody review create picked --case pier
    $ custody review add picked --all --everyone
    $ custody review create empty --case pier
    $ custody search budget --save kept --count
    $ custody policy create rule --action delete --period 1y --everyone
    $ custody policy create kept --action retain --period 1y --everyone --mode on
    $ custody policy create tag --kind label --action retain --period 9y --everyone
    """

  /// Each command that changes something, with words that let it; in an order that works.
  private static let commands = [
    "import broken.json", "source create new", "source update spare --note x",
    "source delete unused --yes", "custodian create Dee --email dee@example.org",
    "custodian update Ada --note x", "custodian add Ada --email a.b@example.org",
    "custodian remove Ada --email a.b@example.org --confirm Ada",
    "custodian merge Cy --into Ben --yes",
    "custodian import people.csv", "case create other", "case update pier --description x",
    "case add pier --custodian Ben", "case remove pier --custodian Ben --yes",
    "hold create third --case pier --custodian Ada --query budget", "hold reinstate second",
    "hold add third --custodian Ben", "hold remove third --custodian Ben --confirm third",
    "hold update third --query lunch --confirm third",
    "hold notice send --output notices --from legal@example.org --due 14d",
    "hold notice acknowledge third --custodian Ada --method reply",
    "hold release first --confirm first", "case close other --yes", "case reopen shut",
    "policy create other --everyone --action retain --period 2y",
    "policy update rule --period 3y --confirm rule", "policy lock kept --confirm kept",
    "policy delete other --confirm other",
    "label add tag --conversation CONVERSATION --confirm tag",
    "label remove tag --conversation CONVERSATION --confirm tag", "retention plan",
    "case delete mistyped --confirm mistyped", "query delete kept --yes",
    "review create more --case pier", "review delete empty --yes",
    "review add more --query the --everyone",
    "review tag create Hot --review picked --group Relevance --choice one",
    "review tag create Mistyped --review picked",
    "review tag add Hot --review picked --all",
    "review tag remove Hot --review picked --query budget",
    "review tag delete Mistyped --review picked --yes",
    "review note add 'ask Ada' --review picked --query budget",
    "review filter create uncoded --review picked --query 'NOT tag:*'",
    "review filter delete uncoded --review picked --yes",
    "review redaction create --review picked --reason PII --terms budget --all",
    "review undo picked", "review analyze picked",
    "review sample picked --name control --size 2 --seed 7 --all",
    "review remove picked --query budget --reason personal --confirm picked",
    "export create --review picked --output VOL001", "backup create --output copy",
    "backup restore copy fresh-copy", "reindex", "upgrade", "init fresh",
    "exception resolve EXCEPTION --reason seen", "retention approve PLAN --reason read",
    "retention run PLAN --confirm PLAN", "retention update --brake 5",
    "retention arm --confirm store",
  ]

  /// The bytes of all files below a folder; SQLite's own index of a log is no content.
  private static func bytes(below folder: URL) throws -> [String: Data] {
    var files: [String: Data] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
      let file = folder.appendingPathComponent(path)
      guard !path.hasSuffix("-shm"), let data = try? Data(contentsOf: file) else { continue }
      if path.hasSuffix("-wal"), data.isEmpty { continue }
      files[path] = data
    }
    return files
  }

  /// The numbers of the record of a change.
  private static func numbers(_ result: ToolResult) throws -> [String: Int] {
    let record = try #require(
      JSONSerialization.jsonObject(with: Data(result.output)) as? [String: Any])
    return record.compactMapValues { $0 as? Int }.filter { $0.key != "dry_run" }
  }

  @Test("of every command that changes something writes nothing and counts as the command does")
  func everyCommand() async throws {
    try await withTemporaryDirectory { folder in
      try Repository.copySamples(to: folder)
      try Data("[{\"uuid\":\"c1\",\"chat_messages\":[]},{\"uuid\":]".utf8).write(
        to: folder.appendingPathComponent("broken.json"))
      try Data("name,email\nEve,eve@example.org\n".utf8).write(
        to: folder.appendingPathComponent("people.csv"))
      let environment = ["CUSTODY_STORE": "store"]
      for step in try await Transcript(Self.preparation).run(in: folder, environment: environment)
        .steps
      {
        #expect(step.status == 0, "\(step.command): \(step.errors)")
      }
      for command in Self.commands {
        var line = "custody " + command
        if line.contains("EXCEPTION") {
          let ids = try await Tool.run(
            "custody", ["exception", "list", "--id-only"], in: folder, environment: environment)
          line = line.replacing("EXCEPTION", with: ids.outputText.prefix { $0 != "\n" })
        }
        if line.contains("PLAN") {
          let ids = try await Tool.run(
            "custody", ["retention", "list", "--id-only"], in: folder, environment: environment)
          line = line.replacing("PLAN", with: ids.outputText.prefix { $0 != "\n" })
        }
        if line.contains("CONVERSATION") {
          let found = try await Tool.run(
            "custody", ["search", "the", "--format", "csv", "--limit", "1"], in: folder,
            environment: environment)
          let id = try #require(found.outputText.firstMatch(of: /conv_[a-z2-7]+/))
          line = line.replacing("CONVERSATION", with: id.output)
        }
        let before = try Self.bytes(below: folder)
        let dry = try await #require(CommandLineText(line + " --dry-run --no-input --json")).run(
          in: folder, environment: environment)
        #expect(try Self.bytes(below: folder) == before, "\(command)")
        #expect(dry.outputText.contains("\"dry_run\":true"), "\(command): \(dry.errorText)")
        let real = try await #require(CommandLineText(line + " --no-input --json")).run(
          in: folder, environment: environment)
        #expect(real.outputText.contains("\"dry_run\":false"), "\(command): \(real.errorText)")
        #expect(real.status == dry.status, "\(command)")
        var numbers = (dry: try Self.numbers(dry), real: try Self.numbers(real))
        if command.hasPrefix("backup create") {
          // Ids are random, so an index of the catalog takes a page more or less.
          let bytes = (dry: numbers.dry["bytes"] ?? 0, real: numbers.real["bytes"] ?? -1)
          #expect(abs(bytes.dry - bytes.real) <= 16 * 4096, "\(bytes)")
          numbers.dry["bytes"] = bytes.real
        }
        #expect(numbers.dry == numbers.real, "\(command)")
      }
    }
  }

  @Test("is there for every command above, and for no other")
  func isOfferedWhereItIsTested() {
    let offered = AcceptanceTests.working.filter { $0.optionNames.contains("--dry-run") }
    let tested = Set(
      Self.commands.map { command in
        let words = command.split(separator: " ").map(String.init)
        let name = AcceptanceTests.working.first { $0.words == Array(words.prefix($0.words.count)) }
        return (name?.words ?? [words[0]]).joined(separator: " ")
      })
    #expect(Set(offered.map { $0.words.joined(separator: " ") }) == tested)
  }
}
