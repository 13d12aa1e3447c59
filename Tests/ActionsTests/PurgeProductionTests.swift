// SPDX-License-Identifier: Apache-2.0
import Actions
import Foundation
import Model
import Production
import Store
import TestSupport
import Testing

@Suite("Productions in tombstones")
struct PurgeProductionTests {
  @Test("an export that failed is named where it published a volume")
  func failed() async throws {
    try await PurgeBench.with { bench in
      try bench.capture("a", [SampleMessage(text: "one")])
      try bench.capture("b", [SampleMessage(text: "two")])
      let set = try bench.store.change(as: PurgeBench.actor) { change in
        try change.createReviewSet(name: "Set", in: change.createMatter(name: "Pier"))
      }
      _ = try ReviewAction(store: bench.store, actor: PurgeBench.actor).add(
        .ids(["a", "b"]), to: set, context: .conversation)
      let out = bench.folder.appendingPathComponent("out")
      try FileManager.default.createDirectory(
        at: out.appendingPathComponent("VOL002"), withIntermediateDirectories: true)
      let file = bench.folder.appendingPathComponent("file")
      try Data("x".utf8).write(to: file)
      let action = ExportAction(store: bench.store, actor: PurgeBench.actor)
      for output in [file.path + "/VOL001", out.path + "/VOL001"] {
        var request = ExportRequest(output: output, package: .folder)
        request.maximumDocumentCount = 1
        #expect(throws: (any Error).self) { try action.run(set, request) }
      }
      #expect(FileManager.default.fileExists(atPath: out.path + "/VOL001/README.txt"))
      let exports = try bench.store.read { try $0.exports(of: set) }
      #expect(exports.map(\.state) == [.failed, .failed])
      let published = try #require(exports.first { $0.output == out.path + "/VOL001" })
      let events = try bench.store.read { catalog in
        var actions: [String] = []
        try catalog.forEachEvent(AuditFilter(object: published.id.text)) {
          actions.append($0.action)
        }
        return actions
      }
      #expect(events == ["export.create", "export.publish", "export.fail"])

      // What a case still looks at is kept.
      try bench.store.change(as: PurgeBench.actor) { change in
        _ = try change.closeMatter(change.catalog.matter(key: set.matter.key))
      }
      try bench.deleting()
      #expect(try bench.run(bench.plan()).purged == 2)
      for id in ["a", "b"] {
        let tombstone = try bench.tombstones(id).first.unwrapped
        #expect(tombstone.record.exports == [published.id.text])
      }
    }
  }

  @Test("a certificate names what holds an earlier capture that was purged before")
  func earlierCapture() async throws {
    try await PurgeBench.with { bench in
      let store = bench.store
      try bench.capture("a", [SampleMessage(text: "one")])
      let set = try store.change(as: PurgeBench.actor) { change in
        try change.createReviewSet(name: "Set", in: change.createMatter(name: "Pier"))
      }
      _ = try ReviewAction(store: store, actor: PurgeBench.actor).add(
        .ids(["a"]), to: set, context: .conversation)
      _ = try BackupAction(store: store, actor: PurgeBench.actor).run(
        to: bench.folder.appendingPathComponent("backup").path)
      let production = try store.change(as: PurgeBench.actor) { change in
        let production = try change.startExport(
          of: set, volume: "VOL001", output: "/VOL001", prefix: "CLD", options: [:])
        _ = try change.closeMatter(change.catalog.matter(key: set.matter.key))
        return production
      }
      try bench.deleting()
      #expect(try bench.run(bench.plan()).purged == 1)
      bench.clock.advance(days: 1)
      try bench.capture("a", [SampleMessage(text: "one")])
      let plan = try bench.plan()
      #expect(try bench.run(plan).purged == 1)
      let certificate = try store.read { try $0.certificate(of: plan) }
      #expect(certificate.productions.map(\.id) == [production.id])
      let backups = try store.read { try $0.backups().map(\.id.text) }
      #expect(backups.count == 1)
      #expect(certificate.backups == backups)
    }
  }

  @Test("an export that runs is named by a certificate, until it fails without a volume")
  func running() async throws {
    try await PurgeBench.with { bench in
      try bench.capture("a", [SampleMessage(text: "one")])
      let set = try bench.store.change(as: PurgeBench.actor) { change in
        try change.createReviewSet(name: "Set", in: change.createMatter(name: "Pier"))
      }
      _ = try ReviewAction(store: bench.store, actor: PurgeBench.actor).add(
        .ids(["a"]), to: set, context: .conversation)
      let export = try bench.store.change(as: PurgeBench.actor) { change in
        let export = try change.startExport(
          of: set, volume: "VOL001", output: "/VOL001", prefix: "CLD", options: [:])
        _ = try change.closeMatter(change.catalog.matter(key: set.matter.key))
        return export
      }
      try bench.deleting()
      let plan = try bench.plan()
      #expect(try bench.run(plan).purged == 1)
      func named() throws -> [ObjectID] {
        try bench.store.read { try $0.certificate(of: plan).productions.map(\.id) }
      }
      #expect(try named() == [export.id])
      try bench.store.change(as: PurgeBench.actor) { try $0.failExport(export, reason: "x") }
      #expect(try named() == [])
      #expect(try bench.tombstones("a").first?.record.exports == [export.id.text])
    }
  }
}
