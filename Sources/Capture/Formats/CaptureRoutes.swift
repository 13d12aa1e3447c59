// SPDX-License-Identifier: Apache-2.0
package import Model

/// The capture routes of stored units: `CapturedUnit.route`.
package enum CaptureRoutes {
  /// Parses native records of a unit again, as they were parsed when they were captured.
  ///
  /// - Parameters:
  ///   - natives: The bytes of its versions, the oldest first: of a route whose records add to each
  ///     other all of them, else the one that is wanted. At least one.
  ///   - kind: What the unit is.
  ///   - route: The route that it came by.
  ///   - nativeID: The source's id of the unit.
  ///   - path: The file that it comes from, for its gaps.
  /// - Returns: The unit.
  /// - Throws: `CaptureError` with `decodeError`.
  package static func parse(
    _ natives: [[UInt8]], kind: UnitKind, route: String, nativeID: String, path: String = ""
  ) throws(CaptureError) -> CapturedUnit {
    if let last = natives.last, UnreadableRecord.isUnit(nativeID, last) {
      return UnreadableRecord.unit(last, kind: kind, route: route)
    }
    return switch route {
    case ClaudeCode.route, ClaudeCode.streamRoute:
      try ClaudeCode.parse(natives, route: route, nativeID: nativeID)
    case ClaudeCode.fileRoute:
      ClaudeCodeFile.unit(natives.last ?? [], kind: kind, nativeID: nativeID)
    case PromptHistory.route:
      try PromptHistory.parse(natives, nativeID: nativeID, path: path)
    case Exchanges.rawRoute, Exchanges.gatewayRoute, Exchanges.bedrockRoute:
      try Exchanges.parse(natives, route: route, nativeID: nativeID)
    case ComplianceAPI.route:
      try ComplianceAPI.parse(native: natives.last ?? [], kind: kind, path: path)
    case AuditLog.route: try AuditLog.parse(native: natives.last ?? [])
    default: try ClaudeExport.parse(native: natives.last ?? [], kind: kind, path: path)
    }
  }

  /// Whether a route is one of those that this version captures by.
  package static func isKnown(_ route: String) -> Bool {
    accumulates(route)
      || [ClaudeExport.route, ComplianceAPI.route, AuditLog.route, ClaudeCode.fileRoute]
        .contains(route)
  }

  /// Whether a record plainly is of another kind than it is said to be.
  package static func isOther(_ native: [UInt8], than kind: UnitKind, route: String) -> Bool {
    guard [ClaudeExport.route, ComplianceAPI.route].contains(route) else { return false }
    let head = Array(native.prefix(FormatDetector.headByteCount))
    let found: UnitKind? =
      switch FormatDetector.format(of: head, name: "") {
      case .claudeConversations?, .complianceChat?, .complianceSession?: .conversation
      case .claudeProjects?, .complianceProject?: .project
      case .claudeMemories?: .memory
      case .activityFeed?: .activity
      default: nil
      }
    return found.map { $0 != kind } ?? false
  }

  /// Whether the records of a conversation add to each other, so that it is all of them together
  /// (``CapturedUnit/isPart``); else the newest record is the whole conversation.
  package static func accumulates(_ route: String) -> Bool {
    switch route {
    case ClaudeCode.route, ClaudeCode.streamRoute, PromptHistory.route, Exchanges.rawRoute,
      Exchanges.gatewayRoute, Exchanges.bedrockRoute:
      true
    default: false
    }
  }
}
