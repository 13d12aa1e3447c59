// SPDX-License-Identifier: Apache-2.0

extension CaptureFormat {
  /// The reader of the format; nil where this version has none.
  var reader: (any RecordReader.Type)? {
    switch self {
    case .claudeConversations, .claudeUsers, .claudeProjects, .claudeMemories, .claudeManifest:
      ClaudeExportReader.self
    case .claudeCode, .claudeCodeIndex, .streamJSON: TranscriptReader.self
    case .claudeCodeHistory: PromptHistoryReader.self
    case .claudeCodeFile: ClaudeCodeFileReader.self
    case .rawAPI, .liteLLM, .bedrock, .bedrockBody: ExchangeReader.self
    case .complianceChat, .complianceSession, .complianceProject, .complianceUsers, .activityFeed:
      ComplianceReader.self
    case .auditLog: AuditLogReader.self
    default: nil
    }
  }

  /// How its files are cut into records.
  var splitting: RecordSplitting {
    switch self {
    case .auditLog: .csv
    case .claudeCodeFile, .bedrockBody: .whole
    default: .json
    }
  }
}
