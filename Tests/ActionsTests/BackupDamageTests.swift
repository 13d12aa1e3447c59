// SPDX-License-Identifier: Apache-2.0
import Actions
import Foundation
import Model
import Store
import TestSupport
import Testing

@Suite("A damaged backup")
struct BackupDamageTests {
  private static var actor: AuditActor { BackupSample.actor }

  /// Expects that the backup is found damaged and that nothing comes of restoring it.
  private static func expectRefused(_ backup: URL, in folder: URL, _ what: String) throws {
    var isFound = false
    do {
      isFound = try !BackupCheck.verify(backup.path).isIntact
    } catch let error as StoreError {
      isFound = [.damaged, .format].contains(error.code)
    }
    #expect(isFound, "\(what)")
    for isThere in [false, true] {
      let target = folder.appendingPathComponent("target")
      if isThere {
        try FileManager.default.createDirectory(at: target, withIntermediateDirectories: false)
      }
      do {
        _ = try RestoreAction(actor: actor).run(backup.path, to: target.path)
        Issue.record("restored with \(what)")
      } catch let error as StoreError {
        #expect([.damaged, .format, .audit].contains(error.code), "\(what): \(error)")
      }
      if isThere {
        #expect(try FileManager.default.contentsOfDirectory(atPath: target.path) == [])
      }
      #expect(FileManager.default.fileExists(atPath: target.path) == isThere)
      try? FileManager.default.removeItem(at: target)
    }
  }

  private static func files(_ backup: URL) throws -> [String] {
    try BackupSample.paths(in: backup).filter { $0.contains(".") }
  }

  @Test("is found by a changed, missing or added byte of any file")
  func bytes() async throws {
    try await withTemporaryDirectory { folder in
      let (_, backup) = try BackupSample.backup(in: folder)
      for path in try Self.files(backup) {
        let file = backup.appendingPathComponent(path)
        let bytes = try Data(contentsOf: file)
        for offset in [0, 17, 99, bytes.count / 2, bytes.count - 1] {
          var changed = bytes
          changed[offset] ^= 1
          try changed.write(to: file)
          try Self.expectRefused(backup, in: folder, "\(path), byte \(offset)")
        }
        for (what, changed) in [
          ("a byte less", bytes.dropLast()), ("a byte more", bytes + [0]),
          ("nothing in it", Data()), ("half of it", bytes.prefix(bytes.count / 2)),
        ] {
          try changed.write(to: file)
          try Self.expectRefused(backup, in: folder, "\(path): \(what)")
        }
        try FileManager.default.removeItem(at: file)
        try Self.expectRefused(backup, in: folder, "\(path) missing")
        try FileManager.default.createSymbolicLink(
          at: file, withDestinationURL: folder.appendingPathComponent("store/catalog.sqlite"))
        try Self.expectRefused(backup, in: folder, "\(path), a link")
        try FileManager.default.removeItem(at: file)
        try bytes.write(to: file)
        #expect(try BackupCheck.verify(backup.path).isIntact)
      }
    }
  }

  @Test("is found by each byte of its manifest")
  func manifest() async throws {
    try await withTemporaryDirectory { folder in
      let (_, backup) = try BackupSample.backup(in: folder)
      let file = backup.appendingPathComponent("manifest.json")
      let bytes = try Data(contentsOf: file)
      for offset in bytes.indices {
        var changed = bytes
        changed[offset] ^= offset.isMultiple(of: 2) ? 1 : 2
        try changed.write(to: file)
        let isFound: Bool
        do {
          isFound = try !BackupCheck.verify(backup.path).isIntact
        } catch let error as StoreError {
          isFound = [.damaged, .format].contains(error.code)
        }
        #expect(isFound, "byte \(offset) of \(String(decoding: changed, as: UTF8.self))")
      }
    }
  }

  @Test("is found by files that the manifest does not name, and by files of another backup")
  func strangers() async throws {
    try await withTemporaryDirectory { folder in
      let (store, backup) = try BackupSample.backup(in: folder)
      for path in ["more", "partitions/0099.sqlite", "catalog.backup-wal", ".hidden"] {
        let file = backup.appendingPathComponent(path)
        try Data("x".utf8).write(to: file)
        let verification = try BackupCheck.verify(backup.path)
        #expect(verification.findings.map(\.code) == [.fileAdded], "\(path)")
        #expect(verification.findings.map(\.path) == [path])
        try Self.expectRefused(backup, in: folder, path)
        try FileManager.default.removeItem(at: file)
      }
      // A later backup's catalog and manifest with the partitions of an earlier one.
      let later = folder.appendingPathComponent("later")
      _ = try BackupAction(store: store, actor: Self.actor).run(to: later.path)
      for path in try Self.files(backup) {
        let file = backup.appendingPathComponent(path)
        let bytes = try Data(contentsOf: file)
        let other = try Data(contentsOf: later.appendingPathComponent(path))
        guard bytes != other else { continue }
        try other.write(to: file)
        try Self.expectRefused(backup, in: folder, "\(path) of another backup")
        try bytes.write(to: file)
      }
      #expect(try BackupCheck.verify(backup.path).isIntact)
    }
  }

  @Test("is told from what is no backup, or is not there")
  func wrongFiles() async throws {
    try await withTemporaryDirectory { folder in
      let store = try BackupSample.store(in: folder)
      let file = folder.appendingPathComponent("file")
      try Data("x".utf8).write(to: file)
      let empty = folder.appendingPathComponent("empty")
      try FileManager.default.createDirectory(at: empty, withIntermediateDirectories: false)
      for url in [file, empty, URL(fileURLWithPath: store.folder)] {
        try Self.expectRefused(url, in: folder, url.path)
      }
      do {
        _ = try BackupCheck.verify(folder.appendingPathComponent("none").path)
        Issue.record("there is none")
      } catch let error as StoreError {
        #expect(error.code == .notFound)
      }
    }
  }

