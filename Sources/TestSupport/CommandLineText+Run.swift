// SPDX-License-Identifier: Apache-2.0
package import Foundation

extension CommandLineText {
  /// Runs the programs one after the other, each reading what the one before wrote.
  ///
  /// Gives status and output of the last program, and the errors of all.
  package func run(
    in folder: URL, environment: [String: String] = [:]
  ) async throws -> ToolResult {
    var result = ToolResult(status: 0, output: [], errors: [])
    for program in programs {
      var input = result.output
      if let file = program.input {
        input = [UInt8](try Data(contentsOf: folder.appendingPathComponent(file)))
      }
      let next = try await Tool.run(
        program.words.first ?? "", Array(program.words.dropFirst()), in: folder,
        environment: environment.merging(program.environment) { $1 }, input: input)
      result.status = next.status
      result.output = next.output
      result.errors += next.errors
      if let file = program.output {
        try Data(next.output).write(to: folder.appendingPathComponent(file))
        result.output = []
      }
    }
    return result
  }
}
