// SPDX-License-Identifier: Apache-2.0

/// What `custody --experimental-dump-help` tells of a command (serialization version 0).
struct CommandDump: Decodable {
  struct Root: Decodable {
    var serializationVersion: Int
    var command: CommandDump
  }

  struct Argument: Decodable {
    enum Kind: String, Decodable {
      case positional
      case option
      case flag
    }

    struct Name: Decodable {
      var kind: String
      var name: String

      /// The name as the macro Fl takes it: without its first dash.
      var flag: String { kind == "long" ? "-" + name : name }
      /// The name as it is typed.
      var typed: String { "-" + flag }
    }

    var kind: Kind
    var shouldDisplay: Bool
    var sectionTitle: String?
    var isOptional: Bool
    var isRepeating: Bool
    var names: [Name]?
    var preferredName: Name?
    var valueName: String?
    var defaultValue: String?
    var allValues: [String]?
    var abstract: String?
    var discussion: String?

    /// Whether every command takes it, so that only custody(1) describes it.
    var isGlobal: Bool { sectionTitle == "Global options" }
    /// Whether the parser adds it by itself.
    var isBuiltIn: Bool { ["help", "version"].contains(preferredName?.name) }
  }

  var commandName: String
  var superCommands: [String]?
  var shouldDisplay: Bool?
  var abstract: String?
  var discussion: String?
  var subcommands: [CommandDump]?
  var arguments: [Argument]?

  /// The words that invoke it, the program's name first.
  var path: [String] { (superCommands ?? []) + [commandName] }
  /// The commands below it that the manual describes.
  var visibleSubcommands: [CommandDump] {
    (subcommands ?? []).filter { $0.commandName != "help" && $0.shouldDisplay != false }
  }
  /// The commands at the ends of the tree: those that do something.
  var leaves: [CommandDump] {
    visibleSubcommands.isEmpty ? [self] : visibleSubcommands.flatMap(\.leaves)
  }
  /// The arguments of its own that the manual describes.
  var ownArguments: [Argument] {
    (arguments ?? []).filter { $0.shouldDisplay && !$0.isGlobal && !$0.isBuiltIn }
  }
}
