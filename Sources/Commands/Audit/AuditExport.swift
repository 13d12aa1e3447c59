// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Bytes
import Model
import Store

/// Writes the audit log out.
struct AuditExport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write the audit log, or the trail of one record.",
    discussion: discussion(
      """
      One line an event, in order; prev_sha256 of each line is the SHA-256 of the line before \
      without its line feed, so that the log can be verified without this program. The form is the \
      same whatever --format says. With --for-record only the events that name the record are \
      written, those of the runs that captured it and of an item's conversation included, each line \
      as it stands in the whole log. With --readable each event is a paragraph for people to read; \
      custody show gives the record itself. On a terminal controls that are not seen are written as \
      JSON escapes; a file or pipe gets each line as it is. A file is never overwritten without --force.
      """,
      examples: [
        "custody audit export --output audit.jsonl",
        "custody audit export --for-record conv_djux6z3lkz64q6iybmzhcrixyw --output trail.jsonl",
        "custody audit export --for-record conv_djux6z3lkz64q6iybmzhcrixyw --readable",
      ],
      statuses: .reading + [.exists, .notFound, .ambiguous]))

  @Option(
    help: ArgumentHelp(
      "Only the trail of this record: any id, or a source's own id of a conversation or item.",
      valueName: "id"))
  var forRecord: String?
  @Flag(help: "Write for people to read, not lines of JSON.") var readable = false
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The file; without it, or with -, standard output.", valueName: "file"),
    completion: .file())
  var output: String?
  @Flag(help: "Overwrite the file.") var force = false
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let settings = try global.output()
    let store = try global.openForReading()
    var filter = AuditFilter()
    if let forRecord { filter.named = try names(of: forRecord, in: store) }
    guard let output, output != "-" else {
      let console = settings.console
      try export(filter, from: store) { text in
        // Readable text is escaped already, in whatever it goes to.
        guard console.outputIsTerminal, !readable else { return try console.output.write(text) }
        var bytes: [UInt8] = []
        bytes.appendJSONForTerminal(text.utf8.span)
        try console.output.write(bytes)
      }
      try console.output.flush()
      return
    }
    let file = try OutputFile(output, replaces: force)
    try export(filter, from: store) { try file.write(Array($0.utf8)) }
    try file.finish()
    settings.note(
      "wrote the \(forRecord.map { "trail of \($0)" } ?? "audit log") to \(output)")
  }

  private func export(
    _ filter: AuditFilter, from store: Store, _ write: (String) throws -> Void
  ) throws {
    var count = 0
    func pass(_ text: String) throws {
      count += 1
      try write(text)
    }
    try store.read { catalog in
      if readable {
        try catalog.forEachEvent(filter) { try pass($0.readableText) }
      } else {
        try catalog.exportAudit(filter, pass)
      }
    }
    // Every record that there is or was came with an event.
    guard count > 0 || forRecord == nil else {
      throw StoreError(
        .notFound, "no audit event names \(forRecord ?? "")", objects: [forRecord ?? ""])
    }
  }

  /// The ids by which events tell of a record.
  private func names(of written: String, in store: Store) throws -> [ObjectID] {
    let text = written.hasPrefix("id:") ? String(written.dropFirst(3)) : written
    if let id = ObjectID(text), id.kind != .item {
      return try store.read { try $0.auditNames(of: id) }
    }
    if ObjectID(text) == nil {
      let record = try found { try store.read { try $0.conversation(written: text) } }
      if let record { return try store.read { try $0.auditNames(of: record.id) } }
    }
    guard let item = try found({ try Searcher(store).onlyItem(bearing: text) }) else {
      throw StoreError(
        .notFound,
        "there is no record with the id '\(written)'; give an id of the store or of a source",
        objects: [written])
    }
    return try store.read { try $0.auditNames(of: item.id, in: item.conversationID) }
  }
}
