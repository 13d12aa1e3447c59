// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import Model
import Production
import TestSupport
import Testing

@Suite("Files whose bytes were captured, in a volume")
struct CapturedFileTests {
  private let document = Array("PK\u{3}\u{4} the bytes of a document".utf8)
  private let picture: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0, 1, 2]
  /// A browser would run it.
  private let page = Array(
    "<html xmlns=\"http://www.w3.org/1999/xhtml\"><script>alert(1)</script></html>".utf8)
  private let long = Array("long words and more that was not read".utf8)

  private func file(
    _ name: String, _ bytes: [UInt8], text: String?, _ lack: ProblemCode? = nil, note: String = ""
  ) -> CapturedFile {
    var file = sampleFile(name, text: text)
    file.content = bytes
    file.reading = FileReading(
      digests: FileDigests(of: bytes.span), lack: lack, note: note, reader: "test")
    return file
  }

  private func unit() -> ProducedUnit {
    sampleUnit([
      SampleMessage(
        id: "m1", time: "2026-03-01T09:00:00Z", text: "see these",
        files: [
          file("lease.docx", document, text: "The lease ends"),
          file(
            "quay.png", picture, text: nil, .unsupportedType, note: "nothing here reads its type"),
          file("log.exe", long, text: "long words", .textLimit, note: "cut at 10 bytes of text"),
          file("feed.xml", page, text: "feed"),
        ])
    ])
  }

  private func bytes(_ report: VolumeReport, _ path: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: URL(fileURLWithPath: report.path + "/" + path)))
  }

  @Test(
    "produces the bytes as natives, what was read of them as text, and what is lacking as codes")
  func volume() async throws {
    try await withTemporaryDirectory { folder in
      var options = try sampleOptions()
      options.renderings.insert(.eml)
      let report = try export([unit()], to: folder, options)
      #expect(try bytes(report, "NATIVES/0001/CLD0000002.docx") == document)
      #expect(try bytes(report, "NATIVES/0001/CLD0000003.png") == picture)
      // Nothing that a double click would run.
      #expect(try bytes(report, "NATIVES/0001/CLD0000004.bin") == long)
      #expect(try bytes(report, "NATIVES/0001/CLD0000005.xml.txt") == page)
      #expect(
        String(decoding: try bytes(report, "TEXT/0001/CLD0000002.txt"), as: UTF8.self)
          .hasPrefix("The lease ends"))
      let sheet = String(decoding: try bytes(report, "TEXT/0001/CLD0000003.txt"), as: UTF8.self)
      #expect(sheet.contains("UNSUPPORTED_TYPE") && sheet.contains("nothing here reads its type"))
      let csv = String(decoding: try bytes(report, "DATA/VOL001.csv"), as: UTF8.self)
      let rows = csv.split(separator: "\r\n").map(String.init)
      #expect(rows[2].contains(FileDigests(of: document.span).sha256))
      #expect(rows[2].contains(FileDigests(of: document.span, withSHA1: true).sha1 ?? "-"))
      #expect(rows[3].contains("UNSUPPORTED_TYPE") && rows[4].contains("UNKNOWN"))
      let log = String(decoding: try bytes(report, "LOGS/exceptions.csv"), as: UTF8.self)
      #expect(log.contains("searchable in part: cut at 10 bytes of text"))
      // Python's own reader finds the bytes in the mail.
      let script = """
        import email, email.policy, hashlib, sys
        mail = email.message_from_binary_file(open(sys.argv[1], 'rb'), policy=email.policy.default)
        print([hashlib.sha256(part.get_payload(decode=True)).hexdigest() for part in mail.iter_attachments()])
        """
      let told = try await Tool.run(
        "python3", ["-c", script, report.path + "/EML/0001/CLD0000001.eml"], in: folder)
      #expect(
        told.outputText.trimmingCharacters(in: .whitespacesAndNewlines)
          == "['"
          + [document, picture, long, page].map { FileDigests(of: $0.span).sha256 }
          .joined(separator: "', '") + "']")
    }
  }

  @Test("produces no bytes of a file of which something is blacked out")
  func redacted() async throws {
    try await withTemporaryDirectory { folder in
      var unit = unit()
      unit.redactions = [
        Redaction(
          id: "red_1", item: 0, part: .file(0), span: 4..<9, reason: .personal, basis: "",
          actor: "ada", time: Instant(ticks: 0))
      ]
      var options = try sampleOptions()
      options.renderings.insert(.eml)
      options.renderings.insert(.rsmf)
      let report = try export([unit], to: folder, options)
      #expect(
        !FileManager.default.fileExists(atPath: report.path + "/NATIVES/0001/CLD0000002.docx"))
      let text = String(decoding: try bytes(report, "TEXT/0001/CLD0000002.txt"), as: UTF8.self)
      #expect(!text.contains("lease"))
      let wanted = Data(document).base64EncodedString().prefix(40)
      for name in try FileManager.default.subpathsOfDirectory(atPath: report.path) {
        guard let data = FileManager.default.contents(atPath: report.path + "/" + name) else {
          continue
        }
        #expect(data.range(of: Data(document)) == nil, "\(name)")
        #expect(data.range(of: Data(wanted.utf8)) == nil, "\(name)")
      }
    }
  }

  @Test(
    "a file that is left out and has no text is called withheld or redacted, not missing",
    arguments: [true, false])
  func heldWithoutText(_ isPrivileged: Bool) async throws {
    try await withTemporaryDirectory { folder in
      var unit = unit()
      if isPrivileged {
        unit.privileged = [0: PrivilegeClaim(basis: "WP")]
      } else {
        unit.redactions = [
          Redaction(
            id: "red_1", item: 0, part: .fileName(1), span: nil, reason: .personal, basis: "",
            actor: "ada", time: Instant(ticks: 0))
        ]
      }
      var options = try sampleOptions()
      options.renderings.formUnion([.eml, .rsmf])
      let report = try export([unit], to: folder, options)
      let mark = isPrivileged ? "WITHHELD" : "REDACTED"
      let script = """
        import email, email.policy, io, sys, zipfile
        def read(path):
            with open(path, 'rb') as file:
                return email.message_from_binary_file(file, policy=email.policy.default)
        mail = read(sys.argv[1])
        parts = [(p.get_filename(), p.get_payload(decode=True)) for p in mail.iter_attachments()]
        short = next(read(sys.argv[2]).iter_attachments()).get_payload(decode=True)
        with zipfile.ZipFile(io.BytesIO(short)) as archive:
            parts += [(name, archive.read(name)) for name in archive.namelist()]
        for name, data in parts:
            if name.endswith(sys.argv[3] + '.txt'):
                print(name.split('.')[-2], data.decode().split('\\n')[:3])
            assert 'MISSING' not in name and b'MISSING' not in data, name
            assert b'quay' not in data and 'quay' not in name, name
        """
      let told = try await Tool.run(
        "python3",
        [
          "-c", script, report.path + "/EML/0001/CLD0000001.eml",
          report.path + "/RSMF/0001/CLD0000001.rsmf", mark,
        ], in: folder)
      let line = "\(mark) ['CLD0000003', '', '\(mark)']\n"
      #expect(told.outputText == line + line, "\(told.errorText)")
      #expect(try VolumeVerifier.verify(report.path).problems == [])
    }
  }

  @Test("writes no volume with bytes that are not those that were captured")
  func altered() async throws {
    try await withTemporaryDirectory { folder in
      var unit = unit()
      unit.unit.items[0].files[0].content = picture
      #expect(throws: (any Error).self) { try export([unit], to: folder) }
    }
  }
}
