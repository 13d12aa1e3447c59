// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import Model
import TestSupport
import Testing

@testable import Production

@Suite("The designation of a production")
struct DesignationTests {
  private static let all: Set<Rendering> = [.html, .rsmf, .eml, .edrm, .viewer]

  private func options(_ designation: String) throws -> VolumeOptions {
    var options = try sampleOptions()
    options.confidentiality = designation
    options.renderings = Self.all
    return options
  }

  /// Hostile conversations, one with a file blacked out and one withheld.
  private func units() -> [ProducedUnit] {
    var units = hostileUnits()
    units[0].redactions = [
      Redaction(
        id: "red_a", item: 0, part: .block(0), span: 7..<11, reason: .personal, basis: "rule",
        actor: "ada", time: Instant(ticks: 0)),
      Redaction(
        id: "red_b", item: 0, part: .file(0), span: 0..<5, reason: .personal, basis: "rule",
        actor: "ada", time: Instant(ticks: 0)),
    ]
    units[1].privileged = [0: PrivilegeClaim()]
    return units
  }

  private func files(_ folder: URL, under name: String) throws -> [String: Data] {
    let root = folder.appendingPathComponent(name)
    var files: [String: Data] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: root.path) {
      let full = root.appendingPathComponent(path)
      if let data = try? Data(contentsOf: full), !full.hasDirectoryPath { files[path] = data }
    }
    return files
  }

  @Test(
    "stands in each rendering, read by other programs, and in no native",
    arguments: [
      "CONFIDENTIAL", "Vertraulich – nur für Anwälte; <b>\"&amp;\"</b> 計 [x]: {\"a\":1}",
      String(repeating: "HIGHLY CONFIDENTIAL ", count: 9) + "- AEO", "x",
      String(repeating: "計", count: 66),
    ])
  func renderings(_ text: String) async throws {
    try await withTemporaryDirectory { folder in
      let plain = folder.appendingPathComponent("plain")
      let marked = folder.appendingPathComponent("marked")
      try export(units(), to: plain, options(""))
      let report = try export(units(), to: marked, options(text))
      #expect(report.tally.withheld == 1 && report.tally.redacted > 1)
      #expect(try VolumeVerifier.verify(report.path).problems == [])
      let looked = try reader("designation", [report.path, text])
      #expect(looked.status == 0, "\(looked.output)")
      #expect(looked.output.contains("EML=4") && looked.output.contains("RSMF=4"))
      for name in ["eml", "rsmf", "invariants"] {
        let more = name == "rsmf" ? ["2.0.0", String(report.tally.selectedMessages)] : []
        let checked = try reader(name, [report.path] + more)
        #expect(checked.status == 0, "\(name): \(checked.output)")
      }
      let (before, after) = (
        try files(plain, under: "VOL001/NATIVES"), try files(marked, under: "VOL001/NATIVES")
      )
      #expect(before == after && before.count > 3)
      // Spans are of the words as captured, whatever stands above them.
      func spans(_ folder: URL) throws -> [[Substring]] {
        let log = folder.appendingPathComponent("VOL001/LOGS/redaction-log.csv")
        return try String(contentsOf: log, encoding: .utf8).split(separator: "\r\n")
          .map { Array($0.split(separator: ",", omittingEmptySubsequences: false).prefix(6)) }
      }
      let (bare, told) = (try spans(plain), try spans(marked))
      #expect(bare == told)
      #expect(told.dropFirst().map { $0[3] + "-" + $0[4] } == ["7-11", "0-5"])
    }
  }

  @Test("stands in the transcripts and texts of a report")
  func report() async throws {
    try await withTemporaryDirectory { folder in
      var options = try options("CONFIDENTIAL")
      options.renderings = [.html]
      options.layout = .report
      let report = try export(units(), to: folder, options)
      #expect(try VolumeVerifier.verify(report.path).problems == [])
      let looked = try reader("designation", [report.path, "CONFIDENTIAL"])
      #expect(looked.status == 0, "\(looked.output)")
      #expect(looked.output.contains("text=8 transcripts=4"))
    }
  }

  @Test(
    "a file without it is found, whatever its kind",
    arguments: ["TEXT", "HTML", "RSMF", "EML"], ["CONFIDENTIAL", "Für Anwälte"])
  func missing(_ kind: String, _ text: String) async throws {
    try await withTemporaryDirectory { folder in
      let marked = try export(units(), to: folder.appendingPathComponent("a"), options(text))
      let plain = try export(units(), to: folder.appendingPathComponent("b"), options(""))
      let other = try export(units(), to: folder.appendingPathComponent("c"), options(text + "!"))
      func problems(_ path: String) throws -> [VerificationProblem] {
        try VolumeVerifier.verify(path).problems.filter { $0.code == .inconsistent }
      }
      let paths = try files(folder, under: "a/VOL001").keys.filter { $0.hasPrefix(kind + "/") }
      #expect(paths.count >= 4)
      for path in paths.sorted() {
        let place = URL(fileURLWithPath: marked.path + "/" + path)
        let content = try Data(contentsOf: place)
        for source in [plain.path, other.path] {
          try Data(contentsOf: URL(fileURLWithPath: source + "/" + path)).write(to: place)
          let found = try problems(marked.path)
          #expect(
            found.contains {
              $0.path == path && $0.detail == "it does not bear the designation \(text)"
            },
            "\(path)")
        }
        // And one that nobody told of.
        let bare = URL(fileURLWithPath: plain.path + "/" + path)
        let bareContent = try Data(contentsOf: bare)
        try content.write(to: bare)
        let found = try problems(plain.path)
        #expect(
          found.contains { $0.path == path && $0.detail.hasPrefix("it bears a designation") }
            == (kind != "TEXT"), "\(path)")
        try content.write(to: place)
        try bareContent.write(to: bare)
      }
      #expect(try problems(marked.path) == [])
      #expect(try problems(plain.path) == [])
    }
  }

  @Test("a load file with another one is found", arguments: LoadFileEncoding.allCases)
  func loadFile(_ encoding: LoadFileEncoding) async throws {
    try await withTemporaryDirectory { folder in
      for escape in LoadFileEscape.allCases {
        var options = try options("þ® 計 für Anwälte")
        options.loadFiles.encoding = encoding
        options.loadFiles.escape = escape
        options.replacesExisting = true
        let report = try export(units(), to: folder, options)
        #expect(try VolumeVerifier.verify(report.path).problems == [])
        var contents = VolumeContents()
        var found = VerificationReport(path: report.path)
        try contents.read(folder: report.path, report: &found)
        let manifest = try #require(ListChecks.readManifest(contents, report: &found))
        guard case .object(var members) = manifest, case .object(var values)? = members["options"]
        else {
          Issue.record("the manifest has no options")
          continue
        }
        values["confidentiality"] = "þ® 計 für alle"
        members["options"] = .object(values)
        DesignationChecks.run(contents, manifest: .object(members), report: &found)
        #expect(found.problems.contains { $0.path == "DATA" })
      }
    }
  }

  @Test(
    "is found wherever pieces of a file end, and only in its place",
    arguments: ["EML", "HTML", "TEXT"])
  func pieces(_ kind: String) throws {
    let designation = Designation("Nur für Anwälte")
    let title = String(repeating: "<th scope=\"row\">Confidentiality</th> ", count: 2000)
    let bytes: [UInt8]
    switch kind {
    case "EML":
      bytes =
        Array("From: x\r\nSubject: a\r\n X-Confidentiality: no\r\n".utf8)
        + designation.field(.mail) + Array("To: y\r\n\r\nX-Confidentiality: body\r\n\r\n".utf8)
    case "HTML":
      var page = TranscriptPage(
        TranscriptPage.Facts(
          number: "1", title: title, recordType: "CHAT",
          facts: [("Custodian", title), (Designation.label, designation.text)], sliceID: "s",
          part: "1 of 1", nativeSHA256: ""))
      page.append(
        EventView(
          index: 0, id: "m1", time: nil, timeText: "no time", sender: "x", marks: [], blocks: [],
          attachments: [], sha256: ""))
      bytes = page.finish()
    default: bytes = Array((designation.textHead + "[x] a\n\nb\n").utf8)
    }
    let place = try #require(Designation.Kind(of: kind + "/x"))
    let expected = DesignationIntake.expected(designation)[place]
    for size in [1, 2, 7, 61, 4095, 4096, 4097, bytes.count] {
      var intake = try #require(DesignationIntake(kind + "/x"))
      for start in stride(from: 0, to: bytes.count, by: size) {
        intake.read(bytes[start..<min(start + size, bytes.count)].span)
      }
      #expect(intake.finish() == expected && expected != nil, "\(size)")
    }
  }

  @Test("what is no line to be seen is refused")
  func refused() throws {
    for text in [
      "a\nb", "a\u{2028}b", "\u{202E}a", "a\u{200B}", "\u{FEFF}a", "\0", " a", "a\t", "\u{3000}a",
      String(repeating: "x", count: 201),
    ] {
      #expect(throws: ProductionError.self) { _ = try VolumeExporter(try options(text)) }
      #expect(!VolumeExporter.isDesignation(text))
    }
    #expect(VolumeExporter.isDesignation("") && VolumeExporter.isDesignation("A – B"))
  }
}
