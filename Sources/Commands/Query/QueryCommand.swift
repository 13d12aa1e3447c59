// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// Queries: what they mean, and those that are saved.
struct QueryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "query",
    abstract: "Explain queries, and manage saved ones.",
    discussion: """
      A query is saved by custody search --save and asked again by custody search --saved. It \
      keeps its text, its dialect, and the scope and interval that were given with it; relative \
      dates in the text are read anew at each use. The language is that of custody-query(7).
      """,
    subcommands: [QueryExplain.self, QueryList.self, QueryShow.self, QueryDelete.self])
}
