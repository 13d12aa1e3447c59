// SPDX-License-Identifier: Apache-2.0
import Actions
import Foundation
import Model
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
}
