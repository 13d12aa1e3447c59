// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// Reads files with records of the Compliance API: single objects, lines of them, and pages as the
/// service answers them.
final class ComplianceReader: RecordReader {
  func read(_ record: NativeRecord, into sink: any RecordSink) throws {
    if record.format == .activityFeed, let unit = PlainActivity.unit(record.bytes) {
      return try sink.take(unit)
    }
    let page = try CompliancePage(record.bytes)
    let isPage = page.hasList && page.value(of: "session") == nil && page.value(of: "id") == nil
    guard isPage else {
      return try take(record.bytes, record, into: sink)
    }
    if page.records.isEmpty { return try sink.skip(.listing, count: 1) }
    for (index, range) in page.records.enumerated() {
      do {
        try take(page.bytes(range), record, into: sink)
      } catch let error as CaptureError {
        try sink.fail(
          CaptureProblem(
            code: error.code, path: record.path, object: "\(record.name), element \(index + 1)",
            detail: error.message))
        var element = record
        element.bytes = page.bytes(range)
        try keep(element, into: sink)
      }
    }
  }

  private func take(
    _ native: [UInt8], _ record: NativeRecord, into sink: any RecordSink
  ) throws {
    switch record.format {
    case .activityFeed: try sink.take(ComplianceAPI.parseActivity(native: native))
    case .complianceUsers: try sink.take(ComplianceAPI.parsePerson(native: native))
    case .complianceProject:
      try sink.take(ComplianceAPI.parseProject(native: native, path: record.path))
    default: try sink.take(ComplianceAPI.parseConversation(native: native, path: record.path))
    }
  }
}
