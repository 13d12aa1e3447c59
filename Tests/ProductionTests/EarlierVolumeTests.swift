// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
import TestSupport
import Testing

@testable import Production

/// A run that replaces one of more volumes, or of others.
@Suite("Volumes of an earlier run in the same place")
struct EarlierVolumeTests {
  private struct Stop: Error {}

  @discardableResult
  private func write(
    _ count: Int, from first: Int = 1, to folder: URL, _ options: VolumeOptions,
    willRemove: @escaping ([String]) throws -> Void = { _ in }
  ) throws -> [VolumeReport] {
    let units = (first..<first + count).map { number in
      sampleUnit(
        id: "c\(number)",
        [SampleMessage(id: "m\(number)", time: "2026-03-01T09:00:00Z", text: "x")])
    }
    return try VolumeExporter(options).write(
      SequenceSource(units), to: folder.path, willRemove: willRemove)
  }

  private func options(
    _ package: VolumePackage = .folder, set: String = "First look", name: String = "VOL001"
  ) throws -> VolumeOptions {
    var options = try sampleOptions()
    options.maximumDocumentCount = 1
    options.package = package
    options.volumeName = name
    options.replacesExisting = true
    options.scope.matter = "Pier"
    options.scope.selection = set
    return options
  }

  private func names(_ folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  private func manifest(_ folder: URL, _ name: String) throws -> Data {
    try Data(contentsOf: folder.appendingPathComponent(name + "/MANIFEST/manifest.json"))
  }

  @Test(
    "those that the run has no place for go with their digests, and nothing else",
    arguments: [
      VolumePackage.folder, .bagit, .zip(.store), .tarZstandard(level: 3),
    ])
  func surplus(_ package: VolumePackage) async throws {
    try await withTemporaryDirectory { folder in
      try write(5, to: folder, try options(package))
      // The first volume of another run, and what only bears the name of a volume.
      try write(2, from: 6, to: folder, try options(package, name: "VOL006"))
      try Data("kept".utf8).write(to: folder.appendingPathComponent("VOL004.txt"))
      let all = try names(folder)
      var removed: [[String]] = []
      let reports = try write(
        3, to: folder, try options(package), willRemove: { removed.append($0) })
      let ending = package.fileExtension
      let gone = ["VOL004", "VOL005"].map { folder.path + "/" + $0 + ending }
      #expect(removed == [gone])
      #expect(reports.map(\.removedVolumes) == [[], [], gone])
      let names = Set(gone.flatMap { [$0, $0 + ".sha256"] })
      #expect(try self.names(folder) == all.filter { !names.contains(folder.path + "/" + $0) })
      for name in ["VOL001", "VOL003", "VOL006", "VOL007"] {
        #expect(try VolumeVerifier.verify(folder.path + "/" + name + ending).isIntact)
      }
      // Again, and there is nothing to remove.
      let again = try write(3, to: folder, try options(package))
      #expect(again.allSatisfy { $0.removedVolumes.isEmpty })
    }
  }

  @Test("a run that ends before they are gone leaves them for the next one")
  func interrupted() async throws {
    try await withTemporaryDirectory { folder in
      try write(5, to: folder, try options())
      #expect(throws: Stop.self) {
        try write(2, to: folder, try options(), willRemove: { _ in throw Stop() })
      }
      #expect(try names(folder) == (1...5).map { "VOL00\($0)" })
      // Those of two runs are there now.
      let reports = try write(2, to: folder, try options())
      #expect(reports.last?.removedVolumes.count == 3)
      #expect(try names(folder) == ["VOL001", "VOL002"])
      // And an end between two of them leaves a row that the next run finds.
      try write(5, to: folder, try options())
      try EarlierVolumes.remove([folder.path + "/VOL005"])
      try write(2, to: folder, try options())
      #expect(try names(folder) == ["VOL001", "VOL002"])
    }
  }

  @Test("a dry run tells which would go, and leaves them")
  func rehearsed() async throws {
    try await withTemporaryDirectory { folder in
      try write(3, to: folder, try options())
      var options = try options()
      options.isRehearsal = true
      let reports = try write(1, to: folder, options)
      #expect(reports.last?.removedVolumes == [2, 3].map { folder.path + "/VOL00\($0)" })
      #expect(try names(folder) == ["VOL001", "VOL002", "VOL003"])
    }
  }

  @Test("without leave to replace nothing of that happens")
  func withoutForce() async throws {
    try await withTemporaryDirectory { folder in
      try write(3, to: folder, try options())
      try FileManager.default.removeItem(at: folder.appendingPathComponent("VOL001"))
      var options = try options()
      options.replacesExisting = false
      try write(1, to: folder, options)
      #expect(try names(folder) == ["VOL001", "VOL002", "VOL003"])
    }
  }

