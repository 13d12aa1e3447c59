// SPDX-License-Identifier: Apache-2.0
import Actions
import Bytes
import Foundation
import Model
import Production
import Query
import Store
import TestSupport
import Testing

/// What a volume meets in a store that has something of it already.
@Suite("A volume that meets what is here")
struct ReviewVolumeMergeTests {
  @Test("a closed case gets no set, and nothing is stored")
  func closed() async throws {
    try await ReviewBench.with { bench in
      let path = try bench.export().first.unwrapped.path
      _ = try bench.away.change(as: ReviewBench.other) { try $0.closeMatter(bench.matter) }
      #expect(exitStatus { _ = try bench.bring([path]) } == .denied)
      #expect(exitStatus { _ = try bench.action().rehearse([path]) } == .denied)
      #expect(try Searcher(bench.away).itemCount(.all) == 0)
      #expect(try bench.away.read { try $0.reviewSets() } == [])
    }
  }

  @Test("a note that was made since is a conflict as a tag is")
  func note() async throws {
    try await ReviewBench.with { bench in
      try bench.review()
      _ = try bench.bring([try bench.export().first.unwrapped.path])
      let set = try bench.arrived()
      let here = try told(set, in: bench.away)
      try bench.code(.note, on: ["m5"], note: "one more word")
      let report = try bench.bring([try bench.export("VOL002").first.unwrapped.path])
      #expect(report.reviews.map(\.failed) == [1])
      #expect(try bench.exceptions().map { $0.prefix(16) } == ["REVIEW_CONFLICT "])
      #expect(try told(set, in: bench.away) == here)
    }
  }

  @Test("tags of one name in different groups are never taken for each other")
  func tags() async throws {
    try await ReviewBench.with { bench in
      try bench.review()
      _ = try bench.bring([try bench.export().first.unwrapped.path])
      let set = try bench.arrived()
      let here = try told(set, in: bench.away)
      _ = try bench.home.change(as: ReviewBench.actor) {
        try $0.createTag(name: "Late", in: bench.set, group: "Mine")
      }
      _ = try bench.away.change(as: ReviewBench.other) {
        try $0.createTag(name: "late", in: set, group: "Theirs")
      }
      try bench.code(on: ["m6"], set: ["Late"])
      let path = try bench.export("VOL002").first.unwrapped.path
      #expect(exitStatus { _ = try bench.action().rehearse([path]) } == .exists)
      let count = try bench.away.read { try $0.eventCount() }
      #expect(exitStatus { _ = try bench.bring([path]) } == .exists)
      #expect(try told(set, in: bench.away) == here)
      // Found before anything was taken: the run alone is on record.
      #expect(try bench.away.read { try $0.eventCount() } == count + 2)
      #expect(try bench.bring([path], name: "Apart").isClean)
    }
  }

  @Test("what was context here becomes selected where a later volume has it so")
  func context() async throws {
    try await ReviewBench.with(picked: ["m1", "m4"]) { bench in
      _ = try bench.bring([try bench.export().first.unwrapped.path])
      let set = try bench.arrived()
      _ = try ReviewAction(store: bench.home, actor: ReviewBench.actor).add(
        .ids(["m3"]), to: bench.set, context: .items(0))
      let ours = try told(bench.set, in: bench.home)
      #expect(ours.filter { !$0.isContext }.count == 3)
      let report = try bench.bring([try bench.export("VOL002").first.unwrapped.path])
      #expect(report.isClean && report.reviews.map(\.added) == [1])
      let counts = try bench.away.read { try $0.itemCounts(of: set) }
      let home = try bench.home.read { try $0.itemCounts(of: bench.set) }
      #expect(counts == home)
    }
  }

  @Test("versions are told by their bytes, whatever their numbers are here")
  func numbers() async throws {
    try await ReviewBench.with(picked: ["m4", "m5"]) { bench in
      let path = try bench.export().first.unwrapped.path
      let later = bench.folder.appendingPathComponent("conversations.json")
      try Data(
        ReviewBench.conversations.replacing("of a plan", with: "of another plan").utf8
      ).write(to: later)
      _ = try ImportAction(store: bench.away, actor: ReviewBench.other).run([later.path])
      #expect(try bench.bring([path]).isClean)
      let items = try told(bench.arrived(), in: bench.away)
      #expect(items.count == 2)
      // The record and the message that changed came second here.
      #expect(items.allSatisfy { $0.conversationVersion == 2 })
      #expect(items.map(\.version).sorted() == [1, 2])
      let ours = try told(bench.set, in: bench.home)
      #expect(ours.allSatisfy { $0.conversationVersion == 1 })
    }
  }

  @Test("the person comes along whose data it was said to be at home")
  func custodian() async throws {
    try await ReviewBench.with(picked: ["u1"]) { bench in
      let text = ReviewBench.transcript.replacing("s1", with: "s2").replacing("u1", with: "v1")
        .replacing("u2", with: "v2")
      let file = bench.folder.appendingPathComponent("s2.jsonl")
      try Data(text.utf8).write(to: file)
      _ = try bench.home.change(as: ReviewBench.actor) { try $0.createCustodian(name: "Joan") }
      _ = try ImportAction(store: bench.home, actor: ReviewBench.actor, custodian: "Joan")
        .run([file.path])
      _ = try ReviewAction(store: bench.home, actor: ReviewBench.actor).add(
        .ids(["s2"]), to: bench.set, context: .conversation)
      let path = try bench.export().first.unwrapped.path
      #expect(try bench.bring([path]).isClean)
      func owners(_ store: Store) throws -> [String: String] {
        var owners: [String: String] = [:]
        try Searcher(store).forEachHit(.all) { hit in
          if hit.nativeConversationID == "s2" { owners[hit.nativeID ?? ""] = hit.custodian }
          return true
        }
        return owners
      }
      let theirs = try owners(bench.home)
      #expect(theirs.count == 2 && theirs.values.allSatisfy { $0 == "Joan" })
      #expect(try owners(bench.away) == theirs)
    }
  }

