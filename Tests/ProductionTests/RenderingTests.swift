// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
import Production
import TestSupport
import Testing

@Suite("Renderings, read by other programs")
struct RenderingTests {
  /// Every combination that a volume may have beside pages.
  static let sets: [Set<Rendering>] = [
    [.html, .rsmf, .eml, .edrm, .viewer], [.html, .rsmf1, .eml, .edrm11], [], [.eml], [.rsmf],
    [.edrm],
  ]

  private func write(
    _ renderings: Set<Rendering>,
    _ units: [ProducedUnit] = hostileUnits() + longUnits() + treatedUnits(), to folder: URL
  ) throws -> VolumeReport {
    var options = try sampleOptions()
    options.renderings = renderings
    options.loadFiles.csvIsRaw = true
    return try export(units, to: folder, options)
  }

  @Test(
    "short messages follow the format's rules and hold every message once",
    arguments: [(Rendering.rsmf, "2.0.0"), (.rsmf1, "1.0.0")])
  func shortMessages(_ rendering: Rendering, _ version: String) async throws {
    try await withTemporaryDirectory { folder in
      let report = try write([rendering], to: folder)
      let check = try reader(
        "rsmf", [report.path, version, String(report.tally.selectedMessages)])
      #expect(check.status == 0, "\(check.output)")
      #expect(check.output == "\(report.tally.families)\n")
    }
  }

  @Test("messages are from who wrote them, and each of these takes part")
  func senders() async throws {
    try await withTemporaryDirectory { folder in
      var unit = sampleUnit([
        SampleMessage(id: "m1", time: "2026-03-01T10:00:00Z", text: "from another"),
        SampleMessage(id: "m2", time: "2026-03-01T10:01:00Z", text: "from the owner"),
        SampleMessage(
          id: "m3", role: .assistant, time: "2026-03-01T10:02:00Z", text: "from the model"),
      ])
      unit.unit.items[0].senderID = "user_02BB"
      unit.senders["user_02BB"] = ProducedCustodian(
        fullName: "Ben Boole", emailAddress: "ben@example.com", accountID: "user_02BB")
      let report = try write([.rsmf, .eml, .html], [unit], to: folder)
      let check = try reader("rsmf", [report.path, "2.0.0", "3"])
      #expect(check.status == 0, "\(check.output)")
      var texts: [String: String] = [:]
      for path in try FileManager.default.subpathsOfDirectory(atPath: report.path) {
        let file = URL(fileURLWithPath: report.path).appendingPathComponent(path)
        guard let data = try? Data(contentsOf: file) else { continue }
        let kind = file.pathExtension
        texts[kind] = (texts[kind] ?? "") + String(decoding: data, as: UTF8.self)
      }
      let page = try #require(texts["html"])
      let place = try #require(page.range(of: "from another"))
      #expect(page[..<place.lowerBound].suffix(300).contains("Ben Boole"))
      let other = try #require(page.range(of: "from the owner"))
      #expect(page[place.upperBound..<other.lowerBound].contains("Ada Byron"))
      let header = try #require(texts["eml"]).split(separator: "\r\n")
      let from = header.first { $0.hasPrefix("From: ") }
      #expect(from?.contains("ben@example.com") == true, "\(from ?? "")")
      #expect(texts["csv"]?.contains("Ben Boole <ben@example.com>") == true)
    }
  }

  @Test("mail messages hold transcript, page and files, and name the slices before them")
  func mail() async throws {
    try await withTemporaryDirectory { folder in
      let report = try write([.eml, .html], to: folder)
      let check = try reader("eml", [report.path])
      #expect(check.status == 0, "\(check.output)")
      #expect(check.output == "\(report.tally.families)\n")
    }
  }

