// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

/// Exactly one function removes content (holds-and-retention section 4, point 3): nothing else in the
/// sources may delete or overwrite captured content.
@Suite("One door")
struct OneDoorTests {
  /// Which files may hold what removes or overwrites content, and why.
  private static let rules: [(what: String, pattern: String, files: Set<String>)] = [
    (
      "a deletion or change of a content table",
      """
      (?i)(DELETE\\s+FROM|UPDATE(\\s+OR\\s+\\w+)?|REPLACE\\s+INTO|DROP\\s+TABLE(\\s+IF\\s+EXISTS)?)\
      \\s+((conversation|conversation_version|conversation_file|record|item|item_text|item_file\
      |item_alias|item_sensitive|item_reread|term|batch|fts|project|source_file)\\b|fts_)
      """,
      [
        // The door's side of the catalog, and of the partition.
        "Store/Disposition/Change+Disposal.swift", "Store/Content/Removal/PartitionPurge.swift",
        // The index, which is made from the texts, and the catalog's newest account of a capture.
        "Store/Content/Index/FullTextIndex.swift", "Store/Content/Index/IndexBuilder.swift",
        "Store/Content/Index/IndexEraser.swift", "Store/Content/Index/SegmentPages.swift",
        "Store/Content/Change+Content.swift",
        // What is found in texts: made from them, too.
        "Store/Content/SensitiveRows.swift",
        // Since which wording of a hold that is something else.
        "Store/Content/RereadRows.swift",
        // What was read of captured bytes, which stay: a text that a capture brought is not touched.
        "Store/Content/FileTexts/FileTextRows.swift",
        "Store/Content/FileTexts/PendingFileTexts.swift",
        // Names of projects and files of captures: called by the door.
        "Store/Lookup/Catalog+Projects.swift", "Store/Blobs/Change+Blobs.swift",
      ]
    ),
    (
      "a deletion or change of a table that is not named in the statement",
      """
      ((?i:DELETE\\s+FROM|REPLACE\\s+INTO|DROP\\s+TABLE(\\s+IF\\s+EXISTS)?)|UPDATE(\\s+OR\\s+\\w+)?)\
      \\s+("|\\\\\\()
      """,
      [
        "Store/Disposition/Change+Disposal.swift", "Store/Content/Removal/PartitionPurge.swift",
        // What was never committed.
        "Store/Content/PartitionFile.swift",
        // Plans that were never finished.
        "Store/Policies/Plans/Change+Plans.swift",
      ]
    ),
    (
      "a replacement of a row", "(?i)INSERT\\s+OR\\s+REPLACE",
      ["Store/Policies/Labels.swift"]
    ),
    (
      "a change of a text, but for the marks that are made from it and what was read of bytes",
      "(?i)UPDATE\\s+item_text\\s+SET\\s+(?!facet = \\? WHERE)",
      ["Store/Content/FileTexts/FileTextRows.swift"]
    ),
    (
      "files or names of what goes forgotten",
      "try\\??\\s+(\\w+\\.)?(removeFiles\\(of|forgetUnnamed\\()",
      ["Store/Disposition/Change+Disposal.swift"]
    ),
    (
      "an entry that FTS5 only marks as deleted", "(SELECT|VALUES) *\\(?'delete", []
    ),
    (
      "an entry taken from the full-text index", "EntryRemoval\\(",
      [
        "Store/Content/PartitionFile.swift", "Store/Content/Removal/PartitionPurge.swift",
        // To put it back with the text of a file.
        "Store/Content/FileTexts/FileTextRows.swift",
      ]
    ),
    (
      "pages of the full-text index changed", "IndexEraser\\(",
      ["Store/Content/Index/EntryRemoval.swift"]
    ),
    (
      "a use of the removal from a partition", "PartitionPurge\\(",
      ["Store/Disposition/PendingRemoval.swift"]
    ),
    (
      "a use of the removal of what has a tombstone", "PendingRemoval\\(",
      [
        "Store/Disposition/ContentDisposal.swift", "Store/Disposition/PendingRemoval.swift",
        "Store/Content/ContentWriter.swift",
      ]
    ),
    ("a tombstone", "\\.bury\\(", ["Store/Disposition/ContentDisposal.swift"]),
    (
      "a use of the one door", "\\.dispose\\(",
      ["Actions/RunAction.swift"]
    ),
    (
      "a permit to delete at a source",
      "@_spi\\(HoldJudgement\\) \\w+ import|ChatDeletionPermit\\(",
      ["Store/Disposition/AtSource/Store+DeletionPermit.swift"]
    ),
    (
      "a request that deletes at a source", "\"DELETE\"",
      ["Capture/ComplianceAPI/Client/ComplianceClient+Deletion.swift"]
    ),
    (
      "a use of a permit", "permitDeletion\\(",
      [
        "Store/Disposition/AtSource/Store+DeletionPermit.swift",
        "Actions/AtSource/SourceEraser.swift",
      ]
    ),
    (
      "bytes written past SQLite", "\\.scrub\\(",
      ["Store/Disposition/PendingRemoval.swift"]
    ),
    (
      "a use of what was never committed", "removeUncommitted\\(",
      [
        "Store/Content/PartitionFile.swift", "Store/Content/PartitionWriter.swift",
        "Store/Content/Removal/PartitionPurge.swift", "Store/Content/Index/FullTextIndex.swift",
        // In the copy that a backup makes.
        "Store/Backup/StoreSnapshot.swift",
      ]
    ),
    (
      "a removal of a file of a store", "FileSystem\\.remove\\(",
      [
        "Store/Content/ContentWriter.swift", "Store/Store+Create.swift",
        // Files of tombstones, what never got its row, and what is on its way.
        "Store/Blobs/Store+Blobs.swift",
        // What a restoration made that did not come to its end.
        "Store/Backup/StoreRestoration.swift",
      ]
    ),
  ]

  private static func sources() throws -> [(name: String, text: String)] {
    let folder = Repository.root.appendingPathComponent("Sources")
    return try FileManager.default.subpathsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".swift") && !$0.hasPrefix("Benchmark/") }
      .map { ($0, try Repository.text("Sources/" + $0)) }
  }

  /// The text without comments, which may name what the code must not do.
  private static func code(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).filter { line in
      !line.drop { $0 == " " }.hasPrefix("//")
    }.joined(separator: "\n")
  }

  @Test("nothing else deletes or overwrites captured content", arguments: rules.indices)
  func nothingElse(index: Int) throws {
    let rule = Self.rules[index]
    let pattern = try Regex(rule.pattern)
    let found = Set(
      try Self.sources().filter { Self.code($0.text).firstMatch(of: pattern) != nil }.map(\.name))
    #expect(found == rule.files, "\(rule.what)")
  }
}
