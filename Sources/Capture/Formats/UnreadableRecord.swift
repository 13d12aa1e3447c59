// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// Bytes that became an exception, kept as a unit of their own with one item that shows them, so that
/// they are found, held and removed like all else.
enum UnreadableRecord {
  /// The unit of some bytes.
  ///
  /// - Parameters:
  ///   - native: The bytes.
  ///   - kind: What the record would have been.
  ///   - route: The route that they came by.
  /// - Returns: The unit, whose item counts as no record.
  static func unit(_ native: [UInt8], kind: UnitKind, route: String) -> CapturedUnit {
    var unit = CapturedUnit(kind: kind, route: route, nativeID: id(of: native), native: native)
    unit.isPart = CaptureRoutes.accumulates(route)
    unit.hasParentLinks = true
    var item = CapturedItem(
      kind: .system, role: .system, nativeRole: "", nativeRange: 0..<native.count)
    item.nativeID = unit.nativeID
    item.provenance = .unavailable(reason: "unreadable")
    item.countsAsRecord = false
    item.blocks = [
      ContentBlock(
        kind: .client, text: String(decoding: native, as: UTF8.self), name: "unreadable")
    ]
    unit.items = [item]
    return unit
  }

  /// Whether a unit with an id and a native record is one of these.
  static func isUnit(_ nativeID: String, _ native: [UInt8]) -> Bool {
    nativeID.hasPrefix(mark) && nativeID == id(of: native)
  }

  private static let mark = "unreadable:"

  private static func id(of native: [UInt8]) -> String {
    mark + ClaudeExport.derivedID(of: native)
  }
}

extension RecordReader {
  /// Keeps the bytes as a unit of their own.
  package func keep(_ record: NativeRecord, into sink: any RecordSink) throws {
    guard let (kind, route) = record.format.unit else { return }
    try sink.take(UnreadableRecord.unit(record.bytes, kind: kind, route: route))
  }
}

extension CaptureFormat {
  /// What its records are units of, and the route that they come by; nil of a format that is not read.
  fileprivate var unit: (kind: UnitKind, route: String)? {
    switch self {
    // The links of a manifest are secrets (section 6.1), and it says nothing.
    case .claudeManifest: nil
    case .claudeConversations, .claudeUsers: (.conversation, ClaudeExport.route)
    case .claudeProjects: (.project, ClaudeExport.route)
    case .claudeMemories: (.memory, ClaudeExport.route)
    case .claudeCode, .claudeCodeIndex: (.conversation, ClaudeCode.route)
    case .streamJSON: (.conversation, ClaudeCode.streamRoute)
    case .claudeCodeHistory: (.conversation, PromptHistory.route)
    case .claudeCodeFile: (.conversation, ClaudeCode.fileRoute)
    case .rawAPI, .liteLLM, .bedrock, .bedrockBody: (.conversation, Exchanges.route(of: self))
    case .complianceChat, .complianceSession, .complianceUsers: (.conversation, ComplianceAPI.route)
    case .complianceProject: (.project, ComplianceAPI.route)
    case .activityFeed: (.activity, ComplianceAPI.route)
    case .auditLog: (.activity, AuditLog.route)
    default: nil
    }
  }
}