  @Test("of a newer form is refused as such")
  func newerForm() async throws {
    try await withTemporaryDirectory { folder in
      let (_, backup) = try BackupSample.backup(in: folder)
      let file = backup.appendingPathComponent("manifest.json")
      let text = try String(contentsOf: file, encoding: .utf8)
      try Data(text.replacing("custody/backup/1", with: "custody/backup/2").utf8).write(to: file)
      do {
        _ = try BackupCheck.verify(backup.path)
        Issue.record("a newer form was read")
      } catch let error as StoreError {
        #expect(error.code == .format)
      }
    }
  }

  /// A catalog edited by hand, with a manifest that fits: only the databases themselves can tell.
  @Test("whose manifest was made to fit is found by the audit chain and the marks")
  func forged() async throws {
    try await withTemporaryDirectory { folder in
      let (_, backup) = try BackupSample.backup(in: folder)
      let manifest = backup.appendingPathComponent("manifest.json")
      let original = try Data(contentsOf: manifest)
      for (path, sql, code) in [
        (
          "catalog.backup",
          "DROP TRIGGER event_is_never_changed; UPDATE event SET reason = 'x' WHERE seq = 3",
          BackupFinding.Code.auditBroken
        ),
        ("catalog.backup", "UPDATE partition SET last_record = 1 WHERE number = 1", .factMismatch),
        ("catalog.backup", "DELETE FROM hold_version; DELETE FROM hold", .factMismatch),
        ("partitions/0001.sqlite", "UPDATE batch SET last_record = last_record + 1", .markMismatch),
      ] {
        let file = backup.appendingPathComponent(path)
        let bytes = try Data(contentsOf: file)
        let ran = try await Tool.run("sqlite3", [file.path, sql], in: folder)
        #expect(ran.status == 0, "\(ran.errorText)")
        for suffix in ["-wal", "-shm"] {
          try? FileManager.default.removeItem(atPath: file.path + suffix)
        }
        let forged = try Data(contentsOf: file)
        let sums = try await Tool.run("sha256sum", [path], in: backup)
        var text = String(decoding: original, as: UTF8.self)
        let entry = try #require(
          text.firstMatch(
            of: try Regex("\"bytes\":[0-9]+,\"path\":\"\(path)\",\"sha256\":\"[0-9a-f]{64}\"")))
        text.replaceSubrange(
          entry.range,
          with: "\"bytes\":\(forged.count),\"path\":\"\(path)\",\"sha256\":\""
            + sums.outputText.prefix(64) + "\"")
        try Data(text.utf8).write(to: manifest)
        let findings = try BackupCheck.verify(backup.path).findings
        #expect(findings.contains { $0.code == code }, "\(sql): \(findings)")
        try Self.expectRefused(backup, in: folder, sql)
        try bytes.write(to: file)
        try original.write(to: manifest)
      }
    }
  }

  @Test("that is changed while it is restored is refused, and nothing is left")
  func changedMeanwhile() async throws {
    try await withTemporaryDirectory { folder in
      let (_, backup) = try BackupSample.backup(in: folder)
      let file = backup.appendingPathComponent("partitions/0002.sqlite")
      let bytes = try Data(contentsOf: file)
      for change in [bytes.dropLast(), bytes.prefix(4096) + [1] + bytes.dropFirst(4097)] {
        let target = folder.appendingPathComponent("target")
        var isVerified = false
        var code: Model.ExitStatus?
        do {
          _ = try RestoreAction(actor: Self.actor).run(backup.path, to: target.path) { done, all in
            // The check comes first, and is half of the work.
            guard done > all / 2, !isVerified else { return }
            isVerified = true
            try change.write(to: file)
          }
        } catch let error as StoreError {
          code = error.code
        } catch {
          code = .storage
        }
        #expect(isVerified && code != nil)
        #expect(!FileManager.default.fileExists(atPath: target.path))
        try bytes.write(to: file)
      }
    }
  }

  @Test("is never restored over anything")
  func occupiedFolders() async throws {
    try await withTemporaryDirectory { folder in
      let (store, backup) = try BackupSample.backup(in: folder)
      let action = RestoreAction(actor: Self.actor)
      func refusal(_ target: URL) -> Model.ExitStatus? {
        status { _ = try action.run(backup.path, to: target.path) }
      }
      #expect(refusal(URL(fileURLWithPath: store.folder)) == .exists)
      let target = folder.appendingPathComponent("target")
      // Content without a catalog is somebody's evidence, also where an attempt left its folder.
      for leftover in [false, true] {
        try FileManager.default.createDirectory(
          at: target.appendingPathComponent("partitions"), withIntermediateDirectories: true)
        if leftover {
          try FileManager.default.createDirectory(
            at: target.appendingPathComponent(".restore.partial"),
            withIntermediateDirectories: false)
        }
        let evidence = target.appendingPathComponent("partitions/0001.sqlite")
        try Data("evidence".utf8).write(to: evidence)
        #expect(refusal(target) == .exists)
        #expect(try Data(contentsOf: evidence) == Data("evidence".utf8))
        try FileManager.default.removeItem(at: target)
      }
      #expect(refusal(folder.appendingPathComponent("no/such/parent")) == .storage)
      #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("no").path))
    }
  }
}
