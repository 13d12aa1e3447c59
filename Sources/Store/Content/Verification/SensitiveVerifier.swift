// SPDX-License-Identifier: Apache-2.0
import Detection
import Model

/// Compares what is recorded of sensitive types with what the texts hold.
struct SensitiveVerifier {
  let name: String
  let connection: DirectConnection

  func verify(_ tell: (Finding) throws -> Void) throws {
    guard try !SensitiveRows.isOutdated(connection) else {
      return try tell(
        Finding(
          .detectionOutdated, name,
          "another version of the detector looked for sensitive types; run custody reindex"))
    }
    let statement = try connection.prepare(
      "SELECT row, body, title, names, files FROM item_text ORDER BY row")
    var tally = SensitiveTally()
    while try statement.step() {
      let row = statement.integer(0)
      let held = SensitiveRows.counts(in: statement, from: 1, with: &tally)
      guard try held != SensitiveRows.counts(ofRow: row, in: connection) else { continue }
      try tell(
        Finding(
          .detectionMismatch, name,
          "the sensitive types recorded of item row \(row) are not those of its texts"))
    }
  }
}
