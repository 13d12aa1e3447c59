// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
import Model
import Production
import Store

/// Writes a checkpoint of the audit log.
struct AuditAnchor: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "anchor",
    abstract: "Write how far the audit log reaches, to be kept elsewhere.",
    discussion: discussion(
      """
      Writes a checkpoint: the store's name, the number of events and the root of a hash tree over \
      them, as a signed note where a key is given. Keep it where nobody who can write to the store \
      can reach it; audit verify --anchor then shows that nothing was changed or cut since. A file \
      is never overwritten without --force. Of a log that does not verify no checkpoint is written.
      """,
      examples: [
        "custody audit anchor --output anchor.txt", "custody audit verify --anchor anchor.txt",
      ],
      statuses: .reading + [.exists, .secret, .audit]))

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The file; without it, or with -, standard output.", valueName: "file"),
    completion: .file())
  var output: String?
  @Flag(help: "Overwrite the file.") var force = false
  @OptionGroup var key: KeyFileOption
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let settings = try global.output()
    let signingKey = try key.signingKey()
    let (unsigned, verification) = try global.read { catalog in
      (try AuditTree.checkpoint(of: catalog), try catalog.verifyAudit())
    }
    if let failure = verification.failure { throw failure }
    var checkpoint = unsigned
    if let signingKey { try checkpoint.sign(with: signingKey) }
    guard let output, output != "-" else {
      try settings.console.output.write(checkpoint.text)
      return try settings.console.output.flush()
    }
    let file = try OutputFile(output, replaces: force)
    try file.write(Array(checkpoint.text.utf8))
    try file.finish()
    settings.note("wrote a checkpoint of \(checkpoint.size) events to \(output)")
  }
}
