// SPDX-License-Identifier: Apache-2.0

/// Why units of two routes are taken for the same, or one to be about the other
/// (claude-capture-formats sections 2.2 and 16).
///
/// A join is a link that is shown: nothing is ever dropped or left out for it.
package enum JoinRule: String, Sendable, CaseIterable {
  /// The chat's address ends with the id of the conversation in the export.
  case chatAddress = "chat-address"
  /// Both have the same tool call.
  case toolCall = "tool-call"
  /// Both have the same response or request.
  case response
  /// The session's id seems to hold the id of the client's session.
  case clientSession = "client-session"
  /// Both projects have the same name, creation and, where it is known, creator.
  case projectLikeness = "project-likeness"
  /// The activity names the chat.
  case activity

  /// How far a rule carries.
  package enum Grade: String, Sendable, CaseIterable, Comparable {
    /// The same interaction: both bear the same identifier.
    case certain
    /// Perhaps the same.
    case probable
    /// An event that concerns the other.
    case about

    package static func < (left: Grade, right: Grade) -> Bool {
      (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
    }
  }

  package var grade: Grade {
    switch self {
    case .chatAddress, .toolCall, .response: .certain
    case .clientSession, .projectLikeness: .probable
    case .activity: .about
    }
  }

  /// A unit as the rules see it.
  package struct Side: Hashable, Sendable {
    package var route: String
    package var kind: UnitKind

    package init(route: String, kind: UnitKind) {
      self.route = route
      self.kind = kind
    }
  }

  /// The rule that joins two units with the same key; nil when none does.
  ///
  /// It does not matter which is which.
  ///
  /// - Parameters:
  ///   - key: The kind of the key that both have.
  ///   - one: A unit.
  ///   - other: Another unit.
  package init?(_ key: JoinKey.Kind, _ one: Side, _ other: Side) {
    let activities = [one, other].count { $0.kind == .activity }
    let conversations = [one, other].count { $0.kind == .conversation }
    if activities == 1, conversations == 1, key == .chat || key == .chatID {
      self = .activity
      return
    }
    guard one.route != other.route else { return nil }
    switch key {
    case .chat where conversations == 2: self = .chatAddress
    case .call where conversations == 2: self = .toolCall
    case .response where conversations == 2: self = .response
    case .session where conversations == 2: self = .clientSession
    case .project where one.kind == .project && other.kind == .project: self = .projectLikeness
    default: return nil
    }
  }
}
