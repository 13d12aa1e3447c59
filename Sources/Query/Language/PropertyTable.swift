// SPDX-License-Identifier: Apache-2.0

/// What a property's values are, which decides the operators (query-language section 7.1).
enum ValueType: Hashable, Sendable {
  case text
  case identity
  case keyword
  /// One of these words.
  case enumeration([String])
  case date
  case integer
  case boolean
  case sensitiveType

  /// The word that messages use.
  var noun: String {
    switch self {
    case .text: "text"
    case .identity: "a person"
    case .keyword: "a keyword"
    case .enumeration: "one of fixed words"
    case .date: "a date"
    case .integer: "a number"
    case .boolean: "true or false"
    case .sensitiveType: "a sensitive type"
    }
  }

  /// Whether `<`, `<=`, `>`, `>=` and ranges apply.
  var isOrdered: Bool { self == .date || self == .integer }

  /// Whether `p:(…)` applies.
  var takesGroups: Bool {
    switch self {
    case .text, .identity, .keyword, .enumeration: true
    case .date, .integer, .boolean, .sensitiveType: false
    }
  }

  /// The operators that apply, as messages list them.
  var allowedOperators: String { isOrdered ? ": = <> < <= > >=" : ": = <>" }
}

/// A property as queries know it.
struct PropertyEntry: Hashable, Sendable {
  /// The canonical name; for shorthand properties their own.
  var name: String
  var property: Property
  var type: ValueType
  /// For `prompt:` and `response:` the kind that goes with the text.
  var kind: String?
}

/// The names and aliases of query-language section 8.1.
enum PropertyTable {
  /// Finds a property by a name or alias in any letter case.
  static func entry(named name: String) -> PropertyEntry? { entries[name.lowercased()] }

  /// All names and aliases, sorted, for suggestions.
  static let names = entries.keys.sorted()

  /// Aliases that are read as something else than the author may expect (W142).
  static let narrowedAliases: Set<String> = ["cc", "bcc"]

  /// Properties that say what the tool or a reviewer did (E314).
  static let stateProperties: Set<Property> = [
    .hold, .retentionlabel, .indexstatus, .indexerror, .run, .tag, .reviewset, .loadid, .family,
    .conversationfamily, .ndset, .theme, .isrepresentative, .isduplicate, .note,
  ]

  static let kinds = [
    "prompt", "response", "system", "projectdoc", "projectinstruction", "memory", "activity",
    "attachment", "generatedfile", "artifact",
  ]

  /// Words for several kinds.
  static let kindGroups = [
    "interaction": ["prompt", "response"],
    "copilot": ["prompt", "response"],
    "im": ["prompt", "response"],
    "docs": ["attachment", "generatedfile", "artifact", "projectdoc"],
  ]

  private static let entries: [String: PropertyEntry] = {
    var entries: [String: PropertyEntry] = [:]
    for property in Property.allCases {
      let entry = PropertyEntry(
        name: property.rawValue, property: property, type: type(of: property))
      for name in [property.rawValue] + aliases(of: property) { entries[name] = entry }
    }
    for kind in ["prompt", "response"] {
      entries[kind] = PropertyEntry(name: kind, property: .body, type: .text, kind: kind)
    }
    return entries
  }()

  private static func type(of property: Property) -> ValueType {
    switch property {
    case .body, .title, .project, .attachment, .sensitivitylabel, .retentionlabel, .hold, .tag,
      .theme, .note:
      .text
    case .from, .to, .participants, .custodian: .identity
    case .itemclass, .conversation, .id, .source, .run, .organization, .model, .app, .tool,
      .filetype, .mimetype, .hash, .language, .indexerror, .reviewset, .loadid, .family,
      .conversationfamily, .ndset:
      .keyword
    case .kind: .enumeration(kinds + ["interaction"])
    case .role: .enumeration(["user", "assistant", "tool", "system"])
    case .provenance: .enumeration(["verified", "client-asserted", "synthetic", "unavailable"])
    case .indexstatus: .enumeration(["full", "partial", "error"])
    case .sent, .modified, .captured, .deleted: .date
    case .size: .integer
    case .hasattachment, .edited, .isrepresentative, .isduplicate: .boolean
    case .sensitivetype: .sensitiveType
    }
  }

  private static func aliases(of property: Property) -> [String] {
    switch property {
    case .body: ["content", "text"]
    case .title: ["subject", "subjecttitle", "conversationname", "topic"]
    case .kind: ["itemtype", "contentkind", "messagekind", "type"]
    case .from: ["sender", "author", "senderauthor"]
    case .to: ["recipients", "cc", "bcc"]
    case .participants: ["user"]
    case .sent: ["date", "received", "created", "time"]
    case .modified: ["lastmodifiedtime", "updated"]
    case .captured: ["ingested"]
    case .conversation:
      [
        "conversationid", "conversation_id", "native_conversation_id", "chatid", "threadid",
        "identifier",
      ]
    case .id: ["messageid", "native_id", "fileid"]
    case .project: ["projectname", "projectid"]
    case .organization: ["org", "workspace"]
    case .model: ["modelname"]
    case .app: ["apphost", "surface", "contentsourceapplication"]
    case .attachment: ["attachmentnames", "filename"]
    case .filetype: ["fileextension", "extension"]
    case .hash: ["sha256", "md5"]
    case .language: ["detectedlanguage"]
    case .sensitivetype: ["sit"]
    case .retentionlabel: ["compliancetag", "compliancelabels"]
    case .indexstatus: ["processingstatus"]
    case .indexerror: ["errortag"]
    case .tag: ["tagname"]
    case .family: ["familyid"]
    case .theme: ["dominanttheme"]
    case .itemclass, .role, .custodian, .deleted, .source, .run, .tool, .hasattachment, .mimetype,
      .size, .sensitivitylabel, .hold, .edited, .provenance, .reviewset, .loadid,
      .conversationfamily, .ndset, .isrepresentative, .isduplicate, .note:
      []
    }
  }
}
