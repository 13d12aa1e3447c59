// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
import Production
import TestSupport
import Testing

@Suite("Verification without a store")
struct VerifyTests {
  static let packages: [VolumePackage] = [
    .folder, .zip(.store), .zip(.deflate(level: 6)), .tarZstandard(level: 3), .bagit,
  ]

  static let archives = packages.filter { !$0.fileExtension.isEmpty }

  @Test("finds nothing wrong with what was just written", arguments: packages)
  func intact(_ package: VolumePackage) async throws {
    try await withTemporaryDirectory { folder in
      for encoding in LoadFileEncoding.allCases {
        for escape in LoadFileEscape.allCases {
          var options = try sampleOptions()
          options.package = package
          options.loadFiles.encoding = encoding
          options.loadFiles.escape = escape
          options.replacesExisting = true
          options.extraFields = ExtraField.allCases
          let written = try export(hostileUnits(), to: folder, options)
          let report = try VolumeVerifier.verify(written.path)
          #expect(report.problems == [])
          #expect(report.manifestID == written.manifestID)
          #expect(report.documentCount == 8)
          #expect(report.fileCount == written.fileCount)
          #expect(report.hasContainerDigest == (!package.fileExtension.isEmpty))
        }
      }
    }
  }

  @Test(
    "an archive without its digest file is proven by writing it again", arguments: archives)
  func withoutSidecar(_ package: VolumePackage) async throws {
    try await withTemporaryDirectory { folder in
      var options = try sampleOptions()
      options.package = package
      let written = try export(hostileUnits(), to: folder, options)
      try FileManager.default.removeItem(atPath: written.path + ".sha256")
      let report = try VolumeVerifier.verify(written.path)
      #expect(report.problems == [])
      #expect(!report.hasContainerDigest)
    }
  }

  @Test(
    "a volume that was unpacked by another program verifies as a folder", arguments: archives)
  func unpacked(_ package: VolumePackage) async throws {
    try await withTemporaryDirectory { folder in
      var options = try sampleOptions()
      options.package = package
      let written = try export(hostileUnits(), to: folder, options)
      #expect(try run("bsdtar", ["-xf", written.path], in: folder).status == 0)
      let report = try VolumeVerifier.verify(folder.appendingPathComponent("VOL001").path)
      #expect(report.problems == [])
    }
  }

