// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
import TestSupport
import Testing

@testable import Capture

/// Makes an archive with Python: `body` finds the path in `path` and conversations by `data(id)`.
private func withArchive(
  _ name: String, _ body: String, _ check: (Recorder, URL) throws -> Void
) async throws {
  try await withTemporaryDirectory { folder in
    let archive = folder.appendingPathComponent(name)
    try python(
      """
      import bz2, gzip, io, lzma, os, struct, subprocess, sys, warnings, zipfile, zlib
      warnings.simplefilter("ignore")
      path = sys.argv[1]
      def data(id):
          return '[{"uuid":"%s","chat_messages":[]}]' % id
      def pack(members):
          out = io.BytesIO()
          with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
              for name, content in members:
                  z.writestr(name, content)
          return out.getvalue()
      def zeros(z, name, megabytes):
          with z.open(name, "w") as member:
              for _ in range(megabytes):
                  member.write(bytes(1 << 20))
      \(body)
      """, archive.path)
    try check(capture(archive), folder)
  }
}

@Suite("An archive that would not end")
struct ArchiveBombTests {
  @Test("is refused member by member, and what lies beside the bomb is read")
  func ratio() async throws {
    try await withArchive(
      "bomb.zip",
      """
      with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as z:
          z.writestr("a.json", data("before"))
          zeros(z, "bomb.bin", 300)
          z.writestr("z.json", data("after"))
      """
    ) { got, folder in
      #expect(got.units.map(\.nativeID) == ["before", "after"])
      #expect(
        got.failureCodes(below: folder) == [
          "UNKNOWN_FORMAT /bomb.zip!/bomb.bin", "ARCHIVE_LIMIT /bomb.zip!/bomb.bin",
        ])
      let bomb = try #require(got.files.first { $0.path.hasSuffix("bomb.bin") })
      #expect(bomb.digest == nil)
      #expect(bomb.byteCount <= ArchiveBudget.ratioFloor + 1 << 20)
    }
  }

  @Test("made of many members is refused as a whole after a few of them")
  func manyMembers() async throws {
    try await withArchive(
      "bombs.zip",
      """
      deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
      packed = b"".join(deflater.compress(bytes(1 << 20)) for _ in range(260)) + deflater.flush()
      crc = 0
      for _ in range(260):
          crc = zlib.crc32(bytes(1 << 20), crc)
      local, central, offset = [], [], 0
      def add(name, method, content, crc, size):
          global offset
          sizes = struct.pack("<LLL", crc, len(content), size)
          head = struct.pack("<LHHHHH", 0x04034B50, 20, 0, method, 0, 33) + sizes
          local.append(head + struct.pack("<HH", len(name), 0) + name + content)
          central.append(
              struct.pack("<LHHHHHH", 0x02014B50, 20, 20, 0, method, 0, 33) + sizes
              + struct.pack("<HHHHHLL", len(name), 0, 0, 0, 0, 0, offset) + name)
          offset += len(local[-1])
      text = data("first").encode()
      add(b"a.json", 0, text, zlib.crc32(text), len(text))
      for number in range(8):
          add(b"bomb%d.bin" % number, 8, packed, crc, 260 << 20)
      text = data("last").encode()
      add(b"z.json", 0, text, zlib.crc32(text), len(text))
      body = b"".join(central)
      with open(path, "wb") as f:
          f.write(b"".join(local) + body)
          f.write(struct.pack("<LHHHHLLH", 0x06054B50, 0, 0, 10, 10, len(body), offset, 0))
      """
    ) { got, folder in
      #expect(got.units.map(\.nativeID) == ["first"])
      let limits = got.failureCodes(below: folder).filter { $0.hasPrefix("ARCHIVE_LIMIT") }
      #expect(limits.last == "ARCHIVE_LIMIT /bombs.zip")
      #expect(limits.count == ArchiveBudget.refusalLimit + 1)
    }
  }

  @Test("nested deeper than the limit is refused there, and the levels above are read")
  func depth() async throws {
    try await withArchive(
      "deep.zip",
      """
      content = pack([("deepest.json", data("too deep"))])
      for level in range(5, 0, -1):
          content = pack([("%d.json" % level, data("level %d" % level)), ("%d.zip" % level, content)])
      open(path, "wb").write(content)
      """
    ) { got, folder in
      #expect(got.units.map(\.nativeID) == ["level 1", "level 2", "level 3", "level 4"])
      #expect(
        got.failureCodes(below: folder) == [
          "ARCHIVE_LIMIT /deep.zip!/1.zip!/2.zip!/3.zip!/4.zip"
        ])
    }
  }

  @Test("in an archive counts against the one around it")
  func nestedRatio() async throws {
    try await withArchive(
      "nested.zip",
      """
      inner = io.BytesIO()
      with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as z:
          z.writestr("in.json", data("inside"))
          zeros(z, "bomb.bin", 300)
          z.writestr("never.json", data("never"))
      open(path, "wb").write(
          pack([("inner.zip", inner.getvalue() + bytes(2 << 20)), ("z.json", data("after"))]))
      """
    ) { got, folder in
      // The inner archive alone is within its ratio, by its padding; the outer one is not.
      #expect(got.units.map(\.nativeID) == ["inside", "after"])
      let codes = got.failureCodes(below: folder)
      #expect(codes.contains("ARCHIVE_LIMIT /nested.zip!/inner.zip!/bomb.bin"))
      #expect(codes.contains("ARCHIVE_LIMIT /nested.zip!/inner.zip"))
    }
  }

  @Test("that was refused a few times unpacks nothing more for what waits in it")
  func refusedForGood() throws {
    let budget = ArchiveBudget(packedByteCount: 1)
    for _ in 0..<ArchiveBudget.refusalLimit {
      try budget.beginMember()
      #expect(throws: CaptureError.self) {
        try budget.spend(bytes: Int(ArchiveBudget.ratioFloor) + 1)
      }
      try? budget.endMember()
    }
    budget.beginMemberAgain()
    #expect(throws: CaptureError.self) { try budget.spend(bytes: 1) }
  }

  @Test("of more members than the limit is refused there")
  func entries() throws {
    let outer = ArchiveBudget(packedByteCount: 1)
    let inner = ArchiveBudget(packedByteCount: 1, inside: outer)
    for _ in 0..<(ArchiveBudget.entryLimit / 2) {
      try outer.beginMember()
      try inner.beginMember()
    }
    #expect(throws: CaptureError.self) { try inner.beginMember() }
    #expect(throws: CaptureError.self) { try inner.endMember() }
  }

  @Test("of many small members is read in order")
  func manySmallMembers() async throws {
    try await withArchive(
      "many.zip",
      """
      with zipfile.ZipFile(path, "w") as z:
          for number in range(3000):
              z.writestr("%04d.json" % number, data("c%d" % number))
      """
    ) { got, _ in
      #expect(got.failures.isEmpty)
      #expect(got.units.map(\.nativeID) == (0..<3000).map { "c\($0)" })
    }
  }

  @Test(
    "states a wrong size, and the members beside it are read",
    arguments: [-5, 5, 1 << 30])
  func wrongSize(difference: Int) async throws {
    try await withArchive(
      "sizes.zip",
      """
      with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
          z.writestr("a.json", data("wrong"))
          z.writestr("b.json", data("right"))
      raw = bytearray(open(path, "rb").read())
      for place in (raw.index(b"PK\\x03\\x04") + 22, raw.index(b"PK\\x01\\x02") + 24):
          size = struct.unpack_from("<L", raw, place)[0]
          struct.pack_into("<L", raw, place, size + \(difference))
      open(path, "wb").write(raw)
      """
    ) { got, folder in
      #expect(got.units.map(\.nativeID).contains("right"))
      #expect(got.failureCodes(below: folder).contains("ARCHIVE_DAMAGED /sizes.zip!/a.json"))
    }
  }

  @Test("whose members overlap never reads one silently for another")
  func overlap() async throws {
    try await withArchive(
      "overlap.zip",
      """
      with zipfile.ZipFile(path, "w") as z:
          z.writestr("a.json", data("one"))
          z.writestr("b.json", data("two"))
      raw = bytearray(open(path, "rb").read())
      second = raw.rindex(b"PK\\x01\\x02")
      struct.pack_into("<L", raw, second + 42, 0)
      open(path, "wb").write(raw)
      """
    ) { got, folder in
      #expect(got.units.map(\.nativeID) == ["one"])
      #expect(got.failureCodes(below: folder) == ["ARCHIVE_DAMAGED /overlap.zip"])
    }
  }
}

