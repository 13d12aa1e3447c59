// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
import Query
import TestSupport
import Testing

@testable import Store

@Suite("A snapshot of a store")
struct SnapshotTests {
  /// Copies a store as a backup does, and makes a store of the copy.
  private func copy(
    _ snapshot: StoreSnapshot, of store: Store, _ progress: (Int64) throws -> Void = { _ in }
  ) throws -> Store {
    let folder = store.folder + "-copy"
    _ = try snapshot.copy(to: folder, progress)
    try FileManager.default.moveItem(
      atPath: folder + "/" + StoreSnapshot.catalogName, toPath: folder + "/catalog.sqlite")
    try FileManager.default.createDirectory(
      atPath: folder + "/locks", withIntermediateDirectories: false)
    return try Store.open(at: folder, access: .writing)
  }

  private func findings(_ store: Store) throws -> [Finding] {
    var findings: [Finding] = []
    _ = try ContentVerifier(store, actor: .test()).verify { findings.append($0) }
    return findings
  }

  private func state(_ store: Store) throws -> [String] {
    var lines: [String] = []
    try Searcher(store).forEachHit(.all) { hit in
      lines.append("\(hit.id) \(hit.version) \(hit.title) \(hit.body)")
      return true
    }
    return lines
  }

  @Test("holds what the catalog names and nothing that was not recorded yet")
  func unrecordedBatch() async throws {
    try await withStore { store in
      try store.ingest([conversation("c1", title: "One", "alpha", "beta")], laneCount: 1)
      let before = try state(store)
      try crashAfterPartition(
        store, number: 1,
        [conversation("c1", title: "Renamed", "alpha", "changed"), conversation("c2", "gamma")])
      let copy = try copy(StoreSnapshot(store, as: .test()), of: store)
      #expect(try state(copy) == before)
      // The source has the batch as a leftover, the copy has it not.
      #expect(try findings(store).map(\.kind) == [.leftover])
      #expect(try findings(copy) == [])
      let files = try FileManager.default.contentsOfDirectory(atPath: copy.layout.partitions)
      #expect(files == ["0001.sqlite"])
    }
  }

  @Test("stays as it was while conversations come and go and holds are set")
  func othersWrite() async throws {
    try await withStore { store in
      let units = (0..<40).map { conversation("c\($0)", "alpha number \($0)", "answer") }
      try store.ingest(units, laneCount: 1, capacity: 20)
      let before = try state(store)
      let snapshot = try StoreSnapshot(store, as: .test())
      #expect(snapshot.facts.partitions.count > 1)
      let holds = try store.read { try $0.holds().count }
      var isChanged = false
      let copy = try copy(snapshot, of: store) { _ in
        guard !isChanged else { return }
        isChanged = true
        try store.ingest(
          [conversation("c1", "changed"), conversation("later", "new")], laneCount: 1, capacity: 20)
        try store.change(as: .test()) { change in
          let matter = try change.createMatter(name: "pier")
          _ = try change.createHold(
            name: "late", in: matter, HoldDefinition(scope: Scope(everyone: true)))
        }
        for row in try store.read({ try PartitionRow.all($0.db) }) {
          let purge = try PartitionPurge(
            path: store.layout.partitions + "/" + PartitionFile.name(row.number), mark: row.mark)
          for number in 10..<30 {
            try purge.remove(route: "claude.ai-export", nativeID: "c\(number)")
          }
        }
      }
      #expect(isChanged)
      #expect(try state(copy) == before)
      #expect(try copy.read { try $0.holds().count } == holds)
      #expect(try findings(copy) == [])
      #expect(try findings(store) != [])
    }
  }

  @Test("copies the partition that stands under the name, not one that was there before")
  func replacedPartition() async throws {
    try await withStore { store in
      try store.ingest([conversation("c1", "alpha")], laneCount: 1)
      let path = store.layout.partitions + "/0001.sqlite"
      let facts = try #require(try StoreSnapshot(store, as: .test()).facts.partitions.first)
      let opened = try OpenPartition(facts, in: store.layout)
      // Between the opening and the lock another file takes the name, and gets more.
      let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
      for suffix in ["", "-wal", "-shm"] { try FileSystem.remove(path + suffix) }
      try bytes.write(to: URL(fileURLWithPath: path))
      try store.ingest([conversation("c2", "beta")], laneCount: 1)
      #expect(!opened.isStillThere)
      let snapshot = try StoreSnapshot(
        store, catalog: DirectConnection(path: store.layout.catalog, access: .read),
        opened: [1: opened])
      let copy = try copy(snapshot, of: store)
      #expect(try state(copy).count == 2)
      #expect(try findings(copy) == [])
    }
  }

  @Test("is refused where a partition is missing or lacks what the catalog names")
  func damagedStore() async throws {
    try await withStore { store in
      try store.ingest([conversation("c1", "alpha")], laneCount: 1)
      let path = store.layout.partitions + "/0001.sqlite"
      let connection = try DirectConnection(path: path, access: .write)
      try connection.execute("UPDATE batch SET last_record = 0")
      #expect(
        status { _ = try StoreSnapshot(store, as: .test()).copy(to: store.folder + "-1") }
          == .damaged)
      try FileManager.default.removeItem(atPath: path)
      #expect(status { _ = try StoreSnapshot(store, as: .test()) } == .damaged)
    }
  }

  @Test("is taken between two changes of the catalog, and gives the lock back at once")
  func lock() async throws {
    try await withStore { store in
      try store.ingest([conversation("c1", "alpha")], laneCount: 1)
      // A change that has begun is waited for.
      let begun = DispatchSemaphore(value: 0)
      let done = DispatchSemaphore(value: 0)
      Thread.detachNewThread {
        try? store.change(as: .test()) { change in
          begun.signal()
          Thread.sleep(forTimeInterval: 0.3)
          try change.setSetting("slow", to: "change")
        }
        done.signal()
      }
      let head = try await Task.detached {
        begun.wait()
        return try StoreSnapshot(store, as: .test()).facts.auditHead
      }.value
      done.wait()
      #expect(try head == store.read { try $0.auditHead() })
      let snapshot = try StoreSnapshot(store, as: .test())
      // A change needs the same lock; it is free while the snapshot lives.
      try store.change(as: .test()) { try $0.setSetting("a", to: "b") }
      #expect(try snapshot.facts.auditHead.count == store.read { try $0.auditHead().count } - 1)
    }
  }
}
