// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Makes the full-text index anew.
struct ReindexCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reindex",
    abstract: "Make the full-text index anew from the texts.",
    discussion: discussion(
      """
      Partition by partition, each all or nothing; searches go on meanwhile. Where another version \
      looked for sensitive types, they are looked for anew; and files are read anew that another \
      version read, or whose reader was not installed or failed. It frees nothing: what a hold \
      selected by what was found or read before stays held; see custody-holds(7).
      """,
      examples: ["custody reindex --dry-run", "custody reindex"], statuses: .changing))

  @Flag(
    name: [.customShort("n"), .long], help: "Show what would be done, and change nothing.")
  var dryRun = false
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let output = try global.output()
    let store = try Store.open(at: global.storePath(), access: dryRun ? .reading : .writing)
    let progress = Progress(output)
    let reindexer = ContentReindexer(store, actor: .current(Self.self))
    let count =
      try dryRun
      ? reindexer.partitionCount()
      : reindexer.reindex { done, all in progress.update("partition \(done) of \(all)") }
    progress.finish()
    try output.print(
      ChangeRecord(
        .reindex, "store", id: store.folder, isDryRun: dryRun, counts: .init(added: count)),
      schema: Self.schemaName)
  }
}