  @Test("any byte changed in any file of a folder is found, and the file is named")
  func changedInFolder() async throws {
    try await withTemporaryDirectory { folder in
      let written = try export([tinyUnit()], to: folder)
      let files = try run("find", [written.path, "-type", "f"]).output.split(separator: "\n")
      #expect(files.count == written.fileCount)
      for file in files.map(String.init) {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
        let handle = try #require(FileHandle(forUpdatingAtPath: file))
        defer { try? handle.close() }
        let path = String(file.dropFirst(written.path.count + 1))
        for offset in stride(from: 0, to: bytes.count, by: path.hasPrefix("MANIFEST") ? 1 : 41) {
          try handle.seek(toOffset: UInt64(offset))
          try handle.write(contentsOf: Data([bytes[offset] ^ 0x01]))
          let report = try VolumeVerifier.verify(written.path)
          #expect(
            report.problems.contains { $0.path == path }, "byte \(offset) of \(path)")
          try handle.seek(toOffset: UInt64(offset))
          try handle.write(contentsOf: Data([bytes[offset]]))
        }
      }
      #expect(try VolumeVerifier.verify(written.path).isIntact)
    }
  }

  @Test(
    "any byte changed in an archive is found, even without its digest file",
    arguments: archives)
  func changedInArchive(_ package: VolumePackage) async throws {
    try await withTemporaryDirectory { folder in
      var options = try sampleOptions()
      options.package = package
      let written = try export([tinyUnit()], to: folder, options)
      try FileManager.default.removeItem(atPath: written.path + ".sha256")
      let bytes = try Data(contentsOf: URL(fileURLWithPath: written.path))
      let handle = try #require(FileHandle(forUpdatingAtPath: written.path))
      defer { try? handle.close() }
      // Every byte when asked for; else a part of them, the directory at the end of a zip wholly.
      let isThorough = ProcessInfo.processInfo.environment["CUSTODY_THOROUGH"] != nil
      var offset = 0
      while offset < bytes.count {
        let bit = UInt8(1) << UInt8(offset % 8)
        try handle.seek(toOffset: UInt64(offset))
        try handle.write(contentsOf: Data([bytes[offset] ^ bit]))
        #expect(try !VolumeVerifier.verify(written.path).isIntact, "byte \(offset)")
        try handle.seek(toOffset: UInt64(offset))
        try handle.write(contentsOf: Data([bytes[offset]]))
        let isDirectory = offset > bytes.count - 1200
        offset += isThorough || isDirectory ? 1 : 37
      }
      #expect(try VolumeVerifier.verify(written.path).isIntact)
    }
  }

  @Test("archives cut anywhere or with bytes behind are found", arguments: archives)
  func truncated(_ package: VolumePackage) async throws {
    try await withTemporaryDirectory { folder in
      var options = try sampleOptions()
      options.package = package
      let written = try export([tinyUnit()], to: folder, options)
      let bytes = try Data(contentsOf: URL(fileURLWithPath: written.path))
      let copy = folder.appendingPathComponent("copy")
      for count in stride(from: 0, to: bytes.count, by: 501) {
        try bytes.prefix(count).write(to: copy)
        #expect(try !VolumeVerifier.verify(copy.path).isIntact, "\(count) bytes")
      }
      for tail in [Data([0]), Data([0x50]), Data(repeating: 0, count: 4096), bytes] {
        try (bytes + tail).write(to: copy)
        #expect(try !VolumeVerifier.verify(copy.path).isIntact, "\(tail.count) bytes behind")
      }
      try bytes.write(to: copy)
      #expect(try VolumeVerifier.verify(copy.path).isIntact)
      try (bytes + [0]).write(to: URL(fileURLWithPath: written.path))
      let report = try VolumeVerifier.verify(written.path)
      #expect(report.problems.contains { $0.code == .containerChanged })
    }
  }

  @Test("any byte changed in the digest file beside an archive is found", arguments: archives)
  func changedSidecar(_ package: VolumePackage) async throws {
    try await withTemporaryDirectory { folder in
      var options = try sampleOptions()
      options.package = package
      let written = try export([tinyUnit()], to: folder, options)
      let file = URL(fileURLWithPath: written.path + ".sha256")
      let bytes = try Data(contentsOf: file)
      for offset in bytes.indices {
        var changed = bytes
        changed[offset] ^= 1
        try changed.write(to: file)
        #expect(!(try VolumeVerifier.verify(written.path).isIntact), "\(offset)")
      }
      // An archive under another name is still what it was.
      try bytes.write(to: file)
      let other = folder.appendingPathComponent("copy").path
      try FileManager.default.moveItem(atPath: written.path, toPath: other)
      try FileManager.default.moveItem(atPath: file.path, toPath: other + ".sha256")
      #expect(try VolumeVerifier.verify(other).problems == [])
    }
  }

  @Test("a copy under a name that is equal as a text does not stand for a changed file")
  func equalNames() async throws {
    try await withTemporaryDirectory { folder in
      var options = try sampleOptions()
      options.numbers = try ControlNumbers(prefix: "KEY")
      let written = try export([tinyUnit()], to: folder, options)
      let text = written.path + "/TEXT/0001/KEY0000001.txt"
      // Its first letter is the Kelvin sign, which is the letter K but for its bytes.
      let copy = written.path + "/TEXT/0001/\u{212A}EY0000001.txt"
      #expect(text == copy)
      let content = try Data(contentsOf: URL(fileURLWithPath: text))
      #expect(try run("touch", [copy]).status == 0)
      var handle = try #require(FileHandle(forUpdatingAtPath: copy))
      try handle.write(contentsOf: content)
      try handle.close()
      handle = try #require(FileHandle(forUpdatingAtPath: text))
      try handle.write(contentsOf: Data([content[0] ^ 1]))
      try handle.close()
      let problems = try VolumeVerifier.verify(written.path).problems
      #expect(problems.contains { $0.code == .changed })
      #expect(problems.contains { $0.code == .unsafeName })
    }
  }

  @Test("missing, added, cut and swapped files are named")
  func folderDamage() async throws {
    try await withTemporaryDirectory { folder in
      let written = try export(hostileUnits(), to: folder)
      let root = URL(fileURLWithPath: written.path)
      func check(_ path: String, _ code: VerificationProblem.Code) throws {
        let report = try VolumeVerifier.verify(written.path)
        #expect(report.problems.contains { $0.path == path && $0.code == code }, "\(path)")
      }
      let text = root.appendingPathComponent("TEXT/0001/CLD0000001.txt")
      let content = try Data(contentsOf: text)
      try content.dropLast().write(to: text)
      try check("TEXT/0001/CLD0000001.txt", .changed)
      try FileManager.default.removeItem(at: text)
      try check("TEXT/0001/CLD0000001.txt", .missing)
      try FileManager.default.createSymbolicLink(
        at: text, withDestinationURL: URL(fileURLWithPath: "/etc/hostname"))
      try check("TEXT/0001/CLD0000001.txt", .unsafeName)
      try FileManager.default.removeItem(at: text)
      try content.write(to: text)
      let added = root.appendingPathComponent("NATIVES/0001/extra.bin")
      try Data([1]).write(to: added)
      try check("NATIVES/0001/extra.bin", .added)
      try FileManager.default.removeItem(at: added)
      let note = root.appendingPathComponent("MANIFEST/note.txt")
      try Data([1]).write(to: note)
      try check("MANIFEST/note.txt", .added)
      try FileManager.default.removeItem(at: note)
      let empty = root.appendingPathComponent("EMPTY")
      try FileManager.default.createDirectory(at: empty, withIntermediateDirectories: false)
      try check("EMPTY", .added)
      try FileManager.default.removeItem(at: empty)
      for name in ["SHA256SUMS", "hashdeep.txt", "manifest.json", "run.json"] {
        let list = root.appendingPathComponent("MANIFEST/" + name)
        let bytes = try Data(contentsOf: list)
        try FileManager.default.removeItem(at: list)
        try check("MANIFEST/" + name, .missing)
        try bytes.write(to: list)
      }
      #expect(try VolumeVerifier.verify(written.path).isIntact)
    }
  }

  @Test("a load file that contradicts the files is found even when all lists were made to agree")
  func contradiction() async throws {
    try await withTemporaryDirectory { folder in
      let written = try export(hostileUnits(), to: folder)
      // A forger who changes a control number's family and renews every digest of the lists.
      let script = """
        import hashlib, json, sys
        dat = 'DATA/VOL001.dat'
        data = open(dat, 'rb').read()
        old = 'þCLD0000003þ\\x14þCLD0000003þ\\x14þCLD0000001þ'.encode()
        assert data.count(old) == 1
        data = data.replace(old, old.replace(b'CLD0000001', b'CLD0000002'))
        open(dat, 'wb').write(data)
        digest = hashlib.sha256(data).hexdigest()
        md5 = hashlib.md5(data).hexdigest()
        sums = open('MANIFEST/SHA256SUMS').read().split('\\n')
        sums = [digest + '  ' + dat if l.endswith('  ' + dat) else l for l in sums]
        open('MANIFEST/SHA256SUMS', 'w').write('\\n'.join(sums))
        deep = open('MANIFEST/hashdeep.txt').read().split('\\n')
        deep = ['%d,%s,%s,%s' % (len(data), md5, digest, dat) if l.endswith(',' + dat) else l
            for l in deep]
        open('MANIFEST/hashdeep.txt', 'w').write('\\n'.join(deep))
        """
      #expect(
        try run("python3", ["-c", script], in: URL(fileURLWithPath: written.path)).status == 0)
      let report = try VolumeVerifier.verify(written.path)
      #expect(report.problems.contains { $0.code == .inconsistent && $0.path == "CLD0000003" })
      #expect(report.problems.contains { $0.code == .changed && $0.path == "MANIFEST/SHA256SUMS" })
      #expect(!report.problems.contains { $0.path == "DATA/VOL001.dat" })
    }
  }

  @Test("hostile archives are reported, not followed")
  func hostileArchives() async throws {
    try await withTemporaryDirectory { folder in
      var options = try sampleOptions()
      options.package = .zip(.store)
      let written = try export(hostileUnits(), to: folder, options)
      let script = """
        import sys, warnings, zipfile
        warnings.simplefilter('ignore')
        with zipfile.ZipFile(sys.argv[1], 'a') as z:
            z.writestr('../../evil.txt', 'x')
            z.writestr('/abs.txt', 'x')
            z.writestr('VOL001/README.txt', 'second')
            z.writestr('other/file.txt', 'x')
        """
      #expect(try run("python3", ["-c", script, written.path]).status == 0)
      let report = try VolumeVerifier.verify(written.path)
      let found = Set(report.problems.map(\.code))
      #expect(found.isSuperset(of: [.unsafeName, .duplicate, .added, .containerChanged]))
    }
  }

  @Test("what is no volume is an error or a report, never a crash")
  func notAVolume() async throws {
    try await withTemporaryDirectory { folder in
      #expect(throws: ProductionError.self) {
        try VolumeVerifier.verify(folder.appendingPathComponent("nothing").path)
      }
      #expect(throws: ProductionError.self) { try VolumeVerifier.verify("/dev/null") }
      let empty = try VolumeVerifier.verify(folder.path)
      #expect(empty.problems.contains { $0.path == "MANIFEST/manifest.json" })
      let text = folder.appendingPathComponent("text.zip")
      try Data("hello".utf8).write(to: text)
      #expect(try VolumeVerifier.verify(text.path).problems.contains { $0.code == .unreadable })
    }
  }

  private func tinyUnit() -> ProducedUnit {
    sampleUnit(
      [
        SampleMessage(
          id: "m1", time: "2026-03-01T09:00:00Z", text: "Hi",
          files: [sampleFile("a.txt", text: "text")])
      ])
  }
}
