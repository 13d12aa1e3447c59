// SPDX-License-Identifier: Apache-2.0
package import Capture
package import FileText
package import Model
package import Store

/// How a sync goes about it.
package struct SyncSettings: Sendable {
  /// For all calls together; the service allows 600 to all its clients (claude-capture-formats 3.9).
  package var callsPerMinute = 300
  /// Calls that wait for an answer side by side.
  package var concurrency = 4
  package var patience = ComplianceClient.Patience()
  package var clock: any WaitingClock = SystemWaitingClock()
  /// Makes what sends.
  package var makeTransport: @Sendable () -> any HTTPTransport = { CurlTransport() }
  /// Reads the files that are fetched.
  package var extractor = FileTextExtractor()
  /// Whether lists are read from their beginning, instead of from where the last run came to.
  package var restarts = false
  /// How long to wait while another process syncs the source.
  package var wait: Duration = .zero
  /// What is gathered at the most before it is stored: bytes, units, time.
  package var batchByteCount = 8 << 20
  package var batchUnitCount = 5000
  package var batchDuration = Duration.seconds(30)

  package init() {}
}

/// What a sync of one source brought.
package struct SyncReport: Sendable {
  package var run: ObjectID
  package var source: String
  package var counts: RunCounts
  /// Objects of which a deletion at the source was noticed for the first time.
  package var deletions: Int
  package var calls: Int
  package var endpoints: [SyncEndpoint]

  /// Whether everything that the source has was read; what it does not offer is a gap on record.
  package var isClean: Bool {
    counts.exceptions == 0
      && endpoints.allSatisfy { $0.outcome == .complete || $0.outcome == .absent }
  }
}
