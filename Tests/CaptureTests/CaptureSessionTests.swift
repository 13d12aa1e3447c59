// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import Model
import TestSupport
import Testing

@testable import Capture

private let users = #"[{"uuid":"a1","full_name":"Ada","email_address":"ada@corp.example"}]"#
private let conversations =
  "[" + conversationJSON(messageJSON("m1", fields: #""text":"Q""#)) + ","
  + conversationJSON(messageJSON("m2", fields: #""text":"R""#), id: "c2") + "]"

private let emptyPage = #"{"data":[],"has_more":true,"last_id":"x"}"#
private let activityPage =
  #"{"data":[{"id":"activity_1","type":"t","created_at":"2026-01-01T00:00:00Z"}],"has_more":false}"#
private let aMegabyteOfBlanks = String(
  repeating: " ", count: FormatDetector.headByteCount)

/// Packs `content` as conversations.json, with a zip of its own around when told.
private let zipScript = """
  import sys, zipfile
  with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as z:
      for pair in sys.argv[2:]:
          name, _, path = pair.partition("=")
          z.write(path, name)
  """

extension URL {
  /// Writes a file into this folder and gives its place.
  @discardableResult
  fileprivate func write(_ name: String, _ content: String) throws -> URL {
    let url = appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(content.utf8).write(to: url)
    return url
  }
}

@Suite struct CaptureSessionTests {
  @Test func aFolderIsReadInTheOrderOfItsNames() async throws {
    try await withTemporaryDirectory { folder in
      try folder.write("users.json", users)
      try folder.write("conversations.json", conversations)
      try folder.write("projects/p2.json", #"{"uuid":"p2","docs":[]}"#)
      try folder.write("projects/p1.json", #"{"uuid":"p1","docs":[]}"#)
      try folder.write("memories.json", #"[{"conversations_memory":"x","account_uuid":"a1"}]"#)
      let got = try capture(folder)
      #expect(got.units.map(\.nativeID) == ["c1", "c2", "memory/a1", "p1", "p2"])
      #expect(got.people.map(\.accountID) == ["a1"])
      #expect(got.failures.isEmpty)
      #expect(got.lacks.isEmpty)
      let first = try #require(got.files.first)
      #expect(first.path == folder.path + "/conversations.json")
      #expect(first.byteCount == Int64(conversations.utf8.count))
      #expect(first.digest == SHA256Digest(of: Array(conversations.utf8).span))
      #expect(first.format == .claudeConversations)
      #expect(got.files.map(\.failureCount) == [0, 0, 0, 0, 0])
    }
  }

  @Test func aZipAndAZipInAZipGiveTheSameAsTheFile() async throws {
    try await withTemporaryDirectory { folder in
      let plain = try folder.write("in/conversations.json", conversations)
      let inner = folder.appendingPathComponent("inner.zip")
      let outer = folder.appendingPathComponent("outer.zip")
      try python(zipScript, inner.path, "data/conversations.json=" + plain.path)
      try python(zipScript, outer.path, "batch/inner.zip=" + inner.path)
      let expected = try capture(plain)
      for (archive, path) in [
        (inner, "inner.zip!/data/conversations.json"),
        (outer, "outer.zip!/batch/inner.zip!/data/conversations.json"),
      ] {
        let got = try capture(archive)
        #expect(got.units.map(\.native) == expected.units.map(\.native))
        #expect(got.failures.isEmpty)
        let member = try #require(got.files.first)
        #expect(member.path == folder.path + "/" + path)
        #expect(member.digest == expected.files.first?.digest)
        let whole = try #require(got.files.last)
        #expect(whole.format == .archive)
        #expect(whole.digest == SHA256Digest(of: [UInt8](try Data(contentsOf: archive)).span))
      }
    }
  }

  @Test func archivesInArchivesAreReadToALimit() async throws {
    try await withTemporaryDirectory { folder in
      let plain = try folder.write("in/conversations.json", conversations)
      var path = plain
      for level in 1...CaptureSession.depthLimit + 1 {
        let next = folder.appendingPathComponent("\(level).zip")
        try python(zipScript, next.path, "\(level - 1)=" + path.path)
        path = next
        let got = try capture(path)
        let isTooDeep = level > CaptureSession.depthLimit
        #expect(got.units.count == (isTooDeep ? 0 : 2))
        #expect(got.failures.map(\.code) == (isTooDeep ? [.archiveLimit] : []))
      }
    }
  }

  @Test func filesThatCannotBeReadAreExceptionsAndTheOthersAreRead() async throws {
    try await withTemporaryDirectory { folder in
      try folder.write("a-empty.json", "")
      try folder.write("b-notes.txt", "hello")
      try folder.write("c-chatgpt.json", #"[{"title":"t","create_time":1,"mapping":{}}]"#)
      try folder.write("d-list.json", "[]")
      try folder.write("e.json", conversations)
      try FileManager.default.createSymbolicLink(
        at: folder.appendingPathComponent("f-link.json"),
        withDestinationURL: folder.appendingPathComponent("e.json"))
      let got = try capture(folder, folder.appendingPathComponent("gone"))
      #expect(
        got.failureCodes(below: folder) == [
          "ZERO_BYTE /a-empty.json", "UNKNOWN_FORMAT /b-notes.txt",
          "FORMAT_NOT_SUPPORTED /c-chatgpt.json", "UNSAFE_ARCHIVE_ENTRY /f-link.json",
          "MISSING_AT_SOURCE /gone",
        ])
      #expect(got.failures[2].detail.contains("chatgpt-export"))
      #expect(got.units.map(\.nativeID) == ["c1", "c2"])
      #expect(got.files.map(\.failureCount) == [1, 1, 1, 0, 0])
      #expect(got.files.map(\.format) == [nil, nil, .chatGPT, .emptyList, .claudeConversations])
      #expect(got.files.allSatisfy { $0.digest != nil })
    }
  }

  @Test(
    arguments: [
      (emptyPage + "\n" + activityPage, ["activity_1"], 0, .activityFeed),
      ("[" + emptyPage + "," + activityPage + "]", ["activity_1"], 0, .activityFeed),
      ("[]\n" + conversationJSON(), ["c1"], 0, .claudeConversations),
      (emptyPage + "\n7\n" + conversationJSON(), ["c1"], 2, .claudeConversations),
      (emptyPage + "\nhello", [], 1, nil), ("[]{\"x\":1}", [], 1, nil),
      ("{\"x\":1}\n" + emptyPage, [], 1, nil),
      ("[] []\n" + emptyPage + "\n", [], 0, .emptyList),
      ("[]" + aMegabyteOfBlanks, [], 0, .emptyList),
      ("[]" + aMegabyteOfBlanks + conversationJSON(), [], 1, .emptyList),
    ] as [(String, [String], Int, CaptureFormat?)])
  func whatFollowsAnEmptyPageIsReadOrNamed(
    text: String, ids: [String], failureCount: Int, format: CaptureFormat?
  ) async throws {
    try await withTemporaryDirectory { folder in
      let got = try capture(try folder.write("in.json", text))
      #expect(got.parsed.map(\.nativeID) == ids)
      #expect(got.failures.count == failureCount)
      #expect(got.files.map(\.format) == [format])
      #expect(got.files.allSatisfy { $0.digest != nil })
    }
  }

  @Test func aRecordThatIsNoManifestIsAnException() async throws {
    try await withTemporaryDirectory { folder in
      let manifest = #"{"data_files":[]}"# + "\n" + conversationJSON()
      let got = try capture(try folder.write("manifest.json", manifest))
      #expect(got.failures.map(\.code) == [.decodeError])
      #expect(got.failures.map(\.object) == ["record 2"])
      #expect(got.skipped == [.listing: 1])
    }
  }

  @Test func aNamedPipeIsNotOpened() async throws {
    try await withTemporaryDirectory { folder in
      try python(
        "import os, sys; os.mkfifo(sys.argv[1])", folder.appendingPathComponent("a.jsonl").path)
      try folder.write("b.jsonl", conversationJSON())
      let got = try capture(folder)
      #expect(got.failureCodes(below: folder) == ["UNSAFE_ARCHIVE_ENTRY /a.jsonl"])
      #expect(got.units.map(\.nativeID) == ["c1"])
    }
  }

  @Test func aLinkThatIsGivenIsFollowed() async throws {
    try await withTemporaryDirectory { folder in
      let file = try folder.write("e.json", conversations)
      let link = folder.appendingPathComponent("link")
      try FileManager.default.createSymbolicLink(at: link, withDestinationURL: file)
      #expect(try capture(link).units.count == 2)
    }
  }

  @Test func aForcedFormatIsForAllFilesButArchives() async throws {
    try await withTemporaryDirectory { folder in
      let file = try folder.write("p.json", #"[{"uuid":"p1","name":"n"}]"#)
      #expect(try capture(file).failures.map(\.code) == [.unknownFormat])
      let zip = folder.appendingPathComponent("p.zip")
      try python(zipScript, zip.path, "p.json=" + file.path)
      for path in [file, zip] {
        let got = try capture(path, forced: .claudeProjects)
        #expect(got.units.map(\.kind) == [.project])
        #expect(got.failures.isEmpty)
      }
    }
  }

  @Test func aDamagedRecordIsOneExceptionWithItsPlace() async throws {
    try await withTemporaryDirectory { folder in
      let damaged = conversations.replacingOccurrences(of: #""text":"Q""#, with: #""text":Q"#)
      let got = try capture(try folder.write("c.json", damaged))
      #expect(got.parsed.map(\.nativeID) == ["c2"])
      #expect(got.kept.count == 1 && damaged.contains(got.kept[0]))
      #expect(got.kept[0].contains(#""text":Q"#))
      #expect(got.failures.map(\.code) == [.decodeError])
      #expect(got.failures.map(\.object) == ["record 1"])
      #expect(got.files.map(\.failureCount) == [1])
      let cut = try capture(try folder.write("cut.json", String(conversations.dropLast(20))))
      #expect(cut.parsed.map(\.nativeID) == ["c1"])
      #expect(cut.kept.count == 1 && conversations.dropLast(20).hasSuffix(cut.kept[0]))
      #expect(cut.failures.map(\.object) == ["record 2"])
    }
  }

  @Test func aPartThatTheManifestListsAndThatIsNotThereIsAGap() async throws {
    try await withTemporaryDirectory { folder in
      let plain = try folder.write("in/conversations.json", conversations)
      let set = folder.appendingPathComponent("set")
      try set.write(
        "manifest-1.json",
        #"""
        {"version":"1.0","total_files":3,"data_files":[
        {"batch_index":0,"part":1,"category":"conversations","filename":"conversations-001.zip",
        "export_url":"https://example.test/single-use"},
        {"part":1,"category":"memories","filename":"memories-001.zip","export_url":"u"},
        {"part":1,"category":"light_metadata","filename":"light/users.json"}]}
        """#)
      try set.write("users.json", users)
      try python(
        zipScript, set.appendingPathComponent("conversations-001.zip").path,
        "conversations.json=" + plain.path)
      let got = try capture(set)
      #expect(got.failures.isEmpty)
      #expect(got.lacks.map(\.code) == [.partMissing])
      #expect(got.lacks.map(\.object) == ["memories-001.zip"])
      #expect(got.units.count == 2)
      #expect(!got.lacks.contains { $0.detail.contains("single-use") })
    }
  }

  @Test func gapsOfAUnitAreHandedOverAsLacks() async throws {
    try await withTemporaryDirectory { folder in
      let file = try folder.write(
        "c.json", conversationJSON(messageJSON("m1", fields: #""files":[{"file_name":"x.png"}]"#)))
      let got = try capture(file)
      #expect(got.lacks.map(\.code) == [.fileNotCaptured])
      #expect(got.lacks.map(\.path) == [file.path])
      #expect(got.failures.isEmpty)
    }
  }
}
