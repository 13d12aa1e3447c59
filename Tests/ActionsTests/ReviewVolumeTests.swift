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

@Suite("A volume that comes back")
struct ReviewVolumeTests {
  static let packages: [VolumePackage] = [.folder, .zip(.store), .tarZstandard(level: 3), .bagit]

  /// Of every file of a store or folder.
  private func bytes(of folder: String) throws -> [String: Data] {
    var files: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
      files[name] = try? Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))
    }
    return files
  }

  @Test("gives another store the same set: items, tags, notes and history", arguments: packages)
  func roundTrip(_ package: VolumePackage) async throws {
    try await ReviewBench.with { bench in
      try bench.review()
      let reports = try bench.export("VOL001", package)
      let path = try reports.first.unwrapped.path
      #expect(try VolumeVerifier.verify(path).problems == [])
      let rehearsed = try bench.action().rehearse([path])
      #expect(try bench.away.read { try $0.reviewSets() } == [])
      let report = try bench.bring([path])
      #expect(report.counts == rehearsed.counts)
      #expect(report.reviews == rehearsed.reviews)
      #expect(report.isClean && report.files == 1 && report.unrecognised == 0)
      // Six messages, two lines of a transcript, and the person of an account.
      #expect(report.counts.stored == 9 && report.counts.read == 9)
      let review = try report.reviews.first.unwrapped
      #expect(review.added == 8 && review.already == 0 && review.failed == 0)

      let set = try bench.arrived()
      #expect(set.matter == bench.matter && set.description == "what first")
      #expect(set.created == bench.set.created)
      #expect(try told(set, in: bench.away) == told(bench.set, in: bench.home))
      let history = try acts(of: set, in: bench.away)
      #expect(try history.dropLast() == acts(of: bench.set, in: bench.home)[...])
      #expect(history.count == 8 && history.last?.hasPrefix("8|import||8|0|0|") == true)
      #expect(history.last?.contains("|grace|") == true)
      try bench.away.read { away in
        try bench.home.read { home in
          let tags = try (away.tags(of: set), home.tags(of: bench.set))
          #expect(tags.0.map(\.name) == tags.1.map(\.name))
          #expect(tags.0.map(\.group) == tags.1.map(\.group))
          #expect(tags.0.map(\.choice) == tags.1.map(\.choice))
          #expect(tags.0.map(\.description) == tags.1.map(\.description))
          #expect(try away.filters(of: set).map(\.query) == ["tag:Hot"])
          let loads = try (away.loads(of: set), home.loads(of: bench.set))
          #expect(loads.0.map(\.created) == loads.1.map(\.created))
          #expect(loads.0.map(\.account) == loads.1.map(\.account))
          #expect(loads.0.map(\.itemCount) == loads.1.map(\.itemCount))
          #expect(loads.0.map(\.contextCount) == loads.1.map(\.contextCount))
        }
        #expect(try away.custodian("ada@example.org").name == "Ada Byron")
        #expect(try away.verifyAudit().isSound)
      }
      // The same records, byte for byte, so the same volume but for the names of case and store.
      let (home, away) = (
        try bench.export("VOL002") { $0.includesReviewData = false },
        try bench.export("VOL003", from: bench.away, set: set) { $0.includesReviewData = false }
      )
      let natives = try [home, away].map { reports in
        try bytes(of: reports.first.unwrapped.path + "/NATIVES")
      }
      #expect(natives[0] == natives[1] && natives[0].count > 4)

      let before = try acts(of: set, in: bench.away)
      let again = try bench.bring([path])
      #expect(again.isClean && again.counts.stored == 0 && again.counts.updated == 0)
      #expect(again.counts.duplicates == again.counts.read)
      #expect(again.reviews.map(\.added) == [0] && again.reviews.map(\.already) == [8])
      #expect(again.reviews.map(\.set) == [set.id])
      #expect(try acts(of: set, in: bench.away) == before)
      #expect(try told(set, in: bench.away) == told(bench.set, in: bench.home))
      #expect(try bench.away.read { try $0.reviewSets().count } == 1)
      #expect(try bench.away.read { try $0.loads(of: set).count } == 1)
      #expect(try bench.away.read { try $0.verifyAudit().isSound })
    }
  }

  /// Records of other routes, as their sources write them.
  private static let captures = [
    "calls.jsonl": """
    {"request":{"model":"m","messages":[{"role":"user","content":"hello"}]},"response":{"id":"msg_9",\
    "type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"hello too"}]}}
    {"request":{"model":"m","messages":[{"role":"user","content":"hello"},{"role":"assistant",\
    "content":[{"type":"text","text":"hello too"}]},{"role":"user","content":"more"}]},\
    "response":{"id":"msg_10","type":"message","role":"assistant","model":"m",\
    "content":[{"type":"text","text":"no more"}]}}

    """,
    "audit.csv": """
    created_at,actor_info,event,event_info
    2025-01-01T00:00:00Z,"{'name': 'Ada'}",conversation_created,"{'id': 'c1'}"

    """,
    "chat.json": """
    {"id":"claude_chat_1","name":"Chat","created_at":"2025-01-01T00:00:00Z","user":{"id":"user_1",\
    "email_address":"ada@example.org"},"chat_messages":[{"id":"claude_chat_msg_1","role":"user",\
    "created_at":"2025-01-01T00:00:00Z","content":[{"type":"text","text":"from the service"}]}]}
    """,
    "activities.json": """
    {"id":"activity_1","type":"claude_chat_created","created_at":"2025-01-01T00:00:00Z",\
    "actor":{"type":"user_actor","email_address":"ada@example.org","user_id":"user_1"}}
    """,
  ]

  @Test("brings back records of every kind and route as they were captured")
  func routes() async throws {
    try await ReviewBench.with { bench in
      let folder = bench.folder.appendingPathComponent("more")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      for (name, text) in Self.captures {
        try Data(text.utf8).write(to: folder.appendingPathComponent(name))
      }
      let sample = Repository.root.appendingPathComponent("Samples/export.zip").path
      let first = try ImportAction(store: bench.home, actor: ReviewBench.actor)
        .run([sample, folder.path])
      #expect(first.isClean)
      let question = try Question(
        nil, scope: ScopeRequest(), interval: Model.TimeInterval(), zone: "UTC",
        matter: nil, options: QueryOptions(clock: bench.home.now), store: bench.home)
      _ = try ReviewAction(store: bench.home, actor: ReviewBench.actor).add(
        .question(question), to: bench.set, context: .conversation)
      let ours = try told(bench.set, in: bench.home)
      #expect(try ours.count == Searcher(bench.home).itemCount(.all))
      let path = try bench.export().first.unwrapped.path
      let report = try bench.bring([path])
      #expect(try bench.exceptions() == [])
      #expect(report.isClean && report.counts.addUp)
      #expect(try told(bench.arrived(), in: bench.away) == ours)
      func facts(_ store: Store) throws -> Set<[String]> {
        var facts: Set<[String]> = []
        try Searcher(store).forEachHit(.all) { hit in
          facts.insert([
            hit.id.text, hit.conversationID.text, hit.custodian, hit.title,
            hit.time?.rfc3339 ?? "",
          ])
          return true
        }
        return facts
      }
      #expect(try facts(bench.away) == facts(bench.home))
      let again = try bench.bring([path])
      #expect(again.counts.stored == 0 && again.counts.updated == 0 && again.isClean)
      var findings: [Finding] = []
      _ = try ContentVerifier(bench.away, actor: ReviewBench.other).verify { findings.append($0) }
      #expect(findings == [])
    }
  }

  @Test("goes on where the coding ended: acts that came can be taken back")
  func undo() async throws {
    try await ReviewBench.with { bench in
      try bench.review()
      let path = try bench.export().first.unwrapped.path
      _ = try bench.bring([path])
      let set = try bench.arrived()
      let first = try bench.away.read { try $0.coding("1", of: set) }
      let act = try CodingAction(store: bench.away, actor: ReviewBench.other, set: set)
        .undo(first, reason: "", isRehearsed: false)
      // m4 lost the tag Hot since, so it is left alone.
      #expect(act.changed == 1 && act.skipped == 1 && act.number == 9)
    }
  }

  @Test("the same volume twice has the same bytes, and carries nothing unless it is asked to")
  func deterministic() async throws {
    try await ReviewBench.with { bench in
      try bench.review()
      let path = try bench.export().first.unwrapped.path
      let first = try bytes(of: path)
      _ = try bench.export { $0.replacesExisting = true }
      #expect(try bytes(of: path) == first)
      let plain = try bench.export("VOL007") { $0.includesReviewData = false }.first.unwrapped.path
      let names = try bytes(of: plain).keys
      #expect(!names.contains { $0.contains("review") || $0.hasPrefix("RECORDS") })
      // What is a whole native already is no second file; the talk of two days is.
      #expect(
        first.keys.filter { $0.hasSuffix(".json") && $0.hasPrefix("RECORDS/0001/") }.count == 1)
      let report = try bench.bring([plain])
      #expect(report.counts.read == 1 && report.counts.exceptions == 1)
      #expect(try bench.exceptions() == ["REVIEW_DATA_MISSING "])
    }
  }

  @Test("names what is redacted, withheld or not selected, and carries none of its bytes")
  func leftOut() async throws {
    try await ReviewBench.with(picked: ["m1", "m4", "m6", "s1"]) { bench in
      try bench.review()
      _ = try bench.home.change(as: ReviewBench.actor) { change in
        try change.createTag(name: "Privileged", in: bench.set, group: "Privilege")
      }
      try bench.code(on: ["u1"], set: ["Privileged"], note: "zqprivilegenote")
      try bench.code(.note, on: ["m6"], note: "zqnote")
      let redaction = RedactionAction(
        store: bench.home, actor: ReviewBench.actor, set: bench.set)
      _ = try redaction.run(
        .wholeItems, on: MemberChoice(.ids(["m6"])), reason: .personal, basis: "zqbasis",
        isRehearsed: false)
      // Of c2 its context is left, and no document.
      try bench.code(.remove, on: ["m4"], removes: true)
      let path = try bench.export().first.unwrapped.path
      #expect(try VolumeVerifier.verify(path).problems == [])
      let all = try bytes(of: path).filter { !$0.key.hasPrefix("LOGS/") }
      for word in ["zqcanary", "zqprivilegenote", "zqnote", "zqbasis", "run the tests"] {
        #expect(!all.contains { $0.value.range(of: Data(word.utf8)) != nil }, "\(word)")
      }
      let report = try bench.bring([path])
      #expect(
        try bench.exceptions()
          == ["c2", "c3", "s1"].map { "LEFT_OUT_OF_VOLUME " + $0 })
      #expect(report.counts.exceptions == 3 && report.counts.stored == 4)
      let set = try bench.arrived()
      let ours = try told(bench.set, in: bench.home)
      let theirs = try told(set, in: bench.away)
      #expect(theirs.count == 3 && theirs.isSubset(of: ours))
    }
  }

  @Test("nothing of a damaged volume is taken, wherever the damage lies")
  func damaged() async throws {
    try await ReviewBench.with { bench in
      try bench.review()
      let path = try bench.export().first.unwrapped.path
      let files = FileManager.default
      let names = try files.subpathsOfDirectory(atPath: path).filter { name in
        [
          "-review.jsonl", "/SHA256SUMS", "manifest.json", "-000001.json", "CLD0000001.json",
          ".dat",
        ]
        .contains { name.hasSuffix($0) }
      }
      #expect(names.count == 6)
      for name in names {
        let file = URL(fileURLWithPath: path + "/" + name)
        let whole = try Data(contentsOf: file)
        var broken = whole
        broken[broken.count / 2] ^= 1
        for damage in [broken, whole.dropLast(20), nil] {
          try files.removeItem(at: file)
          try damage?.write(to: file)
          let report = try bench.bring([path])
          #expect(report.counts.stored == 0 && report.counts.conversations == 0, "\(name)")
          #expect(report.counts.read == report.counts.exceptions, "\(name)")
          #expect(report.counts.exceptions > 0 && report.reviews == [], "\(name)")
          if damage == nil { try Data().write(to: file) }
          try whole.write(to: file)
        }
      }
      let codes = Set(try bench.exceptions().map { String($0.prefix { $0 != " " }) })
      #expect(codes == ["VOLUME_DAMAGED"])
      #expect(try bench.away.read { try $0.reviewSets() } == [])
      #expect(try bench.bring([path]).isClean)
    }
  }

  @Test("a truncated archive is a damaged volume, and its digest file no capture")
  func truncated() async throws {
    try await ReviewBench.with { bench in
      let path = try bench.export("VOL001", .zip(.store)).first.unwrapped.path
      let folder = (path as NSString).deletingLastPathComponent
      #expect(try bench.bring([folder]).isClean)
      let whole = try Data(contentsOf: URL(fileURLWithPath: path))
      try whole.dropLast(whole.count / 3).write(to: URL(fileURLWithPath: path))
      let report = try bench.bring([path])
      #expect(report.counts.exceptions == report.counts.read && report.counts.exceptions > 0)
      #expect(report.reviews == [])
    }
  }

  @Test("volumes that a set was split into make one set, in any order")
  func split() async throws {
    try await ReviewBench.with { bench in
      try bench.review()
      let paths = try bench.export { $0.maximumDocumentCount = 1 }.map(\.path)
      #expect(paths.count > 3)
      let first = try bench.bring(Array(paths.suffix(2)))
      #expect(first.isClean && first.reviews.count == 2)
      #expect(try bench.bring(paths).isClean)
      let set = try bench.arrived()
      #expect(try told(set, in: bench.away) == told(bench.set, in: bench.home))
      #expect(try bench.bring(paths).reviews.allSatisfy { $0.added == 0 })
      #expect(try bench.away.read { try $0.reviewSets().count } == 1)
    }
  }

  @Test("what was coded here since stays, and is named where a later volume tells otherwise")
  func conflict() async throws {
    try await ReviewBench.with { bench in
      try bench.review()
      let path = try bench.export().first.unwrapped.path
      _ = try bench.bring([path])
      let set = try bench.arrived()
      try bench.code(on: ["m6"], set: ["Hot"], in: bench.away, set: set)
      // The volume knows less than the set, which is no conflict.
      #expect(try bench.bring([path]).isClean)
      try bench.code(on: ["m5"], set: ["Yes"])
      let later = try bench.export("VOL002").first.unwrapped.path
      let here = try told(set, in: bench.away)
      let report = try bench.bring([later])
      #expect(report.counts.exceptions == 1 && report.reviews.map(\.failed) == [1])
      #expect(try bench.exceptions().first?.hasPrefix("REVIEW_CONFLICT itm_") == true)
      #expect(try told(set, in: bench.away) == here)
      // Under another name all of it comes.
      #expect(try bench.bring([later], name: "Second look").isClean)
      let second = try bench.away.read { try $0.reviewSet("Second look") }
      #expect(try told(second, in: bench.away) == told(bench.set, in: bench.home))
    }
  }

  @Test("in the store that it comes from the set is found again and not doubled")
  func home() async throws {
    try await ReviewBench.with { bench in
      try bench.review()
      let path = try bench.export().first.unwrapped.path
      let (items, history) = try (
        told(bench.set, in: bench.home), acts(of: bench.set, in: bench.home)
      )
      let report = try bench.bring([path], into: bench.home, matter: bench.set.matter)
      #expect(report.isClean && report.counts.stored == 0)
      #expect(report.reviews.map(\.set) == [bench.set.id] && report.reviews.map(\.added) == [0])
      #expect(try told(bench.set, in: bench.home) == items)
      #expect(try acts(of: bench.set, in: bench.home) == history)
      #expect(try bench.home.read { try $0.verifyAudit().isSound })
    }
  }

  @Test("needs a case that is open and a name that is free, and then stores nothing")
  func refusals() async throws {
    try await ReviewBench.with { bench in
      let path = try bench.export().first.unwrapped.path
      let plain = ImportAction(store: bench.away, actor: ReviewBench.other)
      #expect(exitStatus { _ = try plain.run([path]) } == .usage)
      _ = try bench.away.change(as: ReviewBench.other) { change in
        try change.createReviewSet(name: "First look", in: bench.matter)
      }
      #expect(exitStatus { _ = try bench.bring([path]) } == .exists)
      #expect(exitStatus { _ = try bench.action().rehearse([path]) } == .exists)
      #expect(try Searcher(bench.away).itemCount(.all) == 0)
      // The next run finds no lock left behind.
      #expect(try bench.bring([path], name: "Other").isClean)
      var request = ExportRequest(output: bench.folder.path + "/VOL005", package: .folder)
      request.includesReviewData = true
      request.includesContext = false
      let export = ExportAction(store: bench.home, actor: ReviewBench.actor)
      #expect(exitStatus { _ = try export.run(bench.set, request) } == .usage)
    }
  }

  @Test("an encrypted volume comes back with its passphrase alone")
  func encrypted() async throws {
    try await ReviewBench.with { bench in
      let path = try bench.export("VOL001", .zip(.store)) { $0.passphrase = "correct horse staple" }
        .first.unwrapped.path
      #expect(try bench.bring([path]).counts.stored == 0)
      #expect(
        try bench.action(passphrase: "another horse staple").run([path]).counts.stored == 0)
      #expect(try bench.exceptions() == ["PASSWORD_PROTECTED "])
      let report = try bench.action(passphrase: "correct horse staple").run([path])
      #expect(report.isClean && report.reviews.map(\.added) == [8])
    }
  }

  @Test("items of several versions of a conversation come back in the versions that were frozen")
  func versions() async throws {
    try await ReviewBench.with(picked: ["m4"]) { bench in
      let changed = bench.folder.appendingPathComponent("conversations.json")
      let text = ReviewBench.conversations.replacing(
        ReviewBench.message("m5", "of a plan", 1),
        with: ReviewBench.message("m5", "of another plan", 1) + ","
          + ReviewBench.message("m9", "and a new one", 2))
      #expect(text != ReviewBench.conversations)
      try Data(text.utf8).write(to: changed)
      _ = try ImportAction(store: bench.home, actor: ReviewBench.actor).run([changed.path])
      _ = try ReviewAction(store: bench.home, actor: ReviewBench.actor).add(
        .ids(["m9"]), to: bench.set, context: .items(0))
      let path = try bench.export().first.unwrapped.path
      let ours = try told(bench.set, in: bench.home)
      #expect(Set(ours.map(\.conversationVersion)) == [1, 2])
      #expect(try bench.bring([path]).isClean)
      #expect(try told(bench.arrived(), in: bench.away) == ours)
    }
  }
}
