// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import Model
import Store

/// Makes a store.
struct InitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Create a store.",
    discussion: discussion(
      """
      Makes the folder, readable by you alone, with an empty store in it. The folder must be new \
      or empty, on a local disk: on a network file system locks cannot be trusted.
      """,
      examples: ["custody init store"], statuses: [.noStore, .exists, .locked, .denied]))

  @Argument(
    help: "The folder; without it, that of --store or CUSTODY_STORE.", completion: .directory)
  var folder: String?

  @Flag(help: "Leave a store that exists as it is.") var ifNotExists = false
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws {
    if folder?.isEmpty == true { throw ValidationError("the folder's name is empty") }
  }

  func run() throws {
    let output = try global.output(change)
    let path = try folder.map(absolutePath) ?? global.storePath()
    if ifNotExists, Store.exists(at: path) {
      try Store.open(at: path, access: .reading).close()
      try output.print(record(path, .init(already: 1)), schema: Self.schemaName)
      return
    }
    if change.dryRun {
      try Store.checkCanCreate(at: path)
    } else {
      try Store.create(at: path, as: .current(Self.self)).close()
    }
    try output.print(record(path, .init(added: 1)), schema: Self.schemaName)
  }

  private func record(_ path: String, _ counts: ChangeRecord.Counts) -> ChangeRecord {
    ChangeRecord(.initialize, "store", id: path, isDryRun: change.dryRun, counts: counts)
  }
}
