// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Runs this program again as a process of its own, so that its peak memory is that of the one
/// phase.
enum ChildProcess {
  /// Runs the program with arguments and decodes what it prints as JSON.
  static func run<Result: Decodable>(_ arguments: [String], as type: Result.Type) throws -> Result {
    let output = try run(
      URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath(), arguments)
    return try JSONDecoder().decode(type, from: output)
  }

  /// Runs a program and gives what it prints; its messages pass through.
  static func run(_ program: URL, _ arguments: [String]) throws -> Data {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      throw CorpusError(
        "\(program.lastPathComponent) \(arguments.joined(separator: " ")) ended with status "
          + "\(process.terminationStatus)")
    }
    return data
  }
}
