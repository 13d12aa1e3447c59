// SPDX-License-Identifier: Apache-2.0
package import Model

/// A version of an artifact, a project's document or a Code artifact that a message had before it.
package struct SeenVersion: Hashable, Sendable {
  package enum Kind: String, Sendable, CaseIterable {
    case artifact
    case document
    /// A page that Claude Code published.
    case codeArtifact = "code-artifact"
  }

  package var kind: Kind
  /// The source's id.
  package var id: String
  package var name: String
  /// From 1; nil when the route does not tell it.
  package var version: Int?
  /// The source's id of the version; nil where versions have none.
  package var versionID: String?
  /// The item that holds its text.
  package var item: ObjectID
  /// When it was made, as the source tells.
  package var time: Instant?
  package var captured: Instant
  /// How it is known; of `unknown` it is not known which version it was, or whether it was there.
  package var grade: Reconstruction.Grade
}
