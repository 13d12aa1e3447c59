// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@Suite("The nightly job")
struct NightlyTests {
  private static let script = Repository.root.appendingPathComponent("Samples/nightly/nightly").path

  /// An export without gaps, so that a night on it has nothing to tell.
  private static let export = """
    [{"uuid":"c1","name":"One","created_at":"2025-01-01T00:00:00Z","account":{"uuid":"a1"},\
    "chat_messages":[{"uuid":"m1","sender":"human","created_at":"2025-01-01T00:00:00Z",\
    "content":[{"type":"text","text":"the budget"}]}]}]
    """

  private static let environment = [
    "CUSTODY_STORE": "store", "NIGHTLY_INBOX": "inbox", "NIGHTLY_BACKUPS": "backups",
  ]

  private static func install(_ script: String, as name: String, in folder: URL) throws {
    let file = folder.appendingPathComponent("bin/" + name)
    try Data(script.utf8).write(to: file)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
  }

  private static func prepare(_ folder: URL) async throws {
    for name in ["inbox", "backups", "bin"] {
      try FileManager.default.createDirectory(
        at: folder.appendingPathComponent(name), withIntermediateDirectories: false)
    }
    try Data(export.utf8).write(to: folder.appendingPathComponent("inbox/conversations.json"))
    try install(clock, as: "date", in: folder)
    for words in [
      ["init", "store"], ["--store", "store", "custodian", "create", "Ada", "--user-id", "a1"],
      ["--store", "store", "case", "create", "pier"],
      ["--store", "store", "hold", "create", "kept", "--case", "pier", "--everyone"],
    ] {
      let made = try await Tool.run("custody", words, in: folder)
      try #require(made.status == 0, "\(made.errorText)")
    }
  }

  /// A clock that goes on by a second each time it is asked: backups are named by the second.
  private static let clock = """
    #!/bin/sh
    n=$(($(cat ticks 2>/dev/null || echo 9) + 1))
    echo $n > ticks
    echo 2026-11-26T0200${n}Z
    """

  private static func night(
    _ folder: URL, _ more: [String: String] = [:]
  ) async throws -> ToolResult {
    let path =
      folder.appendingPathComponent("bin").path
      + ":" + (Tool.environment(home: folder)["PATH"] ?? "")
    return try await Tool.run(
      script, [], in: folder,
      environment: environment.merging(["PATH": path]) { $1 }.merging(more) { $1 })
  }

  private static func backups(_ folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(
      atPath: folder.appendingPathComponent("backups").path
    ).sorted()
  }

  /// Nothing is lost: the store verifies, holds what was put into it, and each backup that stands
  /// under a name verifies.
  private static func expectSound(_ folder: URL, _ what: String) async throws {
    for words in [["verify"], ["audit", "verify"]] {
      let result = try await Tool.run("custody", ["--store", "store"] + words, in: folder)
      #expect(result.status == 0, "\(what): \(result.errorText)")
    }
    let holds = try await Tool.run(
      "custody", ["--store", "store", "hold", "list", "--format", "csv", "--fields", "name,state"],
      in: folder)
    #expect(holds.outputText == "name,state\nkept,active\n", "\(what)")
    for name in try backups(folder) where !name.hasPrefix(".") {
      let result = try await Tool.run(
        "custody", ["backup", "verify", "backups/" + name], in: folder)
      #expect(result.status == 0, "\(what): \(result.errorText)")
    }
  }

