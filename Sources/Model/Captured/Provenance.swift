// SPDX-License-Identifier: Apache-2.0

/// How far it is certain that an item was said as it stands (claude-capture-formats sections 3.5
/// and 16).
package enum Provenance: Hashable, Sendable {
  /// The route recorded it itself, as it was said.
  case verified
  /// The client's word only: history that it replays, or a file that its user could change.
  case clientAsserted
  /// Made by a machine in place of a person or the model: a marker, a summary, a reminder.
  case synthetic
  /// That it was said is known, and what was said is not, for this reason.
  case unavailable(reason: String)
  /// A word that the format does not know.
  case other(String)

  /// The word for people and programs, such as `client-asserted` or `unavailable:oversize`.
  package var text: String {
    switch self {
    case .verified: "verified"
    case .clientAsserted: "client-asserted"
    case .synthetic: "synthetic"
    case .unavailable(let reason): reason.isEmpty ? "unavailable" : "unavailable:" + reason
    case .other(let word): word
    }
  }
}
