// SPDX-License-Identifier: Apache-2.0

/// The formats that are told apart by their content (claude-capture-formats section 15).
package enum CaptureFormat: String, Sendable, CaseIterable {
  case claudeConversations = "claude-conversations"
  case claudeUsers = "claude-users"
  case claudeProjects = "claude-projects"
  case claudeMemories = "claude-memories"
  case claudeManifest = "claude-manifest"
  /// An array without elements: nothing to read, whatever it would hold.
  case emptyList = "empty-list"
  case archive
  /// A volume of a production, which is taken whole (``CaptureHandler/takeVolume(_:)``).
  case custodyVolume = "custody-volume"
  case claudeDesignChat = "claude-design-chat"
  case claudeFrame = "claude-frame"
  case claudeLoginHistory = "claude-login-history"
  case complianceChat = "compliance-chat"
  case complianceSession = "compliance-session"
  case complianceProject = "compliance-project"
  case complianceUsers = "compliance-users"
  /// Organisations, roles, groups, settings and metadata of files, which stand for no interaction.
  case complianceDirectory = "compliance-directory"
  case activityFeed = "activity-feed"
  case auditLog = "audit-log"
  case claudeCode = "claude-code"
  /// A list of sessions that stands beside them.
  case claudeCodeIndex = "claude-code-index"
  /// The list of prompts that a person typed.
  case claudeCodeHistory = "claude-code-history"
  /// A file beside transcripts that its place tells.
  case claudeCodeFile = "claude-code-file"
  case streamJSON = "stream-json"
  case hookPayload = "hook-payload"
  case openTelemetry = "opentelemetry"
  case bedrock
  /// A request or response that stands apart from the record of its call.
  case bedrockBody = "bedrock-body"
  case liteLLM = "litellm"
  case vertex
  case langfuse
  case portkey
  case helicone
  case inferenceHook = "inference-hook"
  case rawAPI = "raw-api"
  case chatGPT = "chatgpt-export"
  case gemini = "gemini-cli"

  /// Whether this version reads it.
  package var isRead: Bool {
    reader != nil || self == .emptyList || self == .archive || self == .custodyVolume
  }

  /// Those that `import --as` can force.
  package static var forceable: [CaptureFormat] {
    allCases.filter {
      $0.reader != nil && ![.claudeManifest, .claudeCodeFile, .bedrockBody].contains($0)
    }
  }
}