  @Test("the audit log tells what came, batch by batch")
  func audit() async throws {
    try await ReviewBench.with { bench in
      try bench.review()
      let path = try bench.export().first.unwrapped.path
      for (added, already) in [(8, 0), (0, 8)] {
        _ = try bench.bring([path])
        let set = try bench.arrived()
        let events = try bench.away.read {
          try $0.events(AuditFilter(action: "review", object: set.id.text))
        }
        #expect(events.contains { $0.action == "review.imported" })
        let items = try events.first { $0.action == "review.import.items" }.unwrapped
        let after = try JSONValue(canonicalFile: Array(items.after.utf8)).unwrapped
        #expect(after["added"] == JSONValue(added) && after["already"] == JSONValue(already))
      }
    }
  }

  @Test("a set is taken in by one process at a time")
  func lock() async throws {
    try await ReviewBench.with { bench in
      let path = try bench.export().first.unwrapped.path
      _ = try bench.bring([path])
      let set = try bench.arrived()
      let held = try bench.away.lockJob("review-" + set.id.text, as: ReviewBench.actor)
      #expect(exitStatus { _ = try bench.bring([path]) } == .locked)
      withExtendedLifetime(held) {}
    }
  }

  private struct Stop: Error {}

  @Test("stopped anywhere and run again, it ends in the same state")
  func stopped() async throws {
    try await ReviewBench.with { bench in
      try bench.review()
      let many = (0..<200).map { number in
        """
        {"uuid":"n\(number)","account":{"uuid":"acc-1"},"chat_messages":[\
        \(ReviewBench.message("n\(number)-1", "one", 1)),\
        \(ReviewBench.message("n\(number)-2", "two", 2))]}
        """
      }
      let file = bench.folder.appendingPathComponent("conversations.json")
      try Data("[\(many.joined(separator: ","))]".utf8).write(to: file)
      _ = try ImportAction(store: bench.home, actor: ReviewBench.actor).run([file.path])
      _ = try ReviewAction(store: bench.home, actor: ReviewBench.actor).add(
        .ids((0..<200).map { "n\($0)-1" }), to: bench.set, context: .conversation)
      let path = try bench.export().first.unwrapped.path
      var calls = 0
      _ = try bench.action().run([path]) { _, _ in calls += 1 }
      let whole = try told(bench.arrived(), in: bench.away)
      let history = try acts(of: bench.arrived(), in: bench.away)
      try #require(calls > 4)
      for stop in 1...calls {
        let store = try Store.create(
          at: bench.folder.appendingPathComponent("s\(stop)").path, as: ReviewBench.other)
        let matter = try store.change(as: ReviewBench.other) {
          try $0.createMatter(name: "Quay")
        }
        let action = bench.action(into: store, matter: matter)
        var call = 0
        #expect(throws: Stop.self) {
          try action.run([path]) { _, _ in
            call += 1
            if call == stop { throw Stop() }
          }
        }
        #expect(try action.run([path]).isClean, "call \(stop)")
        let set = try store.read { try $0.reviewSet("First look") }
        #expect(try told(set, in: store) == whole, "call \(stop)")
        #expect(try acts(of: set, in: store).dropLast() == history.dropLast(), "call \(stop)")
        let loads = try store.read { try $0.loads(of: set) }
        #expect(loads.map(\.itemCount) == loads.map(\.itemCount).filter { $0 > 0 })
        #expect(loads.map { $0.itemCount + $0.contextCount }.reduce(0, +) == whole.count)
        #expect(try store.read { try $0.verifyAudit().isSound })
      }
    }
  }

  @Test("records in another order come, or are named")
  func order() async throws {
    try await ReviewBench.with { bench in
      let path = try bench.export("VOL001", .zip(.store)).first.unwrapped.path
      let turned = bench.folder.appendingPathComponent("turned.zip").path
      let script = """
        import sys, zipfile
        source = zipfile.ZipFile(sys.argv[1])
        with zipfile.ZipFile(sys.argv[2], "w") as target:
            for info in reversed(source.infolist()):
                target.writestr(info, source.read(info))
        """
      let result = try await Tool.run("python3", ["-c", script, path, turned], in: bench.folder)
      #expect(result.status == 0, "\(result.errorText)")
      let problems = try VolumeVerifier.verify(turned).problems
      let report = try bench.bring([turned])
      #expect(report.counts.addUp)
      if problems.isEmpty {
        let review = try report.reviews.first.unwrapped
        #expect(review.added + review.failed == 8)
        #expect(review.failed == 0 || report.counts.exceptions > 0)
        let codes = Set(try bench.exceptions().map { String($0.prefix { $0 != " " }) })
        #expect(codes.isSubset(of: ["PART_MISSING"]))
      } else {
        #expect(report.counts.exceptions > 0 && report.reviews == [])
      }
    }
  }
}
