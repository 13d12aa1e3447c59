// SPDX-License-Identifier: Apache-2.0

/// Where interactions took place, as load files and short messages name it (export-formats sections
/// 3.2 and 4.2, field PLATFORM).
package enum Platform {
  /// The platform of what came by a capture route.
  package static func name(ofRoute route: String) -> String {
    switch route {
    case "litellm": "LiteLLM"
    case "bedrock": "Amazon Bedrock"
    case "raw-api": "Claude API"
    case _ where route.hasPrefix("claude-code"): "Claude Code"
    case _ where route.hasPrefix("cowork"): "Cowork"
    default: "claude.ai"
    }
  }
}

/// The dotted class strings of items, as exports and pasted queries use them (export-formats section
/// 8, query-language section 8.1).
package enum ItemClass {
  package static let chat = "AI.Claude.Chat"
  package static let code = "AI.Claude.Code"
  package static let attachment = "AI.Claude.Attachment"

  /// The class of the items that came by a capture route.
  package static func items(ofRoute route: String) -> String {
    route.hasPrefix("claude-code") || route.hasPrefix("cowork") ? code : chat
  }
}
