// SPDX-License-Identifier: Apache-2.0
import Model

/// The tokens of the `facet` column: what a query filters by, inside the full-text index.
///
/// A token is a capital letter and a number or code. Numbers are keys of the partition's `term`.
enum Facet {
  /// Stands in every row: what a complement is taken from.
  static let every = "Z"

  /// Groups of facets whose number is a term's key.
  enum Group: String {
    case account = "A"
    case project = "P"
    case source = "S"
    case run = "N"
    case model = "O"
    /// A model of the conversation, in every item of it.
    case conversationModel = "W"
    case tool = "T"
    case fileExtension = "E"
    case mediaType = "Y"
    case organization = "Q"
    /// Who sent an item that is not its account's.
    case sender = "B"
    /// A sender of the conversation who is not its account, in every item of it.
    case participant = "C"
  }

  static func term(_ group: Group, _ key: Int64) -> String { group.rawValue + String(key) }

  /// Kind and role are one token: nearly every prompt is the user's.
  static func speaker(_ kind: ItemKind, _ role: ItemRole) -> String {
    "K" + code(kind) + code(role)
  }

  static func month(_ month: CalendarMonth) -> String {
    month.number < 0 ? "Mn" + String(-month.number) : "M" + String(month.number)
  }

  static func carries(_ kind: CapturedFile.Kind) -> String {
    switch kind {
    case .attachment: "Fa"
    case .generatedFile: "Fg"
    case .artifact: "Fr"
    }
  }

  /// A sender of its own is told.
  static let isSent = "Bs"
  static let severalSegments = "Gm"
  static let hasFiles = "Gh"
  static let partial = "Gp"
  static let later = "Gl"
  static let edited = "Ge"
  static let clientAsserted = "Gc"
  static let synthetic = "Gy"
  static let unavailable = "Gu"

  /// An instance of a type was found.
  static func sensitive(_ type: SensitiveType) -> String { "X\(type.rawValue)" }

  /// An instance of a type was found with just this confidence.
  static func sensitive(_ type: SensitiveType, _ confidence: SensitiveConfidence) -> String {
    "X\(type.rawValue)" + (confidence == .low ? "l" : confidence == .medium ? "m" : "h")
  }

  /// The tokens for what was found; counts are sorted by type.
  static func sensitive(_ counts: some Sequence<SensitiveCount>) -> [String] {
    var tokens: [String] = []
    var last: SensitiveType?
    for count in counts {
      if count.type != last { tokens.append(sensitive(count.type)) }
      last = count.type
      tokens.append(sensitive(count.type, count.confidence))
    }
    return tokens
  }

  static func flags(_ flags: ItemFlags) -> [String] {
    var tokens: [String] = []
    if flags.contains(.severalSegments) { tokens.append(severalSegments) }
    if flags.contains(.hasFiles) { tokens.append(hasFiles) }
    if flags.contains(.partial) { tokens.append(partial) }
    if flags.contains(.later) { tokens.append(later) }
    if flags.contains(.edited) { tokens.append(edited) }
    if flags.contains(.clientAsserted) { tokens.append(clientAsserted) }
    if flags.contains(.synthetic) { tokens.append(synthetic) }
    if flags.contains(.unavailable) { tokens.append(unavailable) }
    return tokens
  }

  private static func code(_ kind: ItemKind) -> String {
    switch kind {
    case .prompt: "p"
    case .response: "r"
    case .system: "s"
    case .projectDocument: "d"
    case .projectInstruction: "i"
    case .memory: "m"
    case .activity: "a"
    }
  }

  private static func code(_ role: ItemRole) -> String {
    switch role {
    case .user: "u"
    case .assistant: "a"
    case .tool: "t"
    case .system: "s"
    }
  }
}
