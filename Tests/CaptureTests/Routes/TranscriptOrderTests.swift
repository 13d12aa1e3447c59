// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
import Testing

@testable import Capture

@Suite("Transcripts in any form and order")
struct TranscriptOrderTests {
  private static let old = [
    userLine("u-1", #""Begin""#, parent: nil, session: "zz"),
    assistantLine(
      "a-1", #"{"type":"tool_use","id":"toolu_9","name":"Task","input":{"prompt":"Count"}}"#,
      parent: "u-1", second: 1, session: "zz"),
    transcriptLine(
      "attachment", "t-1", parent: "a-1", second: 2, session: "zz",
      fields: #""attachment":{"type":"queued_command","prompt":"And this"}"#),
    transcriptLine(
      "system", "s-1", parent: "t-1", second: 3, session: "zz",
      fields: #""subtype":"informational","content":"Said""#),
  ]
  private static func resumed(as id: String) -> [String] {
    old.map { $0.replacingOccurrences(of: #""sessionId":"zz""#, with: #""sessionId":"\#(id)""#) }
  }
  private static let files: [(name: String, text: String)] = [
    ("p/zz.jsonl", old.joined(separator: "\n") + "\n"),
    (
      "p/aa.jsonl",
      (resumed(as: "aa")
        + [userLine("u-9", #""Go on""#, parent: "s-1", second: 30, session: "aa")])
        .joined(separator: "\n") + "\n"
    ),
    (
      "p/zz/subagents/agent-7.jsonl",
      userLine(
        "g-1", #""Count""#, parent: nil, second: 2, session: "zz",
        fields: #""isSidechain":true,"agentId":"7""#) + "\n"
    ),
    ("q/bb.jsonl", userLine("u-5", #""Other""#, parent: nil, session: "bb") + "\n"),
  ]

  private static func write(_ body: (URL) throws -> Recorder) throws -> Recorder {
    try withFiles(files, body)
  }

  /// What a store would hold of it: it tells no order of units.
  private static func content(of recorder: Recorder) -> [[String]] {
    recorder.units.map { summary($0) + [String(decoding: $0.native, as: UTF8.self)] }
      .sorted { $0.lexicographicallyPrecedes($1) }
  }

  private static let packing = """
    import sys, os, tarfile, zipfile, gzip
    form, folder, target, backwards = sys.argv[1:]
    names = []
    for place, _, files in os.walk(folder):
      names += [os.path.relpath(os.path.join(place, f), folder) for f in files]
    names.sort(reverse = backwards == "yes")
    if form == "gz":
      for n in names:
        with open(os.path.join(folder, n), "rb") as f: data = f.read()
        os.makedirs(os.path.dirname(os.path.join(target, n)), exist_ok = True)
        with gzip.open(os.path.join(target, n + ".gz"), "wb") as f: f.write(data)
    elif form == "zip":
      with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as z:
        for n in names: z.write(os.path.join(folder, n), n)
    elif form == "zip of gz":
      with zipfile.ZipFile(target, "w") as z:
        for n in names:
          with open(os.path.join(folder, n), "rb") as f: z.writestr(n + ".gz", gzip.compress(f.read()))
    else:
      with tarfile.open(target, "w:gz" if form == "tar" else "w") as t:
        for n in names: t.add(os.path.join(folder, n), "./" + n)
    if form == "cut tar":
      with tarfile.open(target) as t: place = t.getmember("./p/zz.jsonl").offset_data
      os.truncate(target, place + 500)
    """

  @Test(
    "gives the same from a folder, an archive and compressed files, in any order",
    arguments: ["gz", "zip", "zip of gz", "tar"], ["yes", "no"])
  func givesTheSame(form: String, backwards: String) throws {
    let plain = try Self.write { try capture($0) }
    #expect(plain.units.count == 3)
    let packed = try Self.write { folder in
      let target = folder.deletingLastPathComponent()
        .appendingPathComponent("custody-test-" + UUID().uuidString)
      defer { try? FileManager.default.removeItem(at: target) }
      try python(Self.packing, form, folder.path, target.path, backwards)
      return try capture(target)
    }
    #expect(Self.content(of: packed) == Self.content(of: plain))
    #expect(packed.duplicateCount == plain.duplicateCount)
    #expect(packed.failures.isEmpty)
    #expect(packed.countedRecords == plain.countedRecords)
  }

  @Test("gives the same of files that are named one by one", arguments: [false, true])
  func givesTheSameOfNamedFiles(isReversed: Bool) throws {
    let plain = try Self.write { try capture($0) }
    let named = try Self.write { folder in
      let paths = Self.files.map { folder.appendingPathComponent($0.name).path }
      let recorder = Recorder()
      try CaptureSession(handler: recorder).read(isReversed ? paths.reversed() : paths)
      return recorder
    }
    #expect(Self.content(of: named) == Self.content(of: plain))
    #expect(named.duplicateCount == plain.duplicateCount)
  }

  @Test("takes every record that a session repeats of another as a repetition, and none as new")
  func countsRepetitions() throws {
    let recorder = try capture(files: [
      ("p/zz.jsonl", Self.old.joined(separator: "\n")),
      ("p/zzz.jsonl", Self.resumed(as: "zzz").joined(separator: "\n")),
    ])
    let units = recorder.units.sorted { $0.nativeID < $1.nativeID }
    #expect(units.map(\.nativeID) == ["zz", "zzz"])
    #expect(units.map(\.recordCount) == [4, 0])
    #expect(units.map(\.accountID) == ["ada", "ada"])
    #expect(recorder.duplicateCount == 4)
    #expect(recorder.countedRecords == 8)
    let native = String(decoding: units[1].native, as: UTF8.self)
    for line in Self.resumed(as: "zzz") { #expect(native.contains(line + "\n")) }
  }

  @Test("keeps what a damaged archive of transcripts holds before the damage")
  func keepsWhatCameBeforeDamage() throws {
    let recorder = try Self.write { folder in
      let target = folder.deletingLastPathComponent()
        .appendingPathComponent("custody-test-" + UUID().uuidString)
      defer { try? FileManager.default.removeItem(at: target) }
      try python(Self.packing, "cut tar", folder.path, target.path, "no")
      return try capture(target)
    }
    #expect(recorder.failures.map(\.code).contains(.archiveDamaged))
    #expect(recorder.units.first { $0.nativeID == "zz" }?.items.isEmpty == false)
    #expect(recorder.units.first { $0.nativeID == "aa" }?.items.map(\.nativeID).last == "u-9")
  }
}
