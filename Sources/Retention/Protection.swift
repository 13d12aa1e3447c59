// SPDX-License-Identifier: Apache-2.0
package import Model

/// Why a hold protects something.
package enum ProtectionGround: Hashable, Sendable {
  /// It lies in scope, and query and interval cover it.
  case covered
  /// It protects this one, which is the same interaction by another route.
  case joined(ObjectID)
  /// The hold names persons, and the source does not tell whose it is.
  case custodianNotKnown
  /// The hold names projects, and the source does not tell its project.
  case projectNotKnown
  /// The hold has an interval, and the item has no time.
  case timeNotKnown
  /// The query cannot be decided on it, and why.
  case queryNotDecided(String)

  /// The ground in words, as the end of a sentence.
  package var text: String {
    switch self {
    case .covered: "it covers this"
    case .joined(let other):
      "it covers \(other), the same interaction by another route, so it is held too"
    case .custodianNotKnown: "whose it is is not known, so it is held until it is attributed"
    case .projectNotKnown: "its project is not known, so it is held until it is attributed"
    case .timeNotKnown: "it has no time to compare with the interval, so it is held"
    case .queryNotDecided(let why): "the query cannot be decided on it (\(why)), so it is held"
    }
  }
}

/// What a hold means for an item or a conversation.
package enum HoldDecision: Hashable, Sendable {
  case notProtected
  case protected(Protection)

  package var protection: Protection? {
    switch self {
    case .notProtected: nil
    case .protected(let protection): protection
    }
  }
}

/// That a hold protects something, and why: what `custody why` prints.
package struct Protection: Hashable, Sendable {
  package var hold: ObjectID
  package var holdName: String
  package var matter: ObjectID
  package var matterName: String
  package var version: Int
  /// Nil while the hold is active; else the end of its cool-down.
  package var until: Instant?
  /// `covered` or `joined` alone, or what is not known, in a fixed order and without repeats.
  package var grounds: [ProtectionGround]

  package init(
    hold: ObjectID, holdName: String, matter: ObjectID, matterName: String, version: Int,
    until: Instant?, grounds: [ProtectionGround]
  ) {
    self.hold = hold
    self.holdName = holdName
    self.matter = matter
    self.matterName = matterName
    self.version = version
    self.until = until
    self.grounds = grounds
  }

  /// Whether it is covered for certain, not only held because something is not known.
  package var isCertain: Bool {
    grounds.allSatisfy { ground in
      switch ground {
      case .covered, .joined: true
      default: false
      }
    }
  }

  /// The explanation in words.
  ///
  /// Names are as people gave them, to be escaped when shown.
  package var explanation: String {
    var text = "hold \(holdName) (\(hold)) of case \(matterName) (\(matter))"
    if version > 1 { text += ", version \(version)" }
    text += ": " + grounds.map(\.text).joined(separator: "; ")
    if let until { text += "; it ends at \(until.rfc3339)" }
    return text
  }
}
