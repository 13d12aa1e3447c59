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

/// Volumes whose lists all agree, and whose review data lies.
@Suite("A volume that was made to deceive")
struct HostileVolumeTests {
  private static let load = ReviewLoadData(
    id: ObjectID(.load, derivedFrom: "load"), query: "", normalForm: "", dialect: "ids",
    interval: TimeInterval(), zone: "UTC", created: Instant(ticks: 0), account: "eve")

  private static let set = ReviewSetData(
    id: ObjectID(.reviewSet, derivedFrom: "set"), matter: "Pier", name: "Evil", description: "",
    created: Instant(ticks: 0))

  private static let native = Array(
    """
    {"uuid":"c1","chat_messages":[\(ReviewBench.message("m1", "hello", 1))]}
    """.utf8)

  /// The message's own bytes.
  private static let digest = SHA256Digest(of: ReviewBench.message("m1", "hello", 1)).hexadecimal

  private static func item(_ id: String, sha256: String) -> ReviewItemData {
    ReviewItemData(
      id: .item(route: "claude.ai-export", conversationID: "c1", itemID: id), load: load.id,
      isContext: false, record: 1, sha256: sha256)
  }

  private static func write(
    _ conversation: ReviewConversationData, _ native: [UInt8], _ items: [ReviewItemData],
    in folder: URL
  ) throws -> String {
    let actor = ReviewBench.actor
    let store = try Store.create(at: folder.appendingPathComponent("scratch").path, as: actor)
    _ = store
    var unit = CapturedUnit(
      kind: .conversation, route: "claude.ai-export", nativeID: "c1", native: Self.native)
    var message = CapturedItem(
      kind: .prompt, role: .user, nativeRole: "human", nativeRange: 0..<unit.native.count)
    message.nativeID = "m1"
    unit.items = [message]
    var produced = ProducedUnit(
      id: .conversation(route: "claude.ai-export", nativeID: "c1"), unit: unit,
      selection: [.selected], custodian: ProducedCustodian(fullName: "Ada"), sourcePath: "import")
    produced.review = ReviewUnit(
      conversation: conversation, records: [.init(version: 1, bytes: native)], items: items)
    var options = VolumeOptions(
      numbers: try ControlNumbers(), date: CivilDate(year: 2026, month: 1, day: 1),
      tool: ToolIdentity(name: "custody", version: "0"))
    options.reviewHead = ReviewLine.set(set).bytes + ReviewLine.load(load).bytes
    return try VolumeExporter(options)
      .write(SequenceSource([produced]), to: folder.appendingPathComponent("out").path)
      .first.unwrapped.path
  }

  private static func conversation(
    kind: UnitKind = .conversation, route: String = "claude.ai-export", nativeID: String = "c1"
  ) -> ReviewConversationData {
    ReviewConversationData(
      kind: kind, route: route, nativeID: nativeID, accountID: "", custodian: "",
      emailAddress: "")
  }

  static let lies: [(name: String, ReviewConversationData, [UInt8], exception: String)] = [
    ("another conversation", conversation(nativeID: "c2"), native, "DECODE_ERROR c2"),
    ("another kind", conversation(kind: .project), native, "DECODE_ERROR c1"),
    ("a route of nowhere", conversation(route: "../../etc"), native, "FORMAT_NOT_SUPPORTED c1"),
    ("another route", conversation(route: "claude-code"), native, "DECODE_ERROR c1"),
    ("no record", conversation(), Array("[1, 2".utf8), "DECODE_ERROR c1"),
    ("an empty record", conversation(), [], "DECODE_ERROR c1"),
  ]

  @Test("a record that is not what it is said to be becomes an exception", arguments: lies.indices)
  func records(_ index: Int) async throws {
    let lie = Self.lies[index]
    try await ReviewBench.with(picked: ["m1"]) { bench in
      let path = try Self.write(
        lie.1, lie.2, [Self.item("m1", sha256: Self.digest)], in: bench.folder)
      #expect(try VolumeVerifier.verify(path).problems == [], "\(lie.name)")
      let report = try bench.bring([path])
      #expect(report.counts.stored == 0 && report.counts.exceptions == 1, "\(lie.name)")
      #expect(report.reviews.map(\.failed) == [1], "\(lie.name)")
      #expect(try bench.exceptions() == [lie.exception], "\(lie.name)")
      #expect(try Searcher(bench.away).itemCount(.all) == 0)
      #expect(try bench.away.read { try $0.verifyAudit().isSound })
    }
  }

  @Test("a record that is larger than any that a file of a capture holds comes back")
  func largeRecord() async throws {
    try await ReviewBench.with(picked: ["m1"]) { bench in
      let padding = String(repeating: "x", count: JSONRecordSplitter.Limits().recordByteCount)
      let native = Array(
        """
        {"uuid":"c1","padding":"\(padding)",\
        "chat_messages":[\(ReviewBench.message("m1", "hello", 1))]}
        """.utf8)
      let path = try Self.write(
        Self.conversation(), native, [Self.item("m1", sha256: Self.digest)], in: bench.folder)
      let report = try bench.bring([path])
      #expect(report.counts.stored == 1 && report.counts.exceptions == 0)
      #expect(report.reviews.map(\.failed) == [0])
      #expect(try bench.exceptions().isEmpty)
      #expect(try Searcher(bench.away).itemCount(.all) == 1)
    }
  }

  @Test("an item that its record does not hold becomes an exception, and the others come")
  func items() async throws {
    try await ReviewBench.with(picked: ["m1"]) { bench in
      let path = try Self.write(
        Self.conversation(), Self.native,
        [
          Self.item("m1", sha256: Self.digest), Self.item("m7", sha256: Self.digest),
          Self.item("m1", sha256: SHA256Digest(of: "other").hexadecimal),
        ], in: bench.folder)
      let report = try bench.bring([path])
      #expect(report.counts.stored == 1)
      #expect(report.reviews.map(\.added) == [1] && report.reviews.map(\.failed) == [2])
      #expect(try bench.exceptions().allSatisfy { $0.hasPrefix("DECODE_ERROR itm_") })
      #expect(try bench.away.read { try $0.itemCounts(of: $0.reviewSet("Evil")).selected } == 1)
      #expect(try bench.away.read { try $0.verifyAudit().isSound })
    }
  }
}
