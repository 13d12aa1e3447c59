// SPDX-License-Identifier: Apache-2.0
import Model

/// The words of a store's full-text indexes.
package final class Vocabulary {
  private let connections: [DirectConnection]

  /// Opens the indexes of a store.
  ///
  /// - Throws: `StoreError` when a partition cannot be read.
  package init(_ store: Store) throws {
    let numbers = try store.read { try PartitionRow.all($0.db).map(\.number) }
    connections = try numbers.map { number in
      let connection = try PartitionFile.openForReading(
        store.layout.partitions + "/" + PartitionFile.name(number))
      // A table of the connection's own, in memory: the file stays as it is.
      try connection.execute(
        """
        PRAGMA query_only = OFF;
        PRAGMA temp_store = MEMORY;
        CREATE VIRTUAL TABLE temp.word USING fts5vocab(main, fts, row);
        """)
      return connection
    }
  }

  /// How many different words begin with a prefix, over all partitions.
  ///
  /// Walks the words of all partitions side by side, so that it needs no memory.
  ///
  /// - Parameter prefix: As the index folds words.
  /// - Returns: The number; filters, which are in the index as well, do not count.
  /// - Throws: `StoreError` when an index cannot be read.
  package func wordCount(beginningWith prefix: String) throws -> Int {
    var heads: [(word: [UInt8], rows: DirectStatement)] = []
    for connection in connections {
      let rows = try connection.prepare(
        "SELECT CAST(term AS BLOB) FROM temp.word WHERE term >= ?1 AND term < ?2")
      try rows.bind(prefix, at: 1)
      // After every word that goes on from the prefix: no word holds this noncharacter.
      try rows.bind(prefix + "\u{10FFFF}", at: 2)
      if try rows.step() { heads.append((rows.bytes(0), rows)) }
    }
    var count = 0
    while let least = heads.map(\.word).min(by: { $0.lexicographicallyPrecedes($1) }) {
      count += 1
      for index in heads.indices.reversed() where heads[index].word == least {
        if try heads[index].rows.step() {
          heads[index].word = heads[index].rows.bytes(0)
        } else {
          heads.remove(at: index)
        }
      }
    }
    return count
  }
}
