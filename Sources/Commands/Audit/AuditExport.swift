// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Writes the audit log out.
struct AuditExport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write the audit log as lines of canonical JSON.",
    discussion: discussion(
      """
      One line an event, in order; prev_sha256 of each line is the SHA-256 of the line before \
      without its line feed, so that the log can be verified without this program. The form is the \
      same whatever --format says. A file is never overwritten without --force.
      """,
      examples: ["custody audit export --output audit.jsonl"],
      statuses: .reading + [.exists]))

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The file; without it, or with -, standard output.", valueName: "file"),
    completion: .file())
  var output: String?
  @Flag(help: "Overwrite the file.") var force = false
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let settings = try global.output()
    guard let output, output != "-" else {
      try global.read { catalog in
        try catalog.exportAudit { try settings.console.output.write($0) }
      }
      try settings.console.output.flush()
      return
    }
    let file = try OutputFile(output, replaces: force)
    try global.read { catalog in
      try catalog.exportAudit { try file.write(Array($0.utf8)) }
    }
    try file.finish()
    settings.note("wrote the audit log to \(output)")
  }
}
