// SPDX-License-Identifier: Apache-2.0
package import Foundation

/// A session as a text file: commands with what they write and how they end.
///
/// `$ ` begins a command, `! ` a line of its standard error, `? ` its exit status where it is not
/// 0, `# ` a comment; every other line is standard output. `-- NAME --` begins an input file, which
/// is there before the first command; such files come last.
package struct Transcript: Sendable {
  /// A command and what is expected of it.
  package struct Step: Sendable, Equatable {
    /// Comment lines above the command.
    package var comments: [String] = []
    package var command: String
    package var output: [String] = []
    package var errors: [String] = []
    package var status: Int32 = 0
  }

  package var steps: [Step] = []
  /// Input files by name.
  package var files: [(name: String, text: String)] = []

  package init(_ text: String) {
    var comments: [String] = []
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
    if lines.last == "" { lines.removeLast() }
    for line in lines {
      if line.hasPrefix("-- "), line.hasSuffix(" --") {
        files.append((String(line.dropFirst(3).dropLast(3)), ""))
      } else if !files.isEmpty {
        files[files.count - 1].text += line + "\n"
      } else if line.hasPrefix("#") {
        comments.append(String(line))
      } else if line.hasPrefix("$ ") {
        steps.append(Step(comments: comments, command: String(line.dropFirst(2))))
        comments = []
      } else if let last = steps.indices.last {
        if line.hasPrefix("! ") {
          steps[last].errors.append(String(line.dropFirst(2)))
        } else if line.hasPrefix("? ") {
          steps[last].status = Int32(line.dropFirst(2)) ?? -1
        } else {
          steps[last].output.append(String(line))
        }
      }
    }
  }

  /// The transcript as text.
  package var text: String {
    var text = ""
    for step in steps {
      for comment in step.comments { text += comment + "\n" }
      text += "$ " + step.command + "\n"
      for line in step.output { text += line + "\n" }
      for line in step.errors { text += "! " + line + "\n" }
      if step.status != 0 { text += "? \(step.status)\n" }
    }
    for file in files { text += "-- \(file.name) --\n" + file.text }
    return text
  }

  /// Runs all commands in a folder.
  ///
  /// - Returns: The transcript with what really came, masked.
  package func run(in folder: URL, environment: [String: String] = [:]) async throws -> Transcript {
    for file in files {
      let path = folder.appendingPathComponent(file.name)
      try FileManager.default.createDirectory(
        at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(file.text.utf8).write(to: path)
    }
    var result = self
    // A random id stands in a command as it stands masked in the output: the last one that came.
    var ids: [String: String] = [:]
    for index in steps.indices {
      var line = steps[index].command
      for (kind, id) in ids { line = line.replacing("\(kind)_ID", with: id) }
      guard let command = CommandLineText(line) else {
        result.steps[index].errors = ["this command line cannot be read"]
        continue
      }
      let run = try await command.run(in: folder, environment: environment)
      result.steps[index].output = lines(masked(run.outputText, folder: folder))
      result.steps[index].errors = lines(masked(run.errorText, folder: folder))
      result.steps[index].status = run.status
      for match in run.outputText.matches(of: #/\b([a-z]+)_[a-z2-7]{26}\b/#) {
        ids[String(match.output.1)] = String(match.output.0)
      }
    }
    return result
  }
}

/// Lines without the end of the last one; no lines for an empty text.
private func lines(_ text: String) -> [String] {
  var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  if lines.last == "" { lines.removeLast() }
  return lines
}
