// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@Suite("The manual", .inTurn)
struct ManualTests {
  static let pages = ["1", "5", "7"].flatMap { section in
    Repository.names(in: "man", ending: ".\(section)").map { "\($0).\(section)" }
  }

  /// The example lines of a page: `.Dl "$ custody …"`.
  private static func examples(_ page: String) throws -> [String] {
    try Repository.text("man/\(page)").split(separator: "\n").compactMap { line -> String? in
      guard line.hasPrefix(".Dl \"$ "), line.hasSuffix("\"") else { return nil }
      return String(line.dropFirst(7).dropLast())
        .replacing("\\-", with: "-").replacing("\\(dq", with: "\"").replacing("\\e", with: "\\")
    }
  }

  @Test("is clean under mandoc's lint", arguments: pages)
  func isClean(page: String) async throws {
    let result = try await Tool.run(
      "mandoc", ["-T", "lint", "-W", "warning", "man/\(page)"], in: Repository.root)
    #expect(result.outputText == "")
    #expect(result.status == 0)
  }

  /// A small stand-in for the service, and a file with its key.
  private static func startService(in folder: URL) throws -> ComplianceStandIn {
    let key = folder.appendingPathComponent("acme.key")
    try Data(ComplianceStandIn.key.utf8).write(to: key)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: key.path)
    return try ComplianceStandIn(in: folder.appendingPathComponent("service")) { state in
      for name in ["chats", "projects", "roles", "groups", "local_sessions", "remote_sessions"] {
        state[name] = [Any]()
      }
    }
  }

  /// Commands that make what the examples of a page need lie in `Examples/PAGE.txt`; without such a
  /// file the examples start with an empty store.
  @Test("has examples that work as they stand", arguments: pages)
  func examplesWork(page: String) async throws {
    let examples = try Self.examples(page)
    let file = "Tests/EndToEndTests/Examples/\(page).txt"
    let text = try? Repository.text(file)
    try await withTemporaryDirectory { folder in
      try Repository.copySamples(to: folder)
      let standIn = try text?.contains("STAND-IN") == true ? Self.startService(in: folder) : nil
      defer { standIn?.stop() }
      let address = standIn?.baseURL ?? ""
      let preparation = text.map {
        Transcript($0.replacing("http://127.0.0.1:STAND-IN", with: address))
      }
      let environment = ["CUSTODY_STORE": "store"]
      if let preparation {
        let ran = try await preparation.run(in: folder, environment: environment)
        for step in ran.steps {
          #expect(step.status == 0, "\(page): \(step.command): \(step.errors)")
        }
      } else if !examples.contains(where: { $0.hasPrefix("custody init") }) {
        _ = try await Tool.run("custody", ["init", "store"], in: folder)
      }
      for example in examples {
        var text = example
        if text.contains(" PLAN") {
          // Ids of plans are random: the newest one is meant.
          let ids = try await Tool.run(
            "custody", ["retention", "list", "--id-only"], in: folder, environment: environment)
          text = text.replacing(" PLAN", with: " " + ids.outputText.prefix { $0 != "\n" })
        }
        let line = try #require(CommandLineText(text))
        let result = try await line.run(in: folder, environment: environment)
        #expect(result.status == 0, "\(page): \(example): \(result.errorText)")
      }
    }
  }

  @Test("names in its references only pages that exist")
  func referencesExist() throws {
    for page in Self.pages {
      for line in try Repository.text("man/\(page)").split(separator: "\n") {
        let words = line.split(separator: " ")
        guard words.count >= 3, [".Xr", ".It"].contains(words[0]),
          let name = words.dropFirst().first(where: { $0.hasPrefix("custody") }),
          let section = words.last(where: { Int($0) != nil })
        else { continue }
        #expect(Self.pages.contains("\(name).\(section)"), "\(page): \(line)")
      }
    }
  }
}
