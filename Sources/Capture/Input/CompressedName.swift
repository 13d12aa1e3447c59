// SPDX-License-Identifier: Apache-2.0

/// Names of files that were compressed alone.
enum CompressedName {
  private static let endings = [".gz", ".zst", ".xz", ".bz2"]

  /// What the file is called without its compression: `a.json` for `a.json.gz`; nil when the name
  /// tells of none.
  static func content(of name: String) -> String? {
    let folded = name.lowercased()
    guard let ending = endings.first(where: { folded.hasSuffix($0) }),
      name.utf8.count > ending.utf8.count
    else { return nil }
    return String(name.dropLast(ending.count))
  }
}
