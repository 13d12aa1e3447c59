// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

/// A command as the program's own help describes it.
struct ListedCommand: Sendable, CustomTestStringConvertible {
  var words: [String]
  var isGroup: Bool
  /// As many words as it must have beside options.
  var requiredArguments: [String]
  var optionNames: [String]
  var abstract: String?
  var discussion: String?

  var testDescription: String { words.joined(separator: " ") }
  /// The page of the manual that describes it.
  var page: String { "man/custody-\(words[0]).1" }

  /// The statuses that its page lists.
  func listedStatuses() throws -> Set<Int> {
    let section = try Repository.text(page).components(separatedBy: ".Sh EXIT STATUS\n")
    let list = try #require(section.dropFirst().first).components(separatedBy: ".Sh ")[0]
    return Set(list.split(separator: "\n").compactMap { Int($0.dropFirst(4)) })
  }
}

/// All commands below the root, from `custody --experimental-dump-help`.
func listedCommands() throws -> [ListedCommand] {
  struct Dump: Decodable {
    struct Command: Decodable {
      struct Argument: Decodable {
        struct Name: Decodable {
          var kind: String
          var name: String
        }
        var kind: String
        var shouldDisplay: Bool
        var isOptional: Bool
        var names: [Name]?
        var valueName: String?
        var allValues: [String]?
      }
      var commandName: String
      var superCommands: [String]?
      var abstract: String?
      var discussion: String?
      var subcommands: [Command]?
      var arguments: [Argument]?
    }
    var command: Command
  }
  func list(_ command: Dump.Command) -> [ListedCommand] {
    (command.subcommands ?? []).filter { $0.commandName != "help" }.flatMap { child in
      let arguments = child.arguments ?? []
      let required = arguments.filter { !$0.isOptional }
      let words: [String] = required.flatMap { argument -> [String] in
        let value = argument.allValues?.first ?? "placeholder"
        guard argument.kind != "positional" else { return [value] }
        return ["--" + (argument.names?.last { $0.kind == "long" }?.name ?? "")] + [value]
      }
      let item = ListedCommand(
        words: (child.superCommands ?? []).dropFirst() + [child.commandName],
        isGroup: child.subcommands != nil, requiredArguments: words,
        optionNames: arguments.filter(\.shouldDisplay).flatMap {
          ($0.names ?? []).filter { $0.kind == "long" }.map { "--" + $0.name }
        }, abstract: child.abstract, discussion: child.discussion)
      return [item] + list(child)
    }
  }
  return list(try JSONDecoder().decode(Dump.self, from: dumpedHelp()).command)
}

/// Runs the program without the concurrency that test arguments do not allow.
private func dumpedHelp() throws -> Data {
  let process = Process()
  process.executableURL = Tool.buildFolder.appendingPathComponent("custody")
  process.arguments = ["--experimental-dump-help"]
  let pipe = Pipe()
  process.standardOutput = pipe
  try process.run()
  let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
  process.waitUntilExit()
  return data
}

/// Whether bytes are a complete text in one of the formats for programs.
func parses(_ output: [UInt8], as format: String) -> Bool {
  switch format {
  case "json":
    return output.isEmpty || (try? JSONSerialization.jsonObject(with: Data(output))) != nil
  case "jsonl":
    return output.split(separator: 0x0A).allSatisfy {
      (try? JSONSerialization.jsonObject(with: Data($0))) is [String: Any]
    }
  default: return String(validating: output, as: UTF8.self) != nil
  }
}
