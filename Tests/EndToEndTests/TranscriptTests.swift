// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@Suite("Transcripts", .inTurn)
struct TranscriptTests {
  static let folder = "Tests/EndToEndTests/Transcripts"

  @Test("plays out as written", arguments: Repository.names(in: folder, ending: ".txt"))
  func playsOut(name: String) async throws {
    let path = "\(Self.folder)/\(name).txt"
    let expected = Transcript(try Repository.text(path))
    #expect(!expected.steps.isEmpty)
    let actual = try await withTemporaryDirectory { try await expected.run(in: $0) }
    if Repository.isRecording, actual.text != expected.text {
      try Data(actual.text.utf8).write(to: Repository.root.appendingPathComponent(path))
    }
    for (expected, actual) in zip(expected.steps, actual.steps) where expected != actual {
      Issue.record(
        """
        \(name): $ \(expected.command)
        expected \(expected.status): \(expected.output) \(expected.errors)
        actual   \(actual.status): \(actual.output) \(actual.errors)
        """)
    }
  }
}
