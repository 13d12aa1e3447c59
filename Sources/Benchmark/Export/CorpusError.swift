// SPDX-License-Identifier: Apache-2.0

/// Why the benchmark cannot go on.
struct CorpusError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}