  @Test("files that somebody put there stop the run before it writes", arguments: [false, true])
  func strangeFiles(_ isBag: Bool) async throws {
    try await withTemporaryDirectory { folder in
      let package = isBag ? VolumePackage.bagit : .folder
      try write(3, to: folder, try options(package))
      let root = folder.path + "/VOL003/" + (isBag ? "data/" : "")
      let first = "VOL001" + (isBag ? "/data" : "")
      let before = try manifest(folder, first)
      for place in ["notes.txt", "MANIFEST/reply.tsr", "TEXT/0001/more.txt"] {
        try Data("mine".utf8).write(to: URL(fileURLWithPath: root + place))
        let error = #expect(throws: ProductionError.self) {
          try write(1, from: 9, to: folder, try options(package))
        }
        #expect(error?.code == .exists)
        let name = (isBag ? "data/" : "") + place
        #expect(error?.message.contains("/VOL003 ") == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("it holds \(name)") == true, "\(error?.message ?? "")")
        try FileManager.default.removeItem(atPath: root + place)
      }
      #expect(try manifest(folder, first) == before)
      try write(1, from: 9, to: folder, try options(package))
      #expect(try names(folder) == ["VOL001"])
    }
  }

  @Test("a volume whose manifest cannot be read stops the run")
  func unreadable() async throws {
    try await withTemporaryDirectory { folder in
      var secret = try options(.zip(.store))
      secret.passphrase = "a long passphrase"
      try write(2, to: folder, secret)
      let all = try names(folder)
      let error = #expect(throws: ProductionError.self) {
        try write(1, to: folder, try options(.zip(.store)))
      }
      #expect(error?.message.contains("VOL002.zip may be a later volume") == true)
      #expect(try names(folder) == all)
      // With the passphrase it can be told.
      let reports = try write(1, to: folder, secret)
      #expect(reports.last?.removedVolumes == [folder.path + "/VOL002.zip"])
      #expect(try names(folder) == ["VOL001.zip", "VOL001.zip.sha256"])
    }
  }

  @Test("an encrypted volume behind those of a run that encrypted nothing is another run's")
  func otherPassphrase() async throws {
    try await withTemporaryDirectory { folder in
      let plain = try options(.zip(.store))
      try write(2, to: folder, plain)
      var secret = try options(.zip(.store), name: "VOL003")
      secret.passphrase = "a long passphrase"
      secret.scope.selection = "Another set"
      try write(2, to: folder, secret)
      let reports = try write(1, to: folder, plain)
      #expect(reports.last?.removedVolumes == [folder.path + "/VOL002.zip"])
      #expect(
        try names(folder).filter { !$0.hasSuffix(".sha256") } == [
          "VOL001.zip", "VOL003.zip", "VOL004.zip",
        ])
      // Right behind the first one as well; but its place is not taken.
      try FileManager.default.moveItem(
        at: folder.appendingPathComponent("VOL003.zip"),
        to: folder.appendingPathComponent("VOL002.zip"))
      #expect(try write(1, to: folder, plain).last?.removedVolumes == [])
      let error = #expect(throws: ProductionError.self) { try write(2, to: folder, plain) }
      #expect(error?.message.contains("VOL002.zip is there already and is no later volume") == true)
    }
  }

  @Test("files are met in the order of a list of checksums, whatever their names")
  func walk() async throws {
    try await withTemporaryDirectory { folder in
      let paths = [
        "a-b", "a.txt", "a/1", "a/b/2", "a/b.txt", "a0", "B/é", "ab", "DATA/x", "a/b-c", "z",
      ]
      for path in paths {
        let file = folder.appendingPathComponent(path)
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data().write(to: file)
      }
      try FileManager.default.createDirectory(
        at: folder.appendingPathComponent("empty"), withIntermediateDirectories: true)
      var walk = try FileWalk(folder.path)
      var met: [String] = []
      while let path = try walk.next() { met.append(path) }
      #expect(met == paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    }
  }

  @Test(
    "a run of more volumes does not take the place of what is none of its set's",
    arguments: ["another set", "the first of a run", "a folder of somebody"])
  func others(_ kind: String) async throws {
    try await withTemporaryDirectory { folder in
      try write(1, to: folder, try options())
      switch kind {
      case "another set":
        let second = try options(set: "Second look", name: "VOL001")
        let other = folder.appendingPathComponent("other")
        try write(2, to: other, second)
        try FileManager.default.moveItem(
          at: other.appendingPathComponent("VOL002"), to: folder.appendingPathComponent("VOL002"))
        try FileManager.default.removeItem(at: other)
      case "the first of a run":
        try write(1, to: folder, try options(name: "VOL002"))
      default:
        let mine = folder.appendingPathComponent("VOL002")
        try FileManager.default.createDirectory(at: mine, withIntermediateDirectories: true)
        try Data("mine".utf8).write(to: mine.appendingPathComponent("notes.txt"))
      }
      let first = try manifest(folder, "VOL001")
      let error = #expect(throws: ProductionError.self) {
        try write(3, from: 4, to: folder, try options())
      }
      #expect(error?.code == .exists)
      #expect(error?.message.contains("VOL002 is there already and is no later volume") == true)
      #expect(try manifest(folder, "VOL001") == first)
      #expect(try names(folder) == ["VOL001", "VOL002"])
      // One volume needs no other place, and leaves it.
      try write(1, from: 4, to: folder, try options())
      #expect(try names(folder) == ["VOL001", "VOL002"])
    }
  }

  @Test("a time stamp that cannot be read stops the run, and is not taken for another volume's")
  func unreadableStamp() async throws {
    try await withTemporaryDirectory { folder in
      let volume = folder.appendingPathComponent("VOL001.zip").path
      // A folder in its place: whoever runs the tests may read every file.
      let reply = TimeStampFiles(volume: volume).reply
      try FileManager.default.createDirectory(atPath: reply, withIntermediateDirectories: true)
      #expect(throws: (any Error).self) { _ = try KeptTimeStamp(volume: volume, about: [1]) }
      #expect(FileManager.default.fileExists(atPath: reply))
      try FileManager.default.removeItem(atPath: reply)
      try Data("no reply".utf8).write(to: URL(fileURLWithPath: reply))
      try KeptTimeStamp(volume: volume, about: [1]).settle()
      #expect(!FileManager.default.fileExists(atPath: reply))
    }
  }
}
