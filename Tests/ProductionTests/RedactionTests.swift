// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import Model
import TestSupport
import Testing

@testable import Production

@Suite("Redaction")
struct RedactionTests {
  private static let time = Instant(rfc3339: "2026-04-02T10:00:00Z") ?? Instant(ticks: 0)

  private func redaction(
    _ item: Int?, _ part: RedactedPart, _ span: Range<Int>? = nil,
    _ reason: RedactionReason = .personal
  ) -> Redaction {
    Redaction(
      id: "red_x", item: item, part: part, span: span, reason: reason, basis: "rule",
      actor: "ada", time: Self.time)
  }

  @Test(
    "spans are cut out, what touches becomes one mark, and no character is cut in half",
    arguments: [
      ("abcdef", [(2..<4, "PII")], "ab[REDACTED – PII]ef"),
      ("abcdef", [(0..<6, "AC")], "[REDACTED – AC]"),
      ("abcdef", [(0..<2, "AC"), (2..<3, "WP")], "[REDACTED – AC, WP]def"),
      ("abcdef", [(3..<5, "PII"), (0..<4, "PII")], "[REDACTED – PII]f"),
      ("aäöb", [(2..<4, "PII")], "a[REDACTED – PII]b"),
      ("abc", [(2..<90, "PII")], "ab[REDACTED – PII]"),
      ("a😀b", [(3..<4, "FIN")], "a[REDACTED – FIN]b"),
      ("ae\u{301}\u{323}b", [(1..<2, "PII")], "a[REDACTED – PII]b"),
    ] as [(String, [(Range<Int>, String)], String)])
  func spans(text: String, cuts: [(Range<Int>, String)], expected: String) {
    var redaction = TextRedaction()
    for (range, reason) in cuts {
      redaction.add(range, RedactionReason(rawValue: reason) ?? .other)
    }
    #expect(redaction.applied(to: text) == expected)
  }

  @Test("no character of a random span survives, and all others do", arguments: 1...40)
  func randomSpans(seed: Int) {
    var dice = Dice(state: UInt64(seed))
    // Each character stands once.
    let characters = (0..<30).map { Character(Unicode.Scalar(0x4E00 + UInt32($0 * 7)) ?? "x") }
    let text = String(characters)
    var redaction = TextRedaction()
    var gone: Set<Int> = []
    for _ in 0..<(1 + dice.below(4)) {
      let lower = dice.below(89)
      let upper = lower + 1 + dice.below(90 - lower)
      redaction.add(lower..<upper, .other)
      for index in characters.indices where index * 3 < upper && lower < index * 3 + 3 {
        gone.insert(index)
      }
    }
    let result = redaction.applied(to: text)
    for (index, character) in characters.enumerated() {
      #expect(result.contains(character) == !gone.contains(index))
    }
  }

  /// A conversation over two days with the canary wherever a text can be.
  private func canaries(_ word: String) -> ProducedUnit {
    var unit = sampleUnit(
      title: "About \(word)",
      [
        SampleMessage(
          id: "m1", time: "2026-03-01T09:00:00Z", text: "We met \(word) today.",
          files: [
            sampleFile("\(word).txt", text: "file of \(word), all of it"),
            sampleFile("plain.txt", text: "nothing here"),
          ]),
        SampleMessage(
          id: "m2", parent: "m1", role: .assistant, time: "2026-03-01T09:01:00Z",
          text: "Who is \(word)?"),
        SampleMessage(
          id: "m3", parent: "m2", time: "2026-03-02T09:00:00Z", text: "Never mind."),
      ])
    unit.project = "Project \(word)"
    unit.unit.projectName = unit.project
    unit.unit.items[0].files[0].nativeID = "file-\(word)"
    unit.unit.items[1].blocks.append(
      ContentBlock(kind: .toolUse, text: "query\n\(word)", name: "find_\(word)"))
    unit.problems = [
      CaptureProblem(code: .decodeError, path: "x", object: "m1", detail: "cannot read \(word)")
    ]
    return unit
  }

