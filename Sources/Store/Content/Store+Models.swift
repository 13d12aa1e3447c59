// SPDX-License-Identifier: Apache-2.0

extension Store {
  /// The models that captured items name, in lower case, also those whose last item was removed.
  ///
  /// - Throws: `StoreError` when a partition cannot be read.
  package func models() throws -> Set<String> {
    var models: Set<String> = []
    for number in try read({ try PartitionRow.all($0.db).map(\.number) }) {
      let partition = try PartitionFile.openForReading(
        layout.partitions + "/" + PartitionFile.name(number))
      let rows = try partition.prepare("SELECT text FROM term WHERE kind = ?")
      try rows.bind(TermKind.model.rawValue, at: 1)
      while try rows.step() { models.insert(rows.text(0).lowercased()) }
    }
    return models
  }
}
