// SPDX-License-Identifier: Apache-2.0
import Actions
import Foundation
import Model
import Production
import Store
import TestSupport
import Testing

/// What the ledger says and what volumes bear, when exports fail on the way.
@Suite("Control numbers of exports")
struct ExportNumberTests {
  /// Another set of the same case.
  private func other(_ bench: ReviewBench, _ ids: [String]) throws -> ReviewSet {
    let set = try bench.home.change(as: ReviewBench.actor) { change in
      try change.createReviewSet(name: "Second look", in: bench.set.matter)
    }
    _ = try ReviewAction(store: bench.home, actor: ReviewBench.actor).add(
      .ids(ids), to: set, context: .conversation)
    return set
  }

  private func ledger(
    _ bench: ReviewBench, _ set: ReviewSet, _ prefix: String = "CLD"
  ) throws
    -> [Int]
  {
    var numbers: [Int] = []
    try bench.home.read { catalog in
      try catalog.forEachControlNumber(of: set, prefix: prefix) { number, _ in
        numbers.append(number)
      }
    }
    return numbers
  }

  private func numbers(_ reports: [VolumeReport]) -> [Int] {
    reports.flatMap { $0.numbers.map(Array.init) ?? [] }
  }

  private func exportFails(
    _ bench: ReviewBench, _ name: String = "VOL001", of set: ReviewSet? = nil,
    _ edit: (inout ExportRequest) -> Void = { _ in }
  ) -> String {
    do {
      _ = try bench.export(name, set: set) { edit(&$0) }
      return ""
    } catch {
      return "\(error)"
    }
  }

  private func names(_ bench: ReviewBench) throws -> [String] {
    try FileManager.default.contentsOfDirectory(
      atPath: bench.folder.appendingPathComponent("out").path
    ).sorted()
  }

  @Test("an export that fails before it publishes binds none, so that no two volumes share one")
  func failedBefore() async throws {
    try await ReviewBench.with { bench in
      let file = bench.folder.appendingPathComponent("file")
      try Data("x".utf8).write(to: file)
      let failed = exportFails(bench) { $0.output = file.path + "/VOL001" }
      #expect(!failed.isEmpty)
      #expect(try bench.home.read { try $0.exports(of: bench.set) }.map(\.state) == [.failed])
      #expect(try ledger(bench, bench.set) == [])

      let second = try other(bench, ["c3"])
      let its = numbers(try bench.export("VOL001", set: second))
      let first = numbers(try bench.export("VOL002"))
      #expect(!its.isEmpty && first.count > 1)
      #expect(Set(its).isDisjoint(with: first))
      #expect(try ledger(bench, second) == its)
      #expect(try ledger(bench, bench.set) == first)
      // Again the same ones.
      #expect(numbers(try bench.export("VOL003")) == first)
      #expect(try ledger(bench, bench.set) == first)
    }
  }

  @Test("a place that is taken is told before the export begins")
  func taken() async throws {
    try await ReviewBench.with { bench in
      _ = try bench.export("VOL001", set: try other(bench, ["c3"]))
      let events = try bench.home.read { try $0.verifyAudit().eventCount }
      #expect(exportFails(bench).contains("is there already"))
      #expect(try bench.home.read { try $0.verifyAudit().eventCount } == events)
      #expect(try ledger(bench, bench.set) == [])
    }
  }

