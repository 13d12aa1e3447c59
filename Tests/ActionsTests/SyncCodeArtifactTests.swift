// SPDX-License-Identifier: Apache-2.0
import Actions
import Model
import Store
import TestSupport
import Testing

/// Artifacts of Claude Code, of which a service keeps the newest versions alone.
@Suite("A sync of Code artifacts")
struct SyncCodeArtifactTests {
  @Test("keeps each version of a Code artifact, also one that has rotated out")
  func codeArtifact() async throws {
    try await withSynced { synced in
      try synced.sync()
      try synced.standIn.mutate(
        """
        {"op":"set","in":"code_artifacts","id":"cart_01C","value":{"versions":[
         {"id":"cartv_02","name":"Budget page","created_at":"2026-05-10T09:05:00Z"},
         {"id":"cartv_03","name":"Final page","created_at":"2026-05-11T09:05:00Z"},
         {"id":"cartv_04","name":"Lost page","created_at":"2026-05-12T09:05:00Z"}]}}
        """,
        """
        {"op":"put","in":"code_artifact_bytes","key":"cart_01C/cartv_03",
         "value":{"base64":"AP8BAg=="}}
        """)
      let requests = try synced.standIn.requestCount()
      let report = try synced.sync()
      #expect(report.isClean && report.counts.blobs == 1)
      let unit = try synced.unit("cart_01C")
      #expect(
        unit.items.compactMap(\.nativeID) == ["cartv_01", "cartv_02", "cartv_03", "cartv_04"])
      #expect(
        unit.items.map { $0.files.first?.text }
          == ["<p>first sketch</p>", "<p>zebra figures</p>", nil, nil])
      #expect(try synced.problems(.gap).contains("FILE_NOT_CAPTURED cart_01C/cartv_04"))
      let asked = try synced.standIn.journal(from: requests).map(\.path)
      // What is gone is asked for again when the list was read once more.
      #expect(asked.count { $0.hasSuffix("/versions/cartv_03") } == 1)
      #expect(asked.count { $0.hasSuffix("/versions/cartv_04") } == 2)
      #expect(asked.count { $0.hasSuffix("/code/artifacts") } == 2)
      let record = try #require(try synced.conversation("cart_01C"))
      #expect(
        try synced.store.read { try $0.files(of: record) }.keys.sorted()
          == ["cart_01C/cartv_01", "cart_01C/cartv_02", "cart_01C/cartv_03"])
      let again = try synced.standIn.requestCount()
      #expect(try synced.sync().isClean)
      #expect(
        try !synced.standIn.journal(from: again).contains { $0.path.contains("/versions/") })
    }
  }

  @Test("reads the list of Code artifacts once more when a version rotates out meanwhile")
  func rotatedCodeArtifact() async throws {
    try await withSynced { synced in
      try synced.sync()
      try synced.standIn.mutate(
        """
        {"op":"set","in":"code_artifacts","id":"cart_01C","value":{"versions":[
         {"id":"cartv_03","name":"Brief page","created_at":"2026-05-11T09:05:00Z"},
         {"id":"cartv_04","name":"Late page","created_at":"2026-05-12T09:05:00Z"}]}}
        """,
        """
        {"op":"put","in":"code_artifact_bytes","key":"cart_01C/cartv_04",
         "value":{"base64":"SGk="}}
        """,
        """
        {"op":"put","in":"code_artifact_bytes","key":"cart_01C/cartv_05",
         "value":{"base64":"SG8="}}
        """
      )
      let standIn = synced.standIn
      synced.settings.makeTransport = {
        HookedTransport(at: "/versions/cartv_03") {
          try standIn.mutate(
            """
            {"op":"set","in":"code_artifacts","id":"cart_01C","value":{"versions":[
             {"id":"cartv_04","name":"Late page","created_at":"2026-05-12T09:05:00Z"},
             {"id":"cartv_05","name":"Last page","created_at":"2026-05-13T09:05:00Z"}]}}
            """)
        }
      }
      let before = try #require(try synced.conversation("cart_01C")).versionCount
      let report = try synced.sync()
      #expect(report.isClean)
      let record = try #require(try synced.conversation("cart_01C"))
      #expect(record.versionCount == before + 1)
      let unit = try synced.unit("cart_01C")
      #expect(
        unit.items.map { ($0.nativeID ?? "") + " " + $0.title } == [
          "cartv_01 Budget page", "cartv_02 Budget page", "cartv_03 Brief page",
          "cartv_04 Late page",
          "cartv_05 Last page",
        ])
      #expect(unit.items.suffix(3).map { $0.files.first?.text } == [nil, "Hi", "Ho"])
      #expect(try synced.problems(.gap).contains("FILE_NOT_CAPTURED cart_01C/cartv_03"))
      let again = try synced.standIn.requestCount()
      #expect(try synced.sync().isClean)
      #expect(
        try !synced.standIn.journal(from: again).contains { $0.path.contains("/versions/") })
      #expect(try #require(try synced.conversation("cart_01C")).versionCount == before + 1)
    }
  }
}
