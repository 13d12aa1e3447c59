// SPDX-License-Identifier: Apache-2.0

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
