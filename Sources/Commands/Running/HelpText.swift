// SPDX-License-Identifier: Apache-2.0
import Model

/// The long text of a command's help, of which the manual is made too.
///
/// - Parameters:
///   - text: What is written, what is never touched.
///   - examples: Command lines, run by the tests in a prepared store.
///   - statuses: How the command may end besides the usual ways.
/// - Returns: The text with its parts set off by empty lines.
func discussion(
  _ text: String, examples: [String] = [], statuses: [ExitStatus] = []
) -> String {
  var parts = [text]
  if !examples.isEmpty {
    parts.append("Examples:\n" + examples.map { "  " + $0 }.joined(separator: "\n"))
  }
  let all = Set(statuses + [.ok, .failure, .usage, .storage]).sorted { $0.rawValue < $1.rawValue }
  let names = all.map { "\($0.rawValue) \($0.name)" }
  parts.append("Exit status: " + names.joined(separator: ", "))
  return parts.joined(separator: "\n\n")
}

extension [ExitStatus] {
  /// How any command may end that reads a store.
  static let reading: [ExitStatus] = [.noStore, .version, .damaged, .denied, .locked, .backend]
  /// How any command may end that changes a store.
  static let changing: [ExitStatus] = reading
}