  @Test(
    "EDRM XML says what the CSV says, and xmllint accepts it under the volume's schema",
    arguments: [(Rendering.edrm, "2"), (.edrm11, "1")])
  func loadFile(_ rendering: Rendering, _ minor: String) async throws {
    try await withTemporaryDirectory { folder in
      let report = try write([rendering], to: folder)
      let check = try reader("edrm", [report.path, minor])
      #expect(check.status == 0, "\(check.output)")
      let lint = try run(
        "xmllint",
        [
          "--nonet", "--noout", "--schema", "\(report.path)/DATA/VOL001-edrm.xsd",
          "\(report.path)/DATA/VOL001-edrm.xml",
        ])
      #expect(lint.status == 0, "\(lint.output)")
    }
  }

  @Test("an empty volume has an EDRM XML without documents")
  func empty() async throws {
    try await withTemporaryDirectory { folder in
      let report = try write([.edrm, .rsmf, .eml], [], to: folder)
      #expect(try VolumeVerifier.verify(report.path).problems == [])
      let lint = try run(
        "xmllint",
        [
          "--noout", "--schema", "\(report.path)/DATA/VOL001-edrm.xsd",
          "\(report.path)/DATA/VOL001-edrm.xml",
        ])
      #expect(lint.status == 0, "\(lint.output)")
    }
  }

  @Test("whatever is rendered, the volume verifies and twice gives the same bytes", arguments: sets)
  func verification(_ renderings: Set<Rendering>) async throws {
    try await withTemporaryDirectory { folder in
      let first = try write(renderings, to: folder.appendingPathComponent("a"))
      let second = try write(renderings, to: folder.appendingPathComponent("b"))
      #expect(try VolumeVerifier.verify(first.path).problems == [])
      #expect(first.manifestSHA256 == second.manifestSHA256)
      #expect(
        FileManager.default.fileExists(atPath: first.path + "/HTML") == renderings.contains(.html))
      let check = try reader("invariants", [first.path])
      #expect(check.status == 0, "\(check.output)")
    }
  }

  @Test("a volume holds one version of a rendering at most, and short messages 10,000 events")
  func refused() throws {
    for renderings in [[Rendering.rsmf, .rsmf1], [.edrm, .edrm11]] {
      var options = try sampleOptions()
      options.renderings = Set(renderings)
      #expect(throws: ProductionError.self) { try VolumeExporter(options) }
    }
    var options = try sampleOptions()
    options.renderings = [.rsmf]
    options.maximumEventCount = 10_001
    #expect(throws: ProductionError.self) { try VolumeExporter(options) }
  }

  @Test(
    "what an EDRM XML says otherwise than the DAT is found", arguments: ["hash", "parent", "id"])
  func damagedLoadFile(_ what: String) async throws {
    try await withTemporaryDirectory { folder in
      let report = try write([.edrm], to: folder)
      let path = report.path + "/DATA/VOL001-edrm.xml"
      var text = try String(contentsOfFile: path, encoding: .utf8)
      switch what {
      case "hash":
        let place = try #require(text.range(of: "Hash=\""))
        let digit = text[place.upperBound] == "0" ? "1" : "0"
        text.replaceSubrange(place.upperBound...place.upperBound, with: digit)
      case "parent":
        text.replace(
          "ParentDocId=\"CLD0000001\"", with: "ParentDocId=\"CLD0000006\"", maxReplacements: 1)
      default:
        text.replace("DocID=\"CLD0000006\"", with: "DocID=\"CLD9999999\"")
      }
      try Data(text.utf8).write(to: URL(fileURLWithPath: path))
      let problems = try VolumeVerifier.verify(report.path).problems
      #expect(problems.contains { $0.code == .inconsistent })
    }
  }
}

/// A reader of this folder, run by Python.
func reader(_ name: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
  let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Readers")
  return try run(
    "python3", [folder.appendingPathComponent(name + ".py").path] + arguments,
    environment: ["PYTHONDONTWRITEBYTECODE": "1"])
}