@Suite("A compressed file")
struct CompressedFileTests {
  @Test(
    "is read as what it holds",
    arguments: [
      ("conversations.json.gz", "gzip.compress(text)"), ("part.JSONL.GZ", "gzip.compress(lines)"),
      ("conversations.json.xz", "lzma.compress(text)"),
      ("conversations.json.bz2", "bz2.compress(text)"),
      (
        "conversations.json.zst",
        "subprocess.run(['zstd', '-c'], input=text, stdout=subprocess.PIPE, check=True).stdout"
      ),
      ("two.json.gz", "gzip.compress(text[:30]) + gzip.compress(text[30:])"),
    ])
  func single(name: String, packing: String) async throws {
    try await withArchive(
      name,
      """
      records = ['{"uuid":"one","chat_messages":[]}', '{"uuid":"two","chat_messages":[]}']
      text = ("[" + ",".join(records) + "]").encode()
      lines = "\\n".join(records).encode()
      open(path, "wb").write(\(packing))
      """
    ) { got, folder in
      #expect(got.failures.isEmpty)
      #expect(got.units.map(\.nativeID) == ["one", "two"])
      let inner = String(name.prefix(upTo: name.lastIndex(of: ".") ?? name.endIndex))
      #expect(
        got.files.map { $0.path.replacing(folder.path, with: "") } == [
          "/\(name)!/\(inner)", "/\(name)",
        ])
      #expect(got.files.allSatisfy { $0.digest != nil && $0.format?.isRead == true })
    }
  }

  @Test("is read inside a zip, and a tar inside it is read as a tar")
  func nested() async throws {
    try await withArchive(
      "outer.zip",
      """
      import tarfile
      tar = io.BytesIO()
      with tarfile.open(fileobj=tar, mode="w:gz") as t:
          text = data("tarred").encode()
          info = tarfile.TarInfo("in.json")
          info.size = len(text)
          t.addfile(info, io.BytesIO(text))
      open(path, "wb").write(pack([
          ("a.json.gz", gzip.compress(data("zipped").encode())), ("b.tar.gz", tar.getvalue())]))
      """
    ) { got, folder in
      #expect(got.failures.isEmpty)
      #expect(got.units.map(\.nativeID) == ["zipped", "tarred"])
      #expect(
        got.files.map { $0.path.replacing(folder.path, with: "") } == [
          "/outer.zip!/a.json.gz!/a.json", "/outer.zip!/a.json.gz",
          "/outer.zip!/b.tar.gz!/in.json", "/outer.zip!/b.tar.gz", "/outer.zip",
        ])
    }
  }

  @Test("that is cut keeps the records before the cut, and is an exception")
  func truncated() async throws {
    try await withArchive(
      "cut.json.gz",
      """
      import random
      noise = random.Random(1).randbytes(300000).hex()
      text = '[{"uuid":"one","chat_messages":[]},{"uuid":"two","name":"%s","chat_messages":[]}]'
      raw = gzip.compress((text % noise).encode())
      open(path, "wb").write(raw[:len(raw) // 2])
      """
    ) { got, folder in
      #expect(got.parsed.map(\.nativeID) == ["one"])
      #expect(
        got.failureCodes(below: folder).contains("ARCHIVE_DAMAGED /cut.json.gz!/cut.json"))
    }
  }

  @Test("with other content than its checksum says is an exception")
  func wrongChecksum() async throws {
    try await withArchive(
      "changed.json.gz",
      """
      deflater = zlib.compressobj(0, zlib.DEFLATED, 31)
      raw = deflater.compress(data("honest").encode()) + deflater.flush()
      open(path, "wb").write(raw.replace(b"honest", b"forged"))
      """
    ) { got, folder in
      #expect(
        got.failureCodes(below: folder) == ["ARCHIVE_DAMAGED /changed.json.gz"])
      // The damage cannot be placed, so what was read is kept beside the exception.
      #expect(got.units.map(\.nativeID) == ["forged"])
    }
  }

  @Test("that would not end is refused")
  func bomb() async throws {
    try await withArchive(
      "bomb.json.gz",
      """
      with gzip.open(path, "wb", 9) as f:
          for _ in range(300):
              f.write(b"x" * (1 << 20))
      """
    ) { got, folder in
      #expect(
        got.failureCodes(below: folder).contains("ARCHIVE_LIMIT /bomb.json.gz!/bomb.json"))
    }
  }

  @Test("of nothing that is known is an exception")
  func unknown() async throws {
    try await withArchive("notes.gz", #"open(path, "wb").write(gzip.compress(b"plain words"))"#) {
      got, folder in
      #expect(got.failureCodes(below: folder) == ["UNKNOWN_FORMAT /notes.gz!/notes"])
    }
  }
}
