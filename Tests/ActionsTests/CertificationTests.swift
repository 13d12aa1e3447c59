// SPDX-License-Identifier: Apache-2.0
import Actions
import Foundation
import Model
import Production
import Query
import Store
import TestSupport
import Testing

@Suite("Data sheets for a certification")
struct CertificationTests {
  @Test("count the records that a run stored or found, not what it skipped or could not read")
  func records() async throws {
    try await ReviewBench.with { bench in
      let lines = """
        {"type":"user","sessionId":"s2","uuid":"v1","parentUuid":null,\
        "timestamp":"2025-02-01T00:00:00Z","message":{"role":"user","content":"once more"}}
        {"type":"summary","summary":"Once more","leafUuid":"v1"}
        {"type":"user","sessionId":"s2","uuid":
        {"type":"assistant","sessionId":"s2","uuid":"v2","parentUuid":"v1",\
        "timestamp":"2025-02-01T00:00:05Z","message":{"id":"msg_2","role":"assistant","model":"m",\
        "content":[{"type":"text","text":"done"}]}}

        """
      let file = bench.folder.appendingPathComponent("s2.jsonl")
      try Data(lines.utf8).write(to: file)
      let action = ImportAction(store: bench.home, actor: ReviewBench.actor)
      let counts = try action.run([file.path]).counts
      #expect(counts.skipped == 1 && counts.exceptions == 1 && counts.read == 4)
      _ = try ReviewAction(store: bench.home, actor: ReviewBench.actor).add(
        .ids(["s2"]), to: bench.set, context: .conversation)
      _ = try bench.export { $0.hasCertification = true }
      let sheet = try String(
        contentsOf: bench.folder.appendingPathComponent("out/VOL001/MANIFEST/certification.txt"),
        encoding: .utf8)
      let told = sheet.split(separator: "\n").compactMap { line in
        line.range(of: "; records: ").map { String(line[$0.upperBound...]) }
      }
      // Of the bench: a person, six messages of three conversations, two of a session.
      #expect(told.sorted() == ["2, exceptions: 1", "9, exceptions: 0"])
    }
  }

  /// Fills the bench's set by a query about one person of a case that has another one.
  private static func load(_ bench: ReviewBench) throws {
    try bench.home.change(as: ReviewBench.actor) { change in
      let other = try change.createCustodian(
        name: "Grace Ofthecase", identities: [IdentityDefinition(.account, "acc-2")])
      try change.addCustodians([other], to: bench.set.matter)
    }
    var scope = ScopeRequest()
    scope.custodians = ["Ada Byron"]
    let question = try Question(
      "plan", scope: scope,
      interval: TimeInterval(
        since: Instant(rfc3339: "2025-01-01T00:00:00Z"),
        before: Instant(rfc3339: "2025-01-02T00:00:00Z")),
      zone: "Europe/Oslo", matter: bench.set.matter,
      options: QueryOptions(clock: bench.home.now), store: bench.home)
    _ = try ReviewAction(store: bench.home, actor: ReviewBench.actor).add(
      .question(question), to: bench.set, context: .conversation)
  }

  private static func read(_ bench: ReviewBench, _ path: String) throws -> String {
    try String(
      contentsOf: bench.folder.appendingPathComponent("out/VOL001/" + path), encoding: .utf8)
  }

  @Test("a volume tells what the loads of its set asked for, and not whom the case has")
  func loads() async throws {
    try await ReviewBench.with(picked: ["m3"]) { bench in
      try Self.load(bench)
      _ = try bench.export { $0.hasCertification = true }
      let manifest = try #require(
        JSONValue(canonicalFile: Array(Self.read(bench, "MANIFEST/manifest.json").utf8)))
      let scope = try #require(manifest["scope"])
      let account = JSONValue.string(ReviewBench.actor.displayName)
      #expect(scope["custodians"] == ["Ada Byron"] && scope["query"] == "plan")
      // Items picked by hand have no bounds.
      #expect(scope["everyone"] == false && scope["from"] == .null && scope["to"] == .null)
      guard case .array(let loads)? = scope["loads"] else {
        Issue.record("the manifest has no loads")
        return
      }
      #expect(loads.map { $0["reach"] } == ["picked", "named"])
      #expect(loads.allSatisfy { $0["account"] == account })
      let asked = try #require(loads.last)
      #expect(asked["custodians"] == ["Ada Byron"] && asked["query"] == "plan")
      #expect(asked["from"] == "2025-01-01T00:00:00Z" && asked["to"] == "2025-01-02T00:00:00Z")
      #expect(asked["zone"] == "Europe/Oslo" && asked["selected"] == 2)
      for path in ["README.txt", "MANIFEST/certification.txt"] {
        let text = try Self.read(bench, path)
        #expect(text.contains("; items named one by one; items: 1, new: 1\n"), "\(text)")
        #expect(
          text.contains(
            "by ada; custodians: Ada Byron; times from 2025-01-01T00:00:00Z before "
              + "2025-01-02T00:00:00Z; query: plan; items: 2, new: 2\n"), "\(text)")
        #expect(!text.contains("Ofthecase"))
      }
    }
  }

  @Test("a load made in another store, and a query that may hold what is blacked out")
  func hiddenLoads() async throws {
    try await ReviewBench.with(picked: ["m6"]) { bench in
      try Self.load(bench)
      let path = try bench.export().first.unwrapped.path
      #expect(try bench.bring([path]).isClean)
      let arrived = try bench.arrived()
      _ = try bench.export("VOL002", from: bench.away, set: arrived)
      let there = try String(
        contentsOf: bench.folder.appendingPathComponent("out/VOL002/README.txt"), encoding: .utf8)
      #expect(there.contains("; in another store, whose scope is not known here; times from "))

      _ = try RedactionAction(store: bench.home, actor: ReviewBench.actor, set: bench.set).run(
        .texts(["plan"]), on: MemberChoice(.ids(["m4"])), reason: .personal, basis: "",
        isRehearsed: false)
      _ = try bench.export {
        $0.replacesExisting = true
        $0.hasCertification = true
      }
      for path in ["README.txt", "MANIFEST/certification.txt", "MANIFEST/manifest.json"] {
        let text = try Self.read(bench, path)
        #expect(text.contains("Ada Byron") && !text.contains("plan"), "\(text)")
      }
    }
  }
}
