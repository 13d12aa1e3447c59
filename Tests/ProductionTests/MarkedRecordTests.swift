// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
import Production
import TestSupport
import Testing

@Suite("What was deleted, cut or is not as it was said, in a volume")
struct MarkedRecordTests {
  private static let day = "2026-03-01T09:00:0"

  /// A chat deleted at its source with one of its messages emptied.
  private func deleted() -> ProducedUnit {
    var produced = sampleUnit([
      SampleMessage(id: "m1", time: Self.day + "0Z", text: "kept words"),
      SampleMessage(id: "m2", parent: "m1", role: .assistant, time: Self.day + "1Z"),
    ])
    produced.unit.deletedAt = SourceTime(text: "2026-03-09T00:00:00Z")
    produced.unit.flags = [.deletedAtSource]
    produced.unit.items[1].blocks = []
    produced.unit.items[1].flags = [.deletedAtSource]
    produced.unit.items[1].provenance = .unavailable(
      reason: "deleted at source on 2026-03-09T00:00:00Z")
    return produced
  }

  private func text(_ report: VolumeReport, _ path: String) throws -> String {
    try String(contentsOfFile: report.path + "/" + path, encoding: .utf8)
  }

  @Test("a chat that was deleted at its source says so in every form")
  func deletion() async throws {
    try await withTemporaryDirectory { folder in
      var options = try sampleOptions()
      options.renderings = [.html, .rsmf]
      let plain = sampleUnit(
        id: "conv-2", [SampleMessage(id: "p1", time: Self.day + "5Z", text: "still there")])
      let report = try export([deleted(), plain], to: folder, options)
      let script = """
        import csv, email, email.policy, io, json, sys, zipfile
        folder = sys.argv[1]
        with open(folder + '/DATA/VOL001.csv', newline='', encoding='utf-8') as file:
            rows = list(csv.DictReader(file))
        print([row['HASDELETED'] for row in rows], [row['EXCEPTION'] for row in rows])
        for number in ('CLD0000001', 'CLD0000002'):
            with open(f'{folder}/RSMF/0001/{number}.rsmf', 'rb') as file:
                mail = email.message_from_binary_file(file, policy=email.policy.default)
            part = next(mail.iter_attachments()).get_payload(decode=True)
            with zipfile.ZipFile(io.BytesIO(part)) as archive:
                manifest = json.loads(archive.read('rsmf_manifest.json'))
            lacks = [[c['value'] for c in e['custom'] if c['name'] == 'Exception']
                for e in manifest['events']]
            print([(e['body'], e.get('deleted')) for e in manifest['events']], lacks)
        """
      let told = try await Tool.run("python3", ["-c", script, report.path], in: folder)
      #expect(
        told.outputText == """
          ['Yes', 'No'] ['MISSING_AT_SOURCE', '']
          [('kept words', True), ('', True)] [[], ['deleted at the source before it was captured']]
          [('still there', None)] [[]]

          """, "\(told.errorText)")
      let rsmf = try reader("rsmf", [report.path, "2.0.0", "3"])
      #expect(rsmf.status == 0, "\(rsmf.output)")
      for path in ["HTML/0001/CLD0000001.html", "TEXT/0001/CLD0000001.txt"] {
        let shown = try text(report, path)
        #expect(shown.contains("[deleted at source on 2026-03-09T00:00:00Z]"))
        #expect(shown.contains("[unavailable:deleted at source on 2026-03-09T00:00:00Z]"))
      }
      #expect(
        try text(report, "LOGS/exceptions.csv").contains(
          "CLD0000001,m2,MISSING_AT_SOURCE,,,deleted at the source before it was captured,"))
      #expect(try VolumeVerifier.verify(report.path).problems == [])
    }
  }

  @Test("a report tells of deleted conversations and messages")
  func deletionInReport() async throws {
    try await withTemporaryDirectory { folder in
      var options = try sampleOptions()
      options.layout = .report
      let plain = sampleUnit(
        id: "conv-2", [SampleMessage(id: "p1", time: Self.day + "5Z", text: "still there")])
      let report = try export([deleted(), plain], to: folder, options)
      let script = """
        import csv, sys
        for name, column in (('Items', 'ContainsDeletedMessage'), ('Messages', 'Deleted')):
            with open(f'{sys.argv[1]}/{name}.csv', newline='', encoding='utf-8') as file:
                print([row[column] for row in csv.DictReader(file)])
        """
      let told = try await Tool.run("python3", ["-c", script, report.path], in: folder)
      #expect(told.outputText == "['Yes', 'No']\n['Yes', 'Yes', 'No']\n", "\(told.errorText)")
    }
  }

  @Test(
    "what was cut, or is shown otherwise than it was said, is an exception",
    arguments: [
      (RecordFlag.loneSurrogate, "SUBSTITUTED_CHARS", "TEXT"),
      (.invalidUTF8, "SUBSTITUTED_CHARS", "TEXT"), (.streamIncomplete, "TRUNCATED_AT_SOURCE", ""),
      (.truncated, "TRUNCATED_AT_SOURCE", ""), (.unknownBlock, "", ""),
    ])
  func flags(_ flag: RecordFlag, _ code: String, _ field: String) async throws {
    try await withTemporaryDirectory { folder in
      let days = [
        SampleMessage(id: "m1", time: Self.day + "0Z", text: "first"),
        SampleMessage(id: "m2", time: "2026-03-02T09:00:00Z", text: "second"),
      ]
      var inItem = sampleUnit(id: "conv-item", days)
      inItem.unit.items[1].flags = [flag]
      var inUnit = sampleUnit(id: "conv-unit", days)
      inUnit.unit.flags = [flag]
      let report = try export([inItem, inUnit], to: folder)
      let lines = try text(report, "LOGS/exceptions.csv").split(separator: "\r\n").dropFirst()
      let rows = lines.map { line in
        line.split(separator: ",", omittingEmptySubsequences: false).prefix(4).map(String.init)
      }
      #expect(
        rows
          == (code.isEmpty
            ? []
            : [["CLD0000002", "m2", code, field], ["CLD0000003", "conv-unit", code, ""]]))
      #expect(try VolumeVerifier.verify(report.path).problems == [])
    }
  }

  @Test("two versions of a conversation have slices with different names and Message-IDs")
  func versions() async throws {
    try await withTemporaryDirectory { folder in
      let newest = sampleUnit([SampleMessage(id: "m1", time: Self.day + "0Z", text: "new")])
      var older = sampleUnit([SampleMessage(id: "m2", time: Self.day + "0Z", text: "old")])
      older.id = ObjectID(.conversation, derivedFrom: "older")
      older.olderVersion = 2
      let report = try export([newest, older], to: folder)
      let script = """
        import csv, sys
        with open(sys.argv[1] + '/DATA/VOL001.csv', newline='', encoding='utf-8') as file:
            print([row['SLICEID'] for row in csv.DictReader(file)])
        """
      let told = try await Tool.run("python3", ["-c", script, report.path], in: folder)
      #expect(told.outputText == "['conv-1/2026-03-01/1', 'conv-1/2026-03-01/1/v2']\n")
    }
  }

  @Test("the digest of a slice is over the events in scope, not those of context")
  func context() async throws {
    try await withTemporaryDirectory { folder in
      var options = try sampleOptions()
      options.extraFields = [.sliceHash]
      let selected = SampleMessage(id: "m1", time: Self.day + "0Z", text: "in scope")
      let other = SampleMessage(
        id: "m2", role: .assistant, time: Self.day + "1Z", text: "around it", selection: .context)
      let later = SampleMessage(
        id: "m3", time: "2026-03-02T09:00:00Z", text: "around it", selection: .context)
      let report = try export(
        [sampleUnit([selected]), sampleUnit(id: "conv-2", [selected, other, later])], to: folder,
        options)
      // The rules of the digests once more, in other words.
      let script = """
        import csv, hashlib, json, sys
        def sha(text): return hashlib.sha256(text.encode()).hexdigest()
        event = sha(json.dumps({'attachments': [], 'body': 'in scope', 'role': 'user'},
            separators=(',', ':')))
        wanted = sha('2026-03-01T09:00:00Z\\x1fuser\\x1f' + event + '\\n')
        with open(sys.argv[1] + '/DATA/VOL001.csv', newline='', encoding='utf-8') as file:
            print([row['SLICEHASH'].replace(wanted, 'wanted') for row in csv.DictReader(file)])
        """
      let told = try await Tool.run("python3", ["-c", script, report.path], in: folder)
      #expect(told.outputText == "['wanted', 'wanted', '']\n", "\(told.errorText)")
    }
  }

  @Test("the log of a redacted file names the parent's files that were made again")
  func renderings() async throws {
    try await withTemporaryDirectory { folder in
      var unit = sampleUnit([
        SampleMessage(
          id: "m1", time: Self.day + "0Z", text: "see the file",
          files: [
            sampleFile("plan.txt", text: "the secret plan"),
            sampleFile("other.txt", text: "no secret"),
          ])
      ])
      unit.redactions = [
        Redaction(
          id: "red_1", item: 0, part: .file(0), span: 4..<10, reason: .personal, basis: "",
          actor: "ada", time: Instant(ticks: 0))
      ]
      var options = try sampleOptions()
      options.renderings = [.html, .rsmf, .eml]
      let report = try export([unit], to: folder, options)
      let log = try text(report, "LOGS/redaction-log.csv")
      #expect(
        log.hasSuffix(
          ",TEXT/0001/CLD0000001.txt;HTML/0001/CLD0000001.html;RSMF/0001/CLD0000001.rsmf;"
            + "EML/0001/CLD0000001.eml;TEXT/0001/CLD0000002.txt\r\n"), "\(log)")
      #expect(try VolumeVerifier.verify(report.path).problems == [])
    }
  }

  @Test(
    "no native is named so that a click runs what a file holds",
    arguments: [
      ("text/html", "page.html", "html.txt"), ("image/svg+xml", "Drawing", "svg.txt"),
      ("application/vnd.ant.react", "App.jsx", "jsx.txt"), ("text/markdown", "notes", "md"),
    ])
  func natives(_ type: String, _ name: String, _ ending: String) async throws {
    try await withTemporaryDirectory { folder in
      let hostile = "<svg onload=\"alert(1)\"/><script>alert(1)</script>"
      let unit = sampleUnit([
        SampleMessage(
          id: "m1", role: .assistant, time: Self.day + "0Z", text: "here",
          files: [sampleFile(name, text: hostile, kind: .artifact, type: type)])
      ])
      var options = try sampleOptions()
      options.renderings = [.html, .rsmf, .eml, .viewer]
      let report = try export([unit], to: folder, options)
      #expect(try text(report, "NATIVES/0001/CLD0000002." + ending) == hostile)
      for (kind, arguments) in [
        ("eml", []), ("rsmf", ["2.0.0", "1"]), ("invariants", []),
      ] {
        let check = try reader(kind, [report.path] + arguments)
        #expect(check.status == 0, "\(kind): \(check.output)")
      }
      let mail = try await Tool.run(
        "python3",
        [
          "-c",
          """
          import email, email.policy, sys
          with open(sys.argv[1], 'rb') as file:
              mail = email.message_from_binary_file(file, policy=email.policy.default)
          print(next(mail.iter_attachments()).get_filename())
          """, report.path + "/EML/0001/CLD0000001.eml",
        ], in: folder)
      let stem = name.split(separator: ".").first.map(String.init) ?? name
      #expect(mail.outputText == "\(stem).\(ending)\n")
      #expect(try VolumeVerifier.verify(report.path).problems == [])
    }
  }
}
