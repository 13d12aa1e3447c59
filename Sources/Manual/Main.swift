// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Makes the manual from the program's own help and the hand-written fragments.
///
/// `custody --experimental-dump-help | Manual FRAGMENTS OUTPUT`
@main
enum Manual {
  /// The date that all generated pages bear, so that making them again changes nothing.
  static let date = "November 25, 2026"

  static func main() {
    do {
      let arguments = CommandLine.arguments.dropFirst().map { URL(fileURLWithPath: $0) }
      guard arguments.count == 2 else {
        throw ManualError("usage: custody --experimental-dump-help | Manual FRAGMENTS OUTPUT")
      }
      let dump = try FileHandle.standardInput.readToEnd() ?? Data()
      for (name, text) in try pages(dump: dump, fragments: arguments[0]) {
        let file = arguments[1].appendingPathComponent(name)
        try Data(text.utf8).write(to: file, options: .atomic)
      }
    } catch {
      FileHandle.standardError.write(Data("Manual: \(error)\n".utf8))
      exit(1)
    }
  }

  /// The generated pages by file name.
  private static func pages(dump: Data, fragments: URL) throws -> [(name: String, text: String)] {
    let root = try JSONDecoder().decode(CommandDump.Root.self, from: dump)
    guard root.serializationVersion == 0 else {
      throw ManualError("help of serialization version \(root.serializationVersion)")
    }
    func fragment(_ page: String) throws -> Fragment {
      try Fragment(contentsOf: fragments.appendingPathComponent(page + ".mdoc"))
    }
    var pages = try ([root.command] + root.command.visibleSubcommands).map { command in
      let page = command.path.joined(separator: "-")
      return (page + ".1", CommandPage(command: command, fragment: try fragment(page)).text)
    }
    let page = "custody-exit-status"
    pages.append((page + ".7", ExitStatusPage(fragment: try fragment(page)).text))
    return pages
  }
}