  @Test("is quiet from a clean store, twice, and keeps as many backups as it was told to")
  func twice() async throws {
    try await withTemporaryDirectory { folder in
      try await Self.prepare(folder)
      for night in 1...2 {
        let result = try await Self.night(folder)
        #expect(result.status == 0, "\(result.errorText)")
        #expect(try Self.backups(folder).count == night)
        try await Self.expectSound(folder, "night \(night)")
      }
      // What is not the script's stays, whatever it is called; so does what is no backup.
      for name in ["monday", "2020-01-01T000000Z", ".2020-01-01T000000Z.removed"] {
        try FileManager.default.createDirectory(
          at: folder.appendingPathComponent("backups/" + name), withIntermediateDirectories: false)
      }
      let before = try Self.backups(folder).filter { $0.hasPrefix("202") }
      let result = try await Self.night(folder, ["NIGHTLY_KEEP": "2"])
      #expect(result.status == 0, "\(result.errorText)")
      let left = try Self.backups(folder)
      #expect(left.contains("monday") && left.contains("2020-01-01T000000Z"))
      #expect(left.allSatisfy { !$0.hasPrefix(".") })
      // The oldest went, tonight's came.
      let real = left.filter { $0.hasPrefix("2") && $0 != "2020-01-01T000000Z" }
      #expect(real.count == 2)
      #expect(real.first == before.filter { $0 != "2020-01-01T000000Z" }.last)
      let list = try await Tool.run(
        "custody",
        ["--store", "store", "backup", "list", "--format", "csv", "--fields", "state,presence"],
        in: folder)
      #expect(
        list.outputText
          == "state,presence\ncomplete,present\ncomplete,present\ncomplete,missing\n")
    }
  }

  /// A `custody` that ends one of its calls with a status, instead of the work or after it.
  private static let wrapper = """
    #!/bin/sh
    n=$(($(cat calls 2>/dev/null || echo 0) + 1))
    echo $n > calls
    if [ "$n" = "$FAIL_CALL" ]; then
      [ "$FAIL_WHEN" != after ] || "$REAL" "$@" || true
      exit "$FAIL_STATUS"
    fi
    exec "$REAL" "$@"
    """

  /// A night in which the n-th command ends with a status.
  private static func failingNight(
    _ folder: URL, call: Int, status: Int, when: String
  ) async throws -> ToolResult {
    let real = Tool.buildFolder.appendingPathComponent("custody").path
    try? FileManager.default.removeItem(at: folder.appendingPathComponent("calls"))
    return try await night(
      folder,
      [
        "REAL": real, "FAIL_CALL": String(call), "FAIL_STATUS": String(status), "FAIL_WHEN": when,
        // Without a new backup that verified, not even the strictest rotation may take one away.
        "NIGHTLY_KEEP": (4...6).contains(call) ? "1" : "14",
      ])
  }

  @Test("ends as the failure of any step asks for, and loses nothing", arguments: 1...9)
  func injectedFailures(call: Int) async throws {
    try await withTemporaryDirectory { folder in
      try await Self.prepare(folder)
      try Self.install(Self.wrapper, as: "custody", in: folder)
      let first = try await Self.failingNight(folder, call: 0, status: 0, when: "")
      #expect(first.status == 0)
      let kept = try Self.backups(folder)
      for (status, isAlarm) in [(7, false), (11, false), (13, true), (99, true)] {
        for when in ["instead", "after"] {
          let what = "call \(call), status \(status), \(when)"
          let result = try await Self.failingNight(
            folder, call: call, status: status, when: when)
          #expect(Int(result.status) == status, "\(what): \(result.errorText)")
          let calls = try String(
            contentsOf: folder.appendingPathComponent("calls"), encoding: .utf8)
          let count = try #require(Int(calls.dropLast()))
          if isAlarm {
            #expect(count == call, "\(what): it went on")
          } else {
            // Without a backup there is none to verify, without both and a sound audit log nothing is
            // planned, and without a plan there is nothing to run.
            #expect(count == [4: 7, 5: 6, 6: 7, 7: 8][call, default: 9], "\(what)")
          }
          #expect(try Self.backups(folder).starts(with: kept), "\(what)")
        }
      }
      try await Self.expectSound(folder, "call \(call)")
      let again = try await Self.failingNight(folder, call: 0, status: 0, when: "")
      #expect(again.status == 0, "\(again.errorText)")
    }
  }

  @Test("knows every status that the manual lists, and the worst counts")
  func everyStatus() async throws {
    let page = try Repository.text("man/custody-exit-status.7")
    var advice: [Int: String] = [:]
    for name in ["retry", "person", "alarm"] {
      let entry = try #require(page.components(separatedBy: ".It \(name)\n").dropFirst().first)
      for code in try #require(entry.split(separator: ":").first).split(separator: ",") {
        advice[try #require(Int(code.filter(\.isNumber)))] = name
      }
    }
    let listed = page.matches(of: #/\.It (\d+) Li/#).compactMap { Int($0.output.1) }
    #expect(Set(listed).subtracting(advice.keys) == [0, 130, 143])
    try await withTemporaryDirectory { folder in
      for name in ["bin", "backups"] {
        try FileManager.default.createDirectory(
          at: folder.appendingPathComponent(name), withIntermediateDirectories: false)
      }
      try Self.install(
        """
        #!/bin/sh
        [ "$1 $2" = 'source list' ] && exit 0
        [ "$1 $2" = 'hold verify' ] && exit "$A"
        exit "$B"

        """, as: "custody", in: folder)
      let path = folder.appendingPathComponent("bin").path + ":/usr/bin:/bin"
      func run(_ first: Int, _ second: Int) async throws -> Int32 {
        try await Tool.run(
          Self.script, [], in: folder,
          environment: [
            "PATH": path, "CUSTODY_STORE": "store", "NIGHTLY_BACKUPS": "backups",
            "A": String(first), "B": String(second),
          ]
        ).status
      }
      for (code, name) in advice {
        // A retry counts more than a person, an alarm more than both, and the first of its kind.
        #expect(try await Int(run(code, 0)) == code)
        #expect(try await Int(run(code, 7)) == code, "\(code)")
        #expect(try await Int(run(code, 11)) == (name == "person" ? 11 : code), "\(code)")
        #expect(try await Int(run(code, 13)) == (name == "alarm" ? code : 13), "\(code)")
      }
      #expect(try await run(0, 0) == 0)
      #expect(try await run(137, 0) == 137)
    }
  }

  @Test("meets a busy store, a missing one and a full disk")
  func realFailures() async throws {
    try await withTemporaryDirectory { folder in
      try await Self.prepare(folder)
      #expect(try await Self.night(folder, ["CUSTODY_STORE": "none"]).status == 10)
      #expect(try await Self.night(folder, ["NIGHTLY_BACKUPS": "none"]).status == 31)
      #expect(try await Self.night(folder, ["NIGHTLY_KEEP": "0"]).status == 2)
      #expect(try await Self.night(folder, ["NIGHTLY_BACKUPS": ""]).status != 0)
      let first = try await Self.night(folder)
      #expect(first.status == 0, "\(first.errorText)")
      let kept = try Self.backups(folder)

      // Whoever changes the store at the moment does so for longer than a command waits.
      let busy = try await Tool.run(
        "flock", ["store/locks/content.lock", "custody", "import", "inbox"], in: folder,
        environment: Self.environment)
      #expect(busy.status == 11, "\(busy.errorText)")

      // The files of a backup may not get as long as they are.
      let full = try await Tool.run(
        "bash", ["-c", "trap '' XFSZ; ulimit -f 200; exec \"$0\"", Self.script], in: folder,
        environment: Self.environment)
      #expect(full.status == 31, "\(full.errorText)")
      #expect(try Self.backups(folder) == kept)
      try await Self.expectSound(folder, "full disk")
      #expect(try await Self.night(folder).status == 0)
    }
  }

  @Test("disposes of what a policy says is due, and of nothing in a restored store")
  func disposal() async throws {
    try await withTemporaryDirectory { folder in
      try await Self.prepare(folder)
      let talk = Self.export.dropFirst().dropLast()
      let many = (1...30).map {
        talk.replacing("c1", with: "c\($0)").replacing("m1", with: "m\($0)")
      }
      try Data(("[" + many.joined(separator: ",") + "]").utf8).write(
        to: folder.appendingPathComponent("inbox/conversations.json"))
      let first = try await Self.night(folder)
      #expect(first.status == 0, "\(first.errorText)")
      let released = try await Tool.run(
        "custody",
        ["--store", "store", "hold", "release", "kept", "--cool-down", "0d", "--confirm", "kept"],
        in: folder)
      #expect(released.status == 0, "\(released.errorText)")
      let policy = try await Tool.run(
        "custody",
        [
          "--store", "store", "policy", "create", "short", "--everyone", "--action", "delete",
          "--period", "1d", "--mode", "on", "--confirm", "short",
        ], in: folder)
      #expect(policy.status == 0, "\(policy.errorText)")
      // All of the store: too much for a night without anybody.
      let braked = try await Self.night(folder)
      #expect(braked.status == 25, "\(braked.errorText)")
      let count = ["--store", "store", "search", "--all", "--count", "--json"]
      let still = try await Tool.run("custody", count, in: folder)
      #expect(still.outputText.contains("\"items\":30,"), "\(still.outputText)")
      let update = try await Tool.run(
        "custody",
        ["--store", "store", "retention", "update", "--brake", "100", "--confirm", "store"],
        in: folder)
      #expect(update.status == 0, "\(update.errorText)")
      // What is due stays while no backup was made tonight, or the audit log was not looked at.
      #expect(try await Self.night(folder, ["NIGHTLY_BACKUPS": "none"]).status == 31)
      try Self.install(Self.wrapper, as: "custody", in: folder)
      for call in 4...6 {
        let result = try await Self.failingNight(folder, call: call, status: 11, when: "after")
        #expect(result.status == 11, "\(result.errorText)")
      }
      try FileManager.default.removeItem(at: folder.appendingPathComponent("bin/custody"))
      let waiting = try await Tool.run("custody", count, in: folder)
      #expect(waiting.outputText.contains("\"items\":30,"), "\(waiting.outputText)")
      let backups = try Self.backups(folder)
      let restored = try await Tool.run(
        "custody", ["backup", "restore", "backups/" + (backups.first ?? ""), "restored"],
        in: folder)
      #expect(restored.status == 0, "\(restored.errorText)")

      try FileManager.default.removeItem(at: folder.appendingPathComponent("inbox"))
      try FileManager.default.createDirectory(
        at: folder.appendingPathComponent("inbox"), withIntermediateDirectories: false)
      let second = try await Self.night(folder)
      #expect(second.status == 0, "\(second.errorText)")
      let left = try await Tool.run("custody", count, in: folder)
      #expect(left.outputText.contains("\"items\":0,"), "\(left.outputText)")
      let third = try await Self.night(folder, ["CUSTODY_STORE": "restored"])
      #expect(third.status == 28, "\(third.errorText)")
      let kept = try await Tool.run(
        "custody", ["--store", "restored", "search", "--all", "--count", "--json"], in: folder)
      #expect(kept.outputText.contains("\"items\":30,"), "\(kept.outputText)")
    }
  }

  @Test("syncs where a source is read over the network, before it looks at the holds")
  func sync() async throws {
    try await withTemporaryDirectory { folder in
      try await Self.prepare(folder)
      try Self.install(
        """
        #!/bin/sh
        echo "$1 $2" >> said
        [ "$1" != sync ] || exit 30
        exec "$REAL" "$@"

        """, as: "custody", in: folder)
      let real = ["REAL": Tool.buildFolder.appendingPathComponent("custody").path]
      func said() throws -> [Substring] {
        let file = folder.appendingPathComponent("said")
        defer { try? FileManager.default.removeItem(at: file) }
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
      }
      let quiet = try await Self.night(folder, real)
      #expect(quiet.status == 0, "\(quiet.errorText)")
      #expect(try !said().contains { $0.hasPrefix("sync") })

      let key = folder.appendingPathComponent("key")
      try Data("sk-ant-api01-secret".utf8).write(to: key)
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: key.path)
      let made = try await Tool.run(
        "custody",
        [
          "--store", "store", "source", "create", "acme", "--type", "compliance-api", "--key-file",
          key.path,
        ], in: folder)
      #expect(made.status == 0, "\(made.errorText)")
      // Out of reach tonight: the rest is done, and the next night asks again.
      let busy = try await Self.night(folder, real)
      #expect(busy.status == 3, "\(busy.errorText)")
      let words = try said()
      #expect(words.starts(with: ["source list", "sync --wait", "import --wait", "hold verify"]))
      #expect(words.last == "status --max-age")
    }
  }

  @Test("keeps the report of the holds and checkpoints, and finds a log that was cut")
  func evidence() async throws {
    try await withTemporaryDirectory { folder in
      try await Self.prepare(folder)
      for name in ["reports", "anchors"] {
        try FileManager.default.createDirectory(
          at: folder.appendingPathComponent(name), withIntermediateDirectories: false)
      }
      let kept = ["NIGHTLY_REPORTS": "reports", "NIGHTLY_ANCHORS": "anchors"]
      func files(_ name: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(
          atPath: folder.appendingPathComponent(name).path
        ).sorted()
      }
      for night in 1...2 {
        let result = try await Self.night(folder, kept)
        #expect(result.status == 0, "\(result.errorText)")
        #expect(try files("anchors").count == night)
        #expect(try files("reports").count == night)
      }
      let report = try String(
        contentsOfFile: folder.path + "/reports/" + (files("reports").last ?? ""), encoding: .utf8)
      #expect(report.hasPrefix("id,name,case,") && report.contains(",kept,pier,active,"))
      #expect(try files("reports").allSatisfy { $0.hasPrefix("holds-") && $0.hasSuffix("Z.csv") })
      let anchor = try await Tool.run(
        "custody",
        [
          "--store", "store", "audit", "verify", "--anchor",
          "anchors/" + (files("anchors").last ?? ""),
        ],
        in: folder)
      #expect(anchor.status == 0, "\(anchor.errorText)")

      // A store from before the last checkpoint has no log that goes as far: an alarm, and nothing goes.
      let first = try #require(Self.backups(folder).first)
      let restored = try await Tool.run(
        "custody", ["backup", "restore", "backups/" + first, "earlier"], in: folder)
      #expect(restored.status == 0, "\(restored.errorText)")
      let before = try Self.backups(folder)
      let alarm = try await Self.night(folder, kept.merging(["CUSTODY_STORE": "earlier"]) { $1 })
      #expect(alarm.status == 14, "\(alarm.errorText)")
      #expect(try Self.backups(folder) == before)
      #expect(try files("anchors").count == 2)

      // Without the folder that checkpoints go to nothing is compared, so nothing goes.
      let blind = try await Self.night(folder, ["NIGHTLY_ANCHORS": "none"])
      #expect(blind.status == 31, "\(blind.errorText)")
      #expect(try Self.backups(folder) == before)

      // A report that cannot be written is an alarm, and one of a failed look is not kept.
      let reports = try files("reports").count
      let lost = try await Self.night(folder, ["NIGHTLY_REPORTS": "none"])
      #expect(lost.status == 31, "\(lost.errorText)")
      try Self.install(Self.wrapper, as: "custody", in: folder)
      let real = Tool.buildFolder.appendingPathComponent("custody").path
      for status in [7, 11] {
        try? FileManager.default.removeItem(at: folder.appendingPathComponent("calls"))
        let result = try await Self.night(
          folder,
          kept.merging([
            "REAL": real, "FAIL_CALL": "3", "FAIL_STATUS": String(status), "FAIL_WHEN": "after",
          ]) { $1 })
        #expect(Int(result.status) == status, "\(result.errorText)")
        #expect(try files("reports").count == reports + 1)
        #expect(try files("reports").allSatisfy { $0.hasSuffix(".csv") })
      }
    }
  }

  @Test("is POSIX shell, and its units are well-formed")
  func lint() async throws {
    try await withTemporaryDirectory { folder in
      let shell = try await Tool.run("shellcheck", ["-s", "sh", Self.script], in: folder)
      #expect(shell.status == 0, "\(shell.outputText)")
      // Not everywhere where there is a shell is there systemd.
      guard FileManager.default.isExecutableFile(atPath: "/usr/bin/systemd-analyze") else { return }
      for ending in ["service", "timer"] {
        let name = "custody-nightly." + ending
        // The check looks for program and manual where they are installed.
        let text = try Repository.text("Samples/nightly/" + name).replacing(
          "/usr/local/lib/custody/nightly", with: Self.script
        ).replacing("Documentation=man:custody(1) man:custody-exit-status(7)\n", with: "")
        try Data(text.utf8).write(to: folder.appendingPathComponent(name))
      }
      let units = try await Tool.run(
        "systemd-analyze", ["verify", "./custody-nightly.service", "./custody-nightly.timer"],
        in: folder)
      #expect(units.status == 0 && units.errorText == "", "\(units.errorText)")
    }
  }
}