/// Conversations of which parts are blacked out or withheld.
func treatedUnits() -> [ProducedUnit] {
  let time = Instant(rfc3339: "2026-04-02T10:00:00Z") ?? Instant(ticks: 0)
  func unit(_ id: String) -> ProducedUnit {
    sampleUnit(
      id: id, title: "Treated",
      [
        SampleMessage(
          id: "t1", time: "2026-03-05T09:00:00Z", text: "words to go, others to stay",
          files: [
            sampleFile("a.txt", text: "secret text of a file"), sampleFile("b.png", text: nil),
            sampleFile("c.txt", text: "of no interest"), sampleFile("d.txt", text: ""),
          ]),
        SampleMessage(
          id: "t2", parent: "t1", role: .assistant, time: "2026-03-05T09:00:01Z", text: "answer"),
        SampleMessage(id: "t3", parent: "t2", time: "2026-03-06T09:00:00Z", text: "next day"),
      ])
  }
  var redacted = unit("conv-redacted")
  for part in [RedactedPart.block(0), .file(0)] {
    redacted.redactions.append(
      Redaction(
        id: "red_1", item: 0, part: part, span: 0..<6, reason: .personal, actor: "ada", time: time))
  }
  var withheld = unit("conv-withheld")
  withheld.privileged = [1: PrivilegeClaim(reviewer: "ada", reviewed: time)]
  return [redacted, withheld]
}

/// Conversations over several days, with edits, branches, tools, and values of unusual length.
func longUnits() -> [ProducedUnit] {
  let long = String(repeating: "Ünlimited title, with a comma ", count: 60)
  var days = sampleUnit(
    id: "conv-days", title: long,
    (0..<25).map { day in
      SampleMessage(
        id: "d\(day)", parent: day == 0 ? nil : "d\(day - 1)",
        role: day.isMultiple(of: 2) ? .user : .assistant,
        time: "2026-01-\(day < 9 ? "0" : "")\(day + 1)T12:00:00.\(day)Z", text: "Day \(day)")
    })
  days.custodian = ProducedCustodian(fullName: "Lovelace, Ada", accountID: "acc,1")
  var edited = sampleUnit(
    id: "conv-edited", title: "Edits", leaf: "e4",
    [
      SampleMessage(id: "e0", time: "2026-02-01T08:00:00Z", text: "First wording"),
      SampleMessage(id: "e1", parent: "e0", role: .assistant, time: "2026-02-01T08:00:01Z"),
      SampleMessage(id: "e2", time: "2026-02-01T08:01:00Z", text: "Second wording"),
      SampleMessage(
        id: "e3", parent: "e2", role: .tool, time: "2026-02-01T08:01:01Z", text: "tool says"),
      SampleMessage(
        id: "e4", parent: "e3", role: .assistant, time: nil, text: "late \u{FFFE}\u{1}",
        files: [
          sampleFile("Pläne\u{202E} 计划.html", text: "<script>alert(1)</script>", kind: .artifact),
          sampleFile(String(repeating: "n", count: 400), text: "long name"),
          sampleFile("", text: nil),
        ]),
      SampleMessage(
        id: "", parent: "e2", role: .assistant, time: "2026-02-01T08:01:03Z", text: "b"),
      SampleMessage(id: "e3", parent: "e2", role: .assistant, time: "2026-02-01T08:01:04Z"),
    ])
  edited.unit.items[1].blocks = [ContentBlock(kind: .toolUse, text: "ls", name: "shell")]
  edited.unit.items[6].nativeID = String(repeating: "x", count: 5000)
  edited.unit.hasParentLinks = true
  edited.custodian = ProducedCustodian(fullName: "A, B, \"C\"\r\nBcc: x@example.com")
  edited.platform = ""
  var bare = sampleUnit(
    id: "mem-1", title: "", kind: .memory, [SampleMessage(role: .system, text: "remember")])
  bare.custodian = ProducedCustodian(fullName: "", emailAddress: "not an address")
  return [days, edited, bare]
}