  @Test("volumes that were published keep theirs, and no later volume takes those of others")
  func failedBetween() async throws {
    try await ReviewBench.with { bench in
      let out = bench.folder.appendingPathComponent("out")
      try FileManager.default.createDirectory(
        at: out.appendingPathComponent("VOL002"), withIntermediateDirectories: true)
      #expect(exportFails(bench) { $0.maximumDocumentCount = 1 }.contains("VOL002"))
      #expect(try names(bench) == ["VOL001", "VOL002"])
      // What was published is in the ledger.
      #expect(try ledger(bench, bench.set) == [1])

      let second = try other(bench, ["c3"])
      #expect(numbers(try bench.export("OTHER001", set: second)) == [2])
      let error = #expect(throws: StoreError.self) {
        try bench.export { request in
          request.maximumDocumentCount = 1
          request.replacesExisting = true
        }
      }
      let failed = error?.message ?? ""
      #expect(failed.contains("CLD0000002") && failed.contains("--prefix"), "\(failed)")
      #expect(try ledger(bench, bench.set) == [1])
      let empty = try FileManager.default.contentsOfDirectory(
        atPath: out.appendingPathComponent("VOL002").path)
      #expect(empty == [], "nothing may be published")
      // Nor in one volume, nor in a rehearsal of it.
      #expect(exportFails(bench, "ONE001").contains("--prefix"))
      let request = ExportRequest(output: out.path + "/ONE001", package: .folder)
      #expect(throws: StoreError.self) {
        try ExportAction(store: bench.home, actor: ReviewBench.actor).rehearse(bench.set, request)
      }
      #expect(try names(bench) == ["OTHER001", "VOL001", "VOL002"])
      let renamed = numbers(try bench.export("ONE001") { $0.prefix = "NEW_" })
      #expect(renamed.first == 1)
      #expect(try ledger(bench, bench.set, "NEW_") == renamed)
    }
  }

  @Test("numbers that a start leaves out are told by the volume, again and again")
  func gaps() async throws {
    try await ReviewBench.with { bench in
      func told(_ name: String) throws -> [String] {
        let folder = bench.folder.appendingPathComponent("out/" + name)
        let manifest = try Data(contentsOf: folder.appendingPathComponent("MANIFEST/manifest.json"))
        let value = try JSONSerialization.jsonObject(with: manifest) as? [String: Any]
        let gaps = (value?["bates"] as? [String: Any])?["gaps"] as? [[String: String]]
        let readme = try String(
          contentsOf: folder.appendingPathComponent("README.txt"), encoding: .utf8)
        let line = readme.split(separator: "\n").first {
          $0.hasPrefix("Numbers left out before it: ")
        }
        #expect(try VolumeVerifier.verify(folder.path).problems == [])
        return [line.map(String.init) ?? ""]
          + (gaps ?? [["first": "nothing"]]).map { ($0["first"] ?? "") + "-" + ($0["last"] ?? "") }
      }
      let second = try other(bench, ["c3"])
      // Of a case without numbers nothing is left out.
      let first = numbers(try bench.export("VOL001", set: second) { $0.start = 7 })
      #expect(first == [7])
      #expect(try told("VOL001") == ["Numbers left out before it: none"])
      let all = numbers(
        try bench.export("VOL002") {
          $0.start = 20
          $0.maximumDocumentCount = 1
        })
      #expect(all.first == 20)
      let gap = ["Numbers left out before it: CLD0000008 to CLD0000019", "CLD0000008-CLD0000019"]
      #expect(try told("VOL002") == gap)
      #expect(try told("VOL003") == ["Numbers left out before it: none"])
      _ = try bench.export("AGN001")
      #expect(try told("AGN001") == gap)
      _ = try bench.export("NEW001") { $0.prefix = "NEW_" }
      #expect(try told("NEW001") == ["Numbers left out before it: none"])
      // A gap that would take in documents of the volume.
      let manifest = bench.folder.appendingPathComponent("out/VOL002/MANIFEST/manifest.json")
      let text = try String(contentsOf: manifest, encoding: .utf8)
      try Data(text.replacing("CLD0000019", with: "CLD0000020").utf8).write(to: manifest)
      let problems = try VolumeVerifier.verify(
        bench.folder.appendingPathComponent("out/VOL002").path
      ).problems
      #expect(problems.contains { $0.detail.contains("gap") })
    }
  }

  @Test("a run of fewer volumes takes those of the one before it away, and the audit log tells")
  func fewerVolumes() async throws {
    try await ReviewBench.with { bench in
      let all = try bench.export { $0.maximumDocumentCount = 1 }
      #expect(all.count > 2)
      // The next production of another set bears the next name.
      let next = "VOL00\(all.count + 1)"
      _ = try bench.export(next, set: try other(bench, ["c3"]))
      let surplus = all.dropFirst().map(\.path)
      var request = ExportRequest(
        output: bench.folder.appendingPathComponent("out/VOL001").path, package: .folder)
      request.includesReviewData = true
      request.replacesExisting = true
      let action = ExportAction(store: bench.home, actor: ReviewBench.actor)
      #expect(try action.rehearse(bench.set, request).reports.last?.removedVolumes == surplus)
      #expect(try names(bench) == all.map(\.name) + [next])
      let result = try action.run(bench.set, request)
      #expect(result.reports.map(\.removedVolumes) == [surplus])
      #expect(try names(bench) == ["VOL001", next])
      let id = try #require(result.id)
      var events: [String] = []
      var told = ""
      try bench.home.read { catalog in
        try catalog.forEachEvent(AuditFilter(object: id.text)) { event in
          events.append(event.action)
          if event.action == "export.remove" { told = event.before }
        }
      }
      #expect(events == ["export.create", "export.publish", "export.remove", "export.complete"])
      #expect(surplus.allSatisfy { told.contains("\"\($0)\"") }, "\(told)")
    }
  }

  @Test("what has an id and no name is found by its id, with or without its mark, and by no name")
  func ids() async throws {
    try await ReviewBench.with { bench in
      _ = try bench.export()
      try bench.home.read { catalog in
        let export = try #require(try catalog.exports().first)
        let run = try #require(try catalog.runs(behind: bench.set).first)
        for mark in ["", "id:"] {
          #expect(try catalog.export(mark + export.id.text) == export)
          #expect(try catalog.run(mark + run.id.text).id == run.id)
        }
        for written in ["name:" + export.id.text, "name:" + run.id.text, "", "id:"] {
          for look in [
            { _ = try catalog.export(written) }, { _ = try catalog.run(written) },
            { _ = try catalog.backup(written) }, { _ = try catalog.exceptions(ids: [written]) },
          ] as [() throws -> Void] {
            let error = #expect(throws: StoreError.self) { try look() }
            #expect(error?.code == .notFound && error?.objects == [written])
          }
        }
      }
    }
  }

  @Test("a start and volumes of any size give one run of numbers, again and again")
  func volumes() async throws {
    try await ReviewBench.with { bench in
      let all = numbers(
        try bench.export("VOL001") {
          $0.maximumDocumentCount = 1
          $0.start = 100
        })
      #expect(all == Array(100..<100 + all.count) && all.count > 2)
      #expect(try ledger(bench, bench.set) == all)
      #expect(numbers(try bench.export("ONE001")) == all)
      #expect(numbers(try bench.export("TWO001") { $0.start = 100 }) == all)
      #expect(try ledger(bench, bench.set) == all)
    }
  }

  @Test(
    "a prefix or start that cannot be is refused before anything is written",
    arguments: [
      (".A", nil), ("-A", nil), ("NUL.", nil), ("A1", nil),
      (String(repeating: "A", count: 33), nil), (nil, 10_000_000), (nil, 0), (nil, Int.max),
    ] as [(String?, Int?)])
  func refused(_ prefix: String?, _ start: Int?) async throws {
    try await ReviewBench.with { bench in
      let events = try bench.home.read { try $0.verifyAudit().eventCount }
      let request = { (request: inout ExportRequest) in
        request.prefix = prefix
        request.start = start
      }
      #expect(throws: ProductionError.self) { try bench.export { request(&$0) } }
      var rehearsed = ExportRequest(
        output: bench.folder.appendingPathComponent("out/VOL001").path, package: .folder)
      request(&rehearsed)
      #expect(throws: ProductionError.self) {
        try ExportAction(store: bench.home, actor: ReviewBench.actor)
          .rehearse(bench.set, rehearsed)
      }
      if let prefix {
        #expect(throws: StoreError.self) {
          try bench.home.change(as: ReviewBench.actor) {
            try $0.updateMatter($0.catalog.matter(key: bench.set.matter.key), controlPrefix: prefix)
          }
        }
      }
      #expect(try bench.home.read { try $0.verifyAudit().eventCount } == events)
      #expect(try ledger(bench, bench.set) == [])
      #expect(numbers(try bench.export()).first == 1)
    }
  }
}
