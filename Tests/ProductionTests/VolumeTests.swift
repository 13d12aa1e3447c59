// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import Model
import Production
import TestSupport
import Testing

@Suite("Volumes, read by other programs")
struct VolumeTests {
  @Test("sha256sum and hashdeep's list agree with the files, and nothing is unlisted")
  func checksums() async throws {
    try await withTemporaryDirectory { folder in
      let report = try export(hostileUnits(), to: folder)
      let volume = URL(fileURLWithPath: report.path)
      let check = try run(
        "sha256sum", ["-c", "--strict", "--quiet", "MANIFEST/SHA256SUMS"], in: volume)
      #expect(check.status == 0, "\(check.output)")
      let script = """
        import hashlib, os, sys
        listed = {}
        for line in open('MANIFEST/hashdeep.txt').read().split('\\n')[3:-1]:
            size, md5, sha256, name = line.split(',', 3)
            data = open(name, 'rb').read()
            assert len(data) == int(size), name
            assert hashlib.md5(data).hexdigest() == md5, name
            assert hashlib.sha256(data).hexdigest() == sha256, name
            listed[name] = 1
        found = [os.path.relpath(os.path.join(d, f)) for d, _, fs in os.walk('.') for f in fs]
        found = sorted(f for f in found if not f.startswith('MANIFEST/'))
        assert found == sorted(listed), (found, listed)
        sums = [l[66:] for l in open('MANIFEST/SHA256SUMS').read().split('\\n')[:-1]]
        assert sums == sorted(sums) and sums == found
        """
      let python = try run("python3", ["-c", script], in: volume)
      #expect(python.status == 0, "\(python.output)")
    }
  }

