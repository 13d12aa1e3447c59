// SPDX-License-Identifier: Apache-2.0
package import Foundation
import Subprocess
import SystemPackage

/// How a program ended and what it wrote.
package struct ToolResult: Sendable, Equatable {
  /// The exit status; a signal as shells tell it, 128 plus its number.
  package var status: Int32
  package var output: [UInt8]
  package var errors: [UInt8]

  /// Standard output as text; bytes that are not UTF-8 become U+FFFD.
  package var outputText: String { String(decoding: output, as: UTF8.self) }
  /// Standard error as text.
  package var errorText: String { String(decoding: errors, as: UTF8.self) }
  /// The lines of standard error.
  package var errorLines: [String] { errorText.split(separator: "\n").map(String.init) }
}

/// Runs programs, the built ones among them, without a shell.
package enum Tool {
  /// More output than this ends the run with an error.
  private static let outputLimit = 256 * 1024 * 1024

  /// The folder that the build puts programs and test bundles into.
  package static var buildFolder: URL {
    URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
      .deletingLastPathComponent()
  }

  /// The environment of a run: nothing of the caller's but where programs lie.
  package static func environment(home: URL) -> [String: String] {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return [
      "PATH": buildFolder.path + ":" + path, "HOME": home.path, "TMPDIR": home.path,
      "LC_ALL": "C.UTF-8",
    ]
  }

  /// Runs a program that lies beside the test bundle or on the path; its folder is its home too.
  ///
  /// A program that fails is no error here. The variables come on top of ``environment(home:)``.
  package static func run(
    _ name: String, _ arguments: [String], in folder: URL,
    environment extra: [String: String] = [:],
    input: [UInt8] = []
  ) async throws -> ToolResult {
    let variables = environment(home: folder).merging(extra) { $1 }
    let keyed = Dictionary(
      uniqueKeysWithValues: variables.map { (Environment.Key(stringLiteral: $0), $1) })
    let result = try await Subprocess.run(
      .path(FilePath(path(of: name, searching: variables["PATH"] ?? ""))),
      arguments: Arguments(arguments), environment: .custom(keyed),
      workingDirectory: FilePath(folder.path), input: .array(input),
      output: .bytes(limit: outputLimit), error: .bytes(limit: outputLimit))
    let status: Int32 =
      switch result.terminationStatus {
      case .exited(let code): code
      case .signaled(let number): 128 + number
      }
    return ToolResult(
      status: status, output: result.standardOutput, errors: result.standardError)
  }

  private static func path(of name: String, searching path: String) -> String {
    if name.contains("/") { return name }
    let candidates = path.split(separator: ":").map { $0 + "/" + name }
    return candidates.first { FileManager.default.isExecutableFile(atPath: $0) } ?? name
  }
}
