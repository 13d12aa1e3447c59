// SPDX-License-Identifier: Apache-2.0
import Bytes

/// The files of a store (design section 3), by path.
struct StoreLayout: Sendable {
  /// The store's folder, absolute or as given, without a trailing slash.
  let folder: String

  init(folder: String) {
    var folder = folder
    while folder.utf8.count > 1, folder.hasSuffix("/") { folder.removeLast() }
    self.folder = folder
  }

  /// The folder that the store's lies in.
  var parent: String {
    guard let slash = folder.lastIndex(of: "/") else { return "." }
    return slash == folder.startIndex ? "/" : String(folder[..<slash])
  }
  /// The authority: everything but content.
  var catalog: String { folder + "/catalog.sqlite" }
  /// The catalog while it is being made; renamed to `catalog` when it is complete.
  var unfinishedCatalog: String { folder + "/catalog.sqlite.new" }
  /// The content, a database file a partition.
  var partitions: String { folder + "/partitions" }
  /// Files of captures as bytes, each named by its SHA-256.
  var blobs: String { folder + "/blobs" }
  /// Lock files; they stay, the locks die with their process.
  var locks: String { folder + "/locks" }

  /// Where a file's bytes lie.
  func blob(_ digest: SHA256Digest) -> String {
    blobs + "/" + digest.hexadecimal
  }

  /// Where a lock's file lies.
  func lock(_ name: String) -> String { locks + "/" + name + ".lock" }
}