  @Test(
    "hashdeep audits a volume with the command of its README",
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/hashdeep")))
  func hashdeep() async throws {
    try await withTemporaryDirectory { folder in
      let report = try export(hostileUnits(), to: folder)
      let readme = try String(contentsOfFile: report.path + "/README.txt", encoding: .utf8)
      let line = try #require(readme.split(separator: "\n").first { $0.contains("hashdeep -r") })
      let command = line.split(separator: " ").map(String.init)
      let volume = URL(fileURLWithPath: report.path)
      #expect(try run(command[0], Array(command.dropFirst()), in: volume).status == 0)
      let text = volume.appendingPathComponent("TEXT/0001/CLD0000001.txt")
      try Data("x".utf8).write(to: text)
      #expect(try run(command[0], Array(command.dropFirst()), in: volume).status != 0)
    }
  }

  @Test(
    "Python reads the DAT back with the values that were meant",
    arguments: [
      (LoadFileEncoding.utf8WithMark, "utf-8-sig"), (.utf8, "utf-8"), (.utf16, "utf-16"),
      (.windows1252, "cp1252"),
    ])
  func loadFile(_ encoding: LoadFileEncoding, _ codec: String) async throws {
    try await withTemporaryDirectory { folder in
      var options = try sampleOptions()
      options.loadFiles.encoding = encoding
      let report = try export(hostileUnits(), to: folder, options)
      let script = """
        import csv, io, sys
        text = open(sys.argv[1], encoding=sys.argv[2], newline='').read()
        r = list(csv.reader(io.StringIO(text, newline=''), delimiter='\\x14', quotechar='\\xfe',
            strict=True))
        assert text.endswith('\\r\\n') and text.count('\\r\\n') == text.count('\\n') == len(r)
        assert len({len(x) for x in r}) == 1
        k = [x[0] for x in r[1:]]
        assert k == sorted(k) and len(k) == len(set(k))
        rows = [dict(zip(r[0], x)) for x in r[1:]]
        assert len(rows) == int(sys.argv[3]), len(rows)
        for row in rows:
            assert all(not v.startswith(' ') and not v.endswith(' ') for v in row.values())
            kids = [x for x in rows if x['FAMILYID'] == row['FAMILYID']]
            assert row['BEGATTACH'] == kids[0]['BEGDOC'] and row['ENDATTACH'] == kids[-1]['ENDDOC']
        chat = rows[0]
        assert chat['RECORDTYPE'] == 'CHAT' and chat['CUSTODIAN'] == 'Byron, Ada'
        assert chat['ATTACHIDS'] == 'CLD0000002;CLD0000003;CLD0000004;CLD0000005'
        assert chat['SUBJECT'].startswith('=HYPERLINK("http://x") th TH (R)'), chat['SUBJECT']
        assert chat['SUBJECT'].count('\\xae') == 2 and '\\0' not in chat['SUBJECT']
        assert 'SUBSTITUTED_CHARS' in chat['EXCEPTION'].split(';')
        assert 'DECODE_ERROR' in chat['EXCEPTION'].split(';')
        assert chat['DATESENT'] == '03/01/2026' and chat['TIMESENT'] == '09:00:00'
        assert chat['DATETIMESENT'] == '03/01/2026 09:00:00'
        assert chat['MESSAGECOUNT'] == '3' and chat['CONTEXTCOUNT'] == '0'
        assert chat['HASBRANCHES'] == 'Yes' and chat['MODEL'] == 'claude-example-1'
        assert rows[2]['EXCEPTION'] == 'MISSING_AT_SOURCE' and rows[2]['NATIVEPATH'] == ''
        assert rows[2]['FILENAME'] == 'photo;1.png' and rows[2]['PGCOUNT'] == '1'
        assert rows[3]['EXCEPTION'] == 'ZERO_BYTE' and rows[3]['FILESIZE'] == '0'
        context = rows[5]
        assert context['MESSAGECOUNT'] == '0' and context['CONTEXTCOUNT'] == '1'
        assert rows[6]['DATESENT'] == '' and rows[6]['SLICEID'] == 'conv-2/undated/1'
        assert rows[7]['DEDUPED_CUSTODIANS'] == 'Hopper, Grace'
        """
      let dat = report.path + "/DATA/VOL001.dat"
      let python = try run("python3", ["-c", script, dat, codec, "8"])
      #expect(python.status == 0, "\(python.output)")
      #expect(report.tally.documents == 8)
      #expect(report.numbers == 1...8)
    }
  }

  @Test("a doubled qualifier gives the values back unchanged but for line ends and controls")
  func doubleEscape() async throws {
    try await withTemporaryDirectory { folder in
      var options = try sampleOptions()
      options.loadFiles.escape = .double
      let units = [sampleUnit(title: "a þ b ® c", [SampleMessage(id: "m", text: "x")])]
      let report = try export(units, to: folder, options)
      let script = """
        import csv, sys
        r = list(csv.reader(open(sys.argv[1], encoding='utf-8-sig', newline=''),
            delimiter='\\x14', quotechar='\\xfe', strict=True))
        row = dict(zip(*r))
        assert row['SUBJECT'] == 'a \\xfe b \\xae c', row['SUBJECT']
        """
      let python = try run("python3", ["-c", script, report.path + "/DATA/VOL001.dat"])
      #expect(python.status == 0, "\(python.output)")
    }
  }

  @Test("the CSV load file holds the same records, formulas neutralised unless raw is asked for")
  func csv() async throws {
    try await withTemporaryDirectory { folder in
      let script = """
        import csv, sys
        rows = list(csv.DictReader(open(sys.argv[1], encoding='utf-8', newline=''), strict=True))
        assert len(rows) == 8
        mark = '' if sys.argv[2] == 'raw' else "'"
        assert rows[0]['SUBJECT'].startswith(mark + '=HYPERLINK("http://x") \\xfe \\xde \\xae'), rows[0]
        assert '\\r\\nnext\\rlast' in rows[0]['SUBJECT']
        assert rows[0]['PROJECT'] == mark + '-Project; "quoted"'
        logs = list(csv.DictReader(open(sys.argv[3], encoding='utf-8', newline=''), strict=True))
        bad = [x for x in logs if x['CODE'] == 'DECODE_ERROR']
        assert len(bad) == 1 and bad[0]['DETAIL'] == "'@bad, \\"quoted\\"\\nsecond line", bad
        assert bad[0]['CONTROL_NO'] == 'CLD0000001' and bad[0]['SOURCE_ID'] == 'm2'
        """
      for (isRaw, word) in [(false, "human"), (true, "raw")] {
        var options = try sampleOptions()
        options.loadFiles.csvIsRaw = isRaw
        options.replacesExisting = true
        let report = try export(hostileUnits(), to: folder, options)
        let python = try run(
          "python3",
          [
            "-c", script, report.path + "/DATA/VOL001.csv", word,
            report.path + "/LOGS/exceptions.csv",
          ])
        #expect(python.status == 0, "\(python.output)")
      }
    }
  }

  @Test("every page is clean for tidy, runs nothing and shows hidden characters")
  func pages() async throws {
    try await withTemporaryDirectory { folder in
      let report = try export(hostileUnits(), to: folder)
      let pages = URL(fileURLWithPath: report.path + "/HTML/0001")
      let names = try FileManager.default.contentsOfDirectory(atPath: pages.path).sorted()
      #expect(names.count == 4)
      let tidy = try run("tidy", ["-qe"] + names, in: pages)
      #expect(tidy.status == 0, "\(tidy.output)")
      let page = try String(
        contentsOf: pages.appendingPathComponent("CLD0000001.html"), encoding: .utf8)
      #expect(page.contains("[U+202E]evil"))
      #expect(!page.unicodeScalars.contains("\u{202E}"))
      #expect(page.contains("&lt;b&gt;&amp;&#39;&quot;"))
      #expect(page.contains("id=\"m2\""))
      #expect(page.contains("[inactive branch 0]"))
      #expect(page.contains("data-time=\"2026-03-01T09:00:00.123456Z\""))
      let context = try String(
        contentsOf: pages.appendingPathComponent("CLD0000006.html"), encoding: .utf8)
      #expect(context.contains("[context]"))
    }
  }

  @Test("zip passes unzip, Python and bsdtar with sorted names and the folder's bytes")
  func zip() async throws {
    try await withTemporaryDirectory { folder in
      let plain = try export(hostileUnits(), to: folder)
      for (index, compression) in [VolumePackage.ZipCompression.store, .deflate(level: 6)]
        .enumerated()
      {
        var options = try sampleOptions()
        options.package = .zip(compression)
        let place = folder.appendingPathComponent("zip\(index)")
        let report = try export(hostileUnits(), to: place, options)
        #expect(report.filesSHA256 == plain.filesSHA256)
        #expect(try run("unzip", ["-tq", report.path]).status == 0)
        #expect(try run("python3", ["-m", "zipfile", "-t", report.path]).status == 0)
        let names = try run("bsdtar", ["-tf", report.path]).output.split(separator: "\n")
        #expect(names.map(String.init) == names.map(String.init).sorted())
        #expect(names.count == report.fileCount)
        let check = try run("sha256sum", ["-c", "VOL001.zip.sha256"], in: place)
        #expect(check.status == 0, "\(check.output)")
        let out = folder.appendingPathComponent("out\(index)")
        #expect(try run("unzip", ["-q", report.path, "-d", out.path]).status == 0)
        let sums = try run(
          "sha256sum", ["-c", "--strict", "--quiet", "MANIFEST/SHA256SUMS"],
          in: out.appendingPathComponent("VOL001"))
        #expect(sums.status == 0, "\(sums.output)")
        let left = try FileManager.default.contentsOfDirectory(atPath: place.path).sorted()
        #expect(left == ["VOL001.zip", "VOL001.zip.sha256"])
      }
    }
  }

  @Test("tar.zst passes zstd and bsdtar with the folder's bytes")
  func tar() async throws {
    try await withTemporaryDirectory { folder in
      var options = try sampleOptions()
      options.package = .tarZstandard(level: 3)
      let report = try export(hostileUnits(), to: folder, options)
      #expect(try run("zstd", ["-tq", report.path]).status == 0)
      #expect(try run("bsdtar", ["-xf", report.path], in: folder).status == 0)
      let sums = try run(
        "sha256sum", ["-c", "--strict", "--quiet", "MANIFEST/SHA256SUMS"],
        in: folder.appendingPathComponent("VOL001"))
      #expect(sums.status == 0, "\(sums.output)")
    }
  }

  @Test("a native of a part is valid JSON that keeps the bytes of its messages and no others")
  func natives() async throws {
    try await withTemporaryDirectory { folder in
      let units = hostileUnits()
      let report = try export(units, to: folder)
      let first = try Data(
        contentsOf: URL(fileURLWithPath: report.path + "/NATIVES/0001/CLD0000001.json"))
      let object = try #require(
        try JSONSerialization.jsonObject(with: first) as? [String: Any])
      let messages = try #require(object["chat_messages"] as? [[String: Any]])
      #expect(messages.map { $0["uuid"] as? String } == ["m1", "m2", "m3"])
      for item in units[0].unit.items[..<3] {
        #expect(first.range(of: Data(units[0].unit.native[item.nativeRange])) != nil)
      }
      let whole = try Data(
        contentsOf: URL(fileURLWithPath: report.path + "/NATIVES/0001/CLD0000007.json"))
      #expect(Array(whole) == units[1].unit.native)
      let extract = try Data(
        contentsOf: URL(fileURLWithPath: report.path + "/NATIVES/0001/CLD0000008.json"))
      let project = try #require(
        try JSONSerialization.jsonObject(with: extract) as? [String: Any])
      #expect((project["items"] as? [Any])?.count == 1)
    }
  }

  @Test("the text has one line an event, marks before the name, and attachments by number")
  func text() async throws {
    try await withTemporaryDirectory { folder in
      let report = try export(hostileUnits(), to: folder)
      let text = try String(
        contentsOfFile: report.path + "/TEXT/0001/CLD0000001.txt", encoding: .utf8)
      #expect(
        text.hasPrefix(
          "[2026-03-01T09:00:00Z] Ada Byron: Please list the clauses.\n    All.\n"
            + "    [attachment: agreement.txt | CLD0000002]\n"))
      #expect(text.contains("[2026-03-01T09:00:04Z] [inactive branch 0] Claude: =HYPER"))
      #expect(text.contains("    [attachment: Rates (version 1) | CLD0000005]\n"))
      let slip = try String(
        contentsOfFile: report.path + "/TEXT/0001/CLD0000003.txt", encoding: .utf8)
      #expect(slip.contains("MISSING_AT_SOURCE"))
    }
  }
}