  /// Another one, both days of it withheld.
  private func withheld(_ word: String) -> ProducedUnit {
    var unit = canaries(word)
    unit.unit.nativeID = "conv-2"
    unit.unit.title = "Plain"
    unit.unit.projectName = nil
    unit.project = ""
    unit.privileged = [0: PrivilegeClaim(), 2: PrivilegeClaim()]
    return unit
  }

  private func redactions(of unit: CapturedUnit, _ word: String) -> [Redaction] {
    var found: [Redaction] = []
    func look(_ part: RedactedPart, _ item: Int?) {
      guard let text = unit.text(of: part, item: item ?? -1), let range = text.range(of: word)
      else { return }
      let start = text.utf8.distance(from: text.startIndex, to: range.lowerBound)
      found.append(redaction(item, part, start..<start + word.utf8.count))
    }
    look(.title, nil)
    look(.project, nil)
    for index in unit.items.indices {
      for part in unit.parts(ofItem: index) { look(part, index) }
    }
    return found
  }

  @Test("a report tells of what is withheld and blacked out, and holds nothing of it")
  func report() async throws {
    let word = "Zyxwvut"
    try await withTemporaryDirectory { folder in
      var redacted = canaries(word)
      redacted.redactions = redactions(of: redacted.unit, word)
      let withheld = withheld(word)
      var options = try sampleOptions()
      options.layout = .report
      options.reportHasBodies = true
      let report = try export([redacted, withheld], to: folder, options)
      #expect(report.tally.redacted == 3 && report.tally.withheld == 4)
      let volume = folder.appendingPathComponent("VOL001")
      for (path, data) in try bytes(below: volume) {
        #expect(!holds(data, word), "\(path)")
        #expect(!path.contains(word))
      }
      #expect(try VolumeVerifier.verify(volume.path).problems == [])
      let tables = try reader("report", [report.path, String(report.tally.selectedMessages)])
      #expect(tables.status == 0, "\(tables.output)")
      let readme = try String(
        contentsOf: volume.appendingPathComponent("README.txt"), encoding: .utf8)
      let line = try #require(
        readme.split(separator: "\n").first { $0.contains("hashdeep -r") }.map(String.init))
      #expect(line.contains(" LOGS"))
      let deep = try run("bash", ["-c", line], in: volume)
      #expect(deep.status == 0, "\(deep.output)")
      for name in ["privilege-log.csv", "redaction-log.csv"] {
        let log = volume.appendingPathComponent("LOGS/" + name)
        let text = try String(contentsOf: log, encoding: .utf8)
        let rows = text.split(separator: "\r\n", omittingEmptySubsequences: false)
        let cut = rows.dropLast(2).joined(separator: "\r\n") + "\r\n"
        for forged in [text.replacing("CLD0000001,", with: "CLD0000005,"), cut] {
          try Data(forged.utf8).write(to: log)
          let found = try VolumeVerifier.verify(volume.path).problems
          // The digests tell anyway; the tables must tell by themselves.
          let isTold = found.contains { $0.code == .inconsistent && $0.path.contains(name) }
          #expect(isTold || name == "redaction-log.csv" && forged == cut)
        }
        try Data(text.utf8).write(to: log)
      }
      #expect(try VolumeVerifier.verify(volume.path).problems == [])
    }
  }

  @Test("logs that contradict the load file are found")
  func forgedLogs() async throws {
    try await withTemporaryDirectory { folder in
      var unit = canaries("Zyxwvut")
      unit.redactions = [redaction(0, .item)]
      unit.privileged = [2: PrivilegeClaim()]
      let report = try export([unit], to: folder)
      #expect(report.tally.redacted == 3 && report.tally.withheld == 1)
      let volume = folder.appendingPathComponent("VOL001")
      #expect(try VolumeVerifier.verify(volume.path).problems == [])
      for (name, old, new, place) in [
        ("privilege-log.csv", ",WITHHELD,", ",REDACTED,", "CLD0000004"),
        ("redaction-log.csv", ",CLD0000001,", ",CLD0000004,", "LOGS/redaction-log.csv"),
        ("bates-log.csv", "CLD0000002,", "CLD0000009,", "LOGS/bates-log.csv"),
        ("exceptions.csv", "CLD0000001,", "CLD0000077,", "LOGS/exceptions.csv"),
      ] {
        let log = volume.appendingPathComponent("LOGS/" + name)
        let text = try String(contentsOf: log, encoding: .utf8)
        let forged = text.replacing(old, with: new)
        #expect(forged != text, "\(name)")
        try Data(forged.utf8).write(to: log)
        let found = try VolumeVerifier.verify(volume.path).problems
        #expect(found.contains { $0.code == .inconsistent && $0.path == place }, "\(name)")
        try Data(text.utf8).write(to: log)
      }
    }
  }

  private func bytes(below folder: URL) throws -> [String: Data] {
    var files: [String: Data] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
      let full = folder.appendingPathComponent(path)
      let kind = try FileManager.default.attributesOfItem(atPath: full.path)[.type]
      if kind as? FileAttributeType == .typeRegular { files[path] = try Data(contentsOf: full) }
    }
    return files
  }

  private func holds(_ data: Data, _ word: String) -> Bool {
    data.range(of: Data(word.utf8)) != nil
  }

  @Test("no byte of a blacked-out word is anywhere in the volume, and what stood beside it is")
  func canary() async throws {
    let word = "Zyxwvut"
    try await withTemporaryDirectory { folder in
      var unit = canaries(word)
      unit.redactions = redactions(of: unit.unit, word)
      #expect(unit.redactions.count == 8)
      let withheld = withheld(word)
      var everything = try sampleOptions()
      everything.volumeName = "ALL001"
      everything.renderings = [.html, .rsmf, .eml, .edrm, .viewer]
      everything.extraFields = ExtraField.allCases
      let all = try export([unit, withheld], to: folder, everything)
      #expect(try VolumeVerifier.verify(all.path).problems == [])
      let looked = try reader("canary", [all.path, word])
      #expect(looked.status == 0, "\(looked.output)")
      #expect(try reader("canary", [all.path, "Never mind"]).status != 0)
      let report = try export([unit], to: folder)
      let volume = folder.appendingPathComponent("VOL001")
      let files = try bytes(below: volume)
      for (path, data) in files {
        #expect(!holds(data, word), "\(path)")
        #expect(!path.contains(word))
      }
      let text = try #require(files["TEXT/0001/CLD0000001.txt"])
      #expect(holds(text, "We met [REDACTED – PII] today."))
      #expect(holds(text, "Who is [REDACTED – PII]?"))
      #expect(holds(try #require(files["HTML/0001/CLD0000001.html"]), "We met [REDACTED – PII]"))
      #expect(
        holds(try #require(files["TEXT/0001/CLD0000002.txt"]), "file of [REDACTED – PII], all"))
      // The title is in the record of both days; the file without the word is produced.
      #expect(files["NATIVES/0001/CLD0000001.json"] == nil)
      #expect(files["NATIVES/0001/CLD0000002.txt"] == nil)
      #expect(files["NATIVES/0001/CLD0000003.txt"] != nil)
      #expect(files["NATIVES/0001/CLD0000004.json"] == nil)
      #expect(report.tally.redacted == 3)
      let log = String(decoding: try #require(files["LOGS/redaction-log.csv"]), as: UTF8.self)
      #expect(log.contains("red_x,CLD0000001,m1,7,14,PII,rule,ada,2026-04-02T10:00:00Z"))
      #expect(log.contains("red_x,CLD0000002,m1 file,8,15,PII"))
      #expect(try VolumeVerifier.verify(volume.path).problems == [])
    }
  }

  @Test("the path of a memory file is nowhere where its title is blacked out or withheld")
  func memoryFiles() async throws {
    let word = "Zyxwvut"
    for isWithheld in [false, true] {
      try await withTemporaryDirectory { folder in
        var unit = sampleUnit(
          title: "Memory", kind: .memory,
          [
            SampleMessage(
              id: "file//\(word).md", time: "2026-03-01T09:00:00Z", text: "what it says")
          ])
        unit.unit.items[0].kind = .memory
        unit.unit.items[0].title = "/\(word).md"
        if isWithheld {
          unit.privileged = [0: PrivilegeClaim()]
        } else {
          unit.redactions = redactions(of: unit.unit, word)
          #expect(unit.redactions.count == 1)
        }
        var everything = try sampleOptions()
        everything.renderings = [.html, .rsmf, .eml, .edrm, .viewer]
        everything.extraFields = ExtraField.allCases
        let all = try export([unit], to: folder, everything)
        #expect(try VolumeVerifier.verify(all.path).problems == [])
        for (path, data) in try bytes(below: folder.appendingPathComponent("VOL001")) {
          #expect(!holds(data, word), "\(path)")
        }
        let looked = try reader("canary", [all.path, word])
        #expect(looked.status == 0, "\(looked.output)")
      }
    }
  }

  @Test("a unit of which another version is touched is produced without the record's own fields")
  func otherVersions() async throws {
    try await withTemporaryDirectory { folder in
      var unit = canaries("Zyxwvut")
      unit.isTouched = true
      try export([unit], to: folder)
      let files = try bytes(below: folder.appendingPathComponent("VOL001"))
      let native = try #require(files["NATIVES/0001/CLD0000004.json"])
      #expect(holds(native, "{\"extract_of\":\"conv-1\",\"items\":[{"))
    }
  }

  @Test("a slice beside a redacted one is produced without the record's own fields")
  func siblings() async throws {
    try await withTemporaryDirectory { folder in
      var unit = canaries("Zyxwvut")
      unit.unit.title = ""
      unit.redactions = [redaction(0, .item), redaction(1, .item, nil, .attorneyClient)]
      try export([unit], to: folder)
      let files = try bytes(below: folder.appendingPathComponent("VOL001"))
      #expect(files["NATIVES/0001/CLD0000001.json"] == nil)
      let sibling = try #require(files["NATIVES/0001/CLD0000004.json"])
      #expect(holds(sibling, "{\"extract_of\":\"conv-1\",\"items\":[{"))
      #expect(!holds(sibling, "Zyxwvut"))
      let text = String(
        decoding: try #require(files["TEXT/0001/CLD0000001.txt"]), as: UTF8.self)
      #expect(text.contains("Ada Byron: [REDACTED – PII]\n"))
      #expect(!text.contains("Zyxwvut"))
      #expect(
        try VolumeVerifier.verify(folder.appendingPathComponent("VOL001").path).problems == [])
    }
  }

  @Test("a document with a privileged item is withheld with its files, and logged")
  func privilege() async throws {
    try await withTemporaryDirectory { folder in
      var unit = canaries("Zyxwvut")
      unit.privileged = [
        0: PrivilegeClaim(
          basis: "WP", workProduct: "OPINION", description: "notes for counsel",
          attorneys: ["L. Laww"], reviewer: "grace", reviewed: Self.time)
      ]
      unit.unit.projectName = nil
      unit.project = "P"
      let report = try export([unit], to: folder)
      let files = try bytes(below: folder.appendingPathComponent("VOL001"))
      for (path, data) in files where path != "DATA/VOL001.dat" && path != "DATA/VOL001.csv" {
        // The second day's document is produced under the conversation's title.
        if path.contains("0000004") { continue }
        #expect(!holds(data, "Zyxwvut"), "\(path)")
      }
      #expect(report.tally.withheld == 3)
      #expect(report.tally.redacted == 0)
      #expect(files.keys.filter { $0.hasPrefix("NATIVES/") } == ["NATIVES/0001/CLD0000004.json"])
      let text = try #require(files["TEXT/0001/CLD0000001.txt"])
      #expect(holds(text, "CLD0000001\n\nWITHHELD\nThis document is withheld as privileged (WP)"))
      let log = String(decoding: try #require(files["LOGS/privilege-log.csv"]), as: UTF8.self)
      #expect(log.split(separator: "\r\n").count == 4)
      #expect(log.contains("PRIV-CLD0000001,CLD0000001,CLD0000001,CLD0000001,CHAT,"))
      #expect(log.contains(",notes for counsel,WP,OPINION,WITHHELD,L. Laww,"))
      #expect(holds(try #require(files["LOGS/bates-log.csv"]), "withheld"))
      #expect(
        try VolumeVerifier.verify(folder.appendingPathComponent("VOL001").path).problems == [])
    }
  }
}
