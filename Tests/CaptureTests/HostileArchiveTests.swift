// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
import TestSupport
import Testing

@testable import Capture

/// Makes a zip with Python; `body` writes members into `z`, `data` is a small conversations file.
private func withZip(
  _ body: String, after: String = "", _ check: (Recorder, URL) throws -> Void
) async throws {
  try await withTemporaryDirectory { folder in
    let zip = folder.appendingPathComponent("h.zip")
    try python(
      """
      import random, sys, zipfile
      path = sys.argv[1]
      def data(id, size=0):
          noise = random.Random(1).randbytes(size).hex()
          return ('[{"uuid":"%s","chat_messages":[]},{"uuid":"%s-2","name":"%s","chat_messages":[]}]'
                  % (id, id, noise))
      with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
      \(body.split(separator: "\n").map { "    " + $0 }.joined(separator: "\n"))
      raw = bytearray(open(path, "rb").read())
      \(after)
      open(path, "wb").write(raw)
      """, zip.path)
    try check(capture(zip), folder)
  }
}

@Suite struct HostileArchiveTests {
  @Test(arguments: [
    "../up.json", "a/../../up.json", "/abs.json", "C:/x.json", "..\\\\up.json", "a/..",
  ])
  func aNameThatLeadsOutIsAnException(name: String) async throws {
    try await withZip(
      """
      z.writestr("\(name)", data("bad"))
      z.writestr("ok..json", data("ok"))
      """
    ) { got, _ in
      #expect(got.failures.map(\.code) == [.unsafeArchiveEntry])
      #expect(got.units.map(\.nativeID) == ["ok", "ok-2"])
      #expect(got.files.map(\.failureCount) == [0, 1])
    }
  }

  @Test func aLinkIsAnException() async throws {
    try await withZip(
      """
      link = zipfile.ZipInfo("link.json")
      link.create_system = 3
      link.external_attr = 0o120777 << 16
      z.writestr(link, "/etc/passwd")
      z.writestr("ok.json", data("ok"))
      """
    ) { got, folder in
      #expect(got.failureCodes(below: folder) == ["UNSAFE_ARCHIVE_ENTRY /h.zip!/link.json"])
      #expect(got.units.count == 2)
    }
  }

  @Test(arguments: ["a.json", "A.JSON", "./a.json", "x/../a.json", ".//a.json"])
  func aSecondMemberOfTheSameNameIsAnException(second: String) async throws {
    try await withZip(
      """
      import warnings
      warnings.simplefilter("ignore")
      z.writestr("a.json", data("first"))
      z.writestr("\(second)", data("second"))
      """
    ) { got, _ in
      #expect(
        got.failures.map(\.code) == [
          second.contains("..") ? .unsafeArchiveEntry : .duplicateArchiveEntry
        ])
      #expect(got.units.map(\.nativeID) == ["first", "first-2"])
    }
  }

  @Test func anEncryptedMemberIsAnException() async throws {
    try await withZip(
      """
      z.writestr("secret.json", data("secret"))
      z.writestr("ok.json", data("ok"))
      """,
      after: """
        raw[raw.index(b"PK\\x03\\x04") + 6] |= 1
        raw[raw.index(b"PK\\x01\\x02") + 8] |= 1
        """
    ) { got, folder in
      #expect(got.failureCodes(below: folder) == ["PASSWORD_PROTECTED /h.zip!/secret.json"])
      #expect(got.units.map(\.nativeID) == ["ok", "ok-2"])
    }
  }

  @Test func aWrongChecksumIsAnExceptionAndTheRecordsAreKept() async throws {
    try await withZip(
      """
      z.writestr("bad.json", data("bad"))
      z.writestr("ok.json", data("ok"))
      """,
      after: """
        raw[raw.index(b"PK\\x03\\x04") + 14] ^= 0xFF
        raw[raw.index(b"PK\\x01\\x02") + 16] ^= 0xFF
        """
    ) { got, folder in
      #expect(got.failureCodes(below: folder) == ["ARCHIVE_DAMAGED /h.zip!/bad.json"])
      #expect(got.units.map(\.nativeID) == ["bad", "bad-2", "ok", "ok-2"])
      #expect(got.files.map { $0.digest != nil } == [false, true, true])
    }
  }

  @Test func aTruncatedZipKeepsWhatCameBeforeTheCut() async throws {
    try await withZip(
      """
      z.writestr("a.json", data("a"))
      z.writestr("b.json", data("b", 400000))
      """, after: "del raw[len(raw) // 2:]"
    ) { got, _ in
      #expect(got.parsed.map(\.nativeID) == ["a", "a-2", "b"])
      #expect(!got.failures.isEmpty)
      #expect(got.failures.contains { $0.code == .archiveDamaged })
      #expect(got.files.last?.digest != nil)
    }
  }

  @Test(arguments: [
    "del raw[10:]", "raw[4:] = bytes(200)", "raw[0:0] = b'PK\\x03\\x04'", "del raw[:-22]",
    "del raw[-30:]",
  ])
  func aBrokenZipNeverStopsTheRun(after: String) async throws {
    try await withZip(#"z.writestr("a.json", data("a"))"#, after: after) { got, folder in
      let file = try #require(got.files.last)
      #expect(file.path == folder.path + "/h.zip")
      #expect(file.digest != nil)
      // Either all of it could be read, or an exception says that it could not.
      #expect(got.units.count == 2 || !got.failures.isEmpty)
    }
  }

  @Test func aZipCutBetweenTwoMembersIsAnException() async throws {
    try await withZip(
      """
      z.writestr("a.json", data("a"))
      z.writestr("b.json", data("b"))
      """, after: "del raw[raw.rindex(b'PK\\x03\\x04'):]"
    ) { got, folder in
      #expect(got.units.map(\.nativeID) == ["a", "a-2"])
      #expect(got.failureCodes(below: folder) == ["ARCHIVE_DAMAGED /h.zip"])
    }
  }

  @Test func holesOfASparseTarAreZeroBytes() async throws {
    try await withTemporaryDirectory { folder in
      let file = folder.appendingPathComponent("sparse.bin")
      let tar = folder.appendingPathComponent("s.tar")
      try python(
        """
        import subprocess, sys
        with open(sys.argv[1] + "/sparse.bin", "wb") as f:
            f.write(b"head")
            f.seek(1 << 20)
            f.write(b"middle")
            f.truncate(2 << 20)
        subprocess.run(["tar", "-S", "-cf", "s.tar", "sparse.bin"], cwd=sys.argv[1], check=True)
        """, folder.path)
      let size = try #require(
        FileManager.default.attributesOfItem(atPath: tar.path)[.size] as? NSNumber)
      try #require(size.intValue < 1 << 20)
      let got = try capture(tar, file)
      #expect(got.files.map(\.byteCount) == [2 << 20, size.int64Value, 2 << 20])
      #expect(got.files[0].digest == got.files[2].digest)
    }
  }

  @Test func namesOutsideASCIIAreRead() async throws {
    try await withZip(
      """
      z.writestr("folder/", "")
      z.writestr("é/名.json", data("u"))
      z.writestr("x.json", data("x"), zipfile.ZIP_STORED)
      """
    ) { got, folder in
      #expect(got.failures.isEmpty)
      #expect(got.units.count == 4)
      #expect(
        got.files.map { $0.path.replacingOccurrences(of: folder.path, with: "") } == [
          "/h.zip!/é/名.json", "/h.zip!/x.json", "/h.zip",
        ])
    }
  }
}
