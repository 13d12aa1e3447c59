// SPDX-License-Identifier: Apache-2.0
import Bytes
package import FileText
import Foundation
package import Model

/// Reads captured files, the same bytes once, and puts their text into the items that carry them.
///
/// Killed at any moment and run again, it ends in the same state: a file counts as read when its
/// text stands in the partition.
package struct FileTextPass {
  /// What a pass did.
  package struct Counts: Hashable, Sendable {
    /// Files of conversations whose text was put into items.
    package var files = 0
    /// Those that have no text or not all of it.
    package var lacking = 0
  }

  /// Bytes of text that are gathered before they are written.
  private static let byteLimit = 8 << 20
  private static let linkLimit = 200

  private let store: Store
  private let actor: AuditActor
  private let extractor: FileTextExtractor
  private let itemByteLimit: Int

  /// Prepares a pass.
  ///
  /// - Parameters:
  ///   - store: Opened for writing.
  ///   - actor: Who runs the command.
  ///   - extractor: Reads the files.
  ///   - itemByteLimit: Bytes of text that all files of an item give together at the most.
  package init(
    _ store: Store, actor: AuditActor, extractor: FileTextExtractor = FileTextExtractor(),
    itemByteLimit: Int = FileTextRows.itemByteLimit
  ) {
    self.itemByteLimit = itemByteLimit
    self.store = store
    self.actor = actor
    self.extractor = extractor
  }

  /// Reads all files that were not read yet by this version.
  ///
  /// - Parameters:
  ///   - wait: How long to wait while another process writes content.
  ///   - progress: Called before each file with the number of those that are read; a throw ends the
  ///     pass, and what it read stays.
  /// - Returns: What was done.
  /// - Throws: `StoreError`; what `progress` throws.
  @discardableResult
  package func run(
    wait: Duration = .zero, progress: (Int) throws -> Void = { _ in }
  ) throws -> Counts {
    guard try store.read({ try $0.hasPendingFileTexts() }) else { return Counts() }
    let lock = try store.lockJob("content", as: actor, wait: wait)
    return try withExtendedLifetime(lock) { try readAll(progress) }
  }

  /// Reads again also those whose reader was missing or failed; the caller holds the lock.
  func runAgain(_ progress: (Int) throws -> Void) throws -> Counts {
    let lacks = try store.read { try $0.fileTextLacks() }
    if lacks.contains(where: { Catalog.mendableLacks.contains($0.code) }) {
      try store.change(as: actor) { try $0.forgetFailedFileTexts() }
    }
    return try readAll(progress)
  }

  private func readAll(_ progress: (Int) throws -> Void) throws -> Counts {
    var counts = Counts()
    while true {
      var chunk = Chunk()
      var seen: Set<SHA256Digest> = []
      for pending in try store.read({ try $0.pendingFileTexts(limit: Self.linkLimit) })
      where chunk.byteCount < Self.byteLimit && seen.insert(pending.digest).inserted {
        try progress(counts.files + chunk.files.count)
        try read(pending, into: &chunk)
      }
      guard !chunk.files.isEmpty else { return counts }
      try write(&chunk)
      counts.files += chunk.files.count
      counts.lacking += chunk.files.count { $0.lack != nil }
    }
  }

  /// What is gathered before it is written.
  private struct Chunk {
    var entries: [Int: [FileTextEntry]] = [:]
    var files: [(file: PendingFileText, lack: ProblemCode?)] = []
    var byteCount = 0
  }

  private func read(_ pending: PendingFileText, into chunk: inout Chunk) throws {
    let links = try store.read { try $0.pendingFileTexts(of: pending.digest) }
    let (text, reading) = try known(pending.digest) ?? extract(pending)
    for link in links {
      chunk.entries[link.partition, default: []].append(
        FileTextEntry(
          route: link.route, conversationID: link.conversationID, fileID: link.fileID, text: text,
          reading: reading))
      chunk.files.append((link, reading.lack))
      chunk.byteCount += text?.utf8.count ?? 0
    }
  }

  private func write(_ chunk: inout Chunk) throws {
    for (partition, entries) in chunk.entries.sorted(by: { $0.key < $1.key }) {
      let path = path(of: partition)
      let connection = try PartitionFile.openForWriting(path)
      let rows = FileTextRows(connection, itemByteLimit: itemByteLimit)
      let changeCount = try rows.apply(entries)
      // Also what a pass left that was killed here.
      try RereadRows.settle(connection, in: store)
      if changeCount > 0 {
        try FullTextIndex.merge(path)
        try connection.checkpointUnlessRead()
      }
      guard !rows.cut.isEmpty else { continue }
      for index in chunk.files.indices {
        let file = chunk.files[index].file
        let key = FileTextEntry.Key(
          route: file.route, conversationID: file.conversationID, fileID: file.fileID)
        if file.partition == partition, rows.cut.contains(key) {
          chunk.files[index].lack = .textLimit
        }
      }
    }
    try store.change(as: actor) { try $0.recordFileTexts(chunk.files) }
  }

  private func path(of partition: Int) -> String {
    store.layout.partitions + "/" + PartitionFile.name(partition)
  }

  /// What the same bytes gave where they were read before; nil also where another try may give more.
  private func known(_ digest: SHA256Digest) throws -> (String?, FileReading)? {
    guard let other = try store.read({ try $0.readFileText(of: digest) }) else { return nil }
    let connection = try PartitionFile.openForReading(path(of: other.partition))
    let statement = try connection.prepare(
      """
      SELECT row, number FROM item_file
      WHERE content_sha256 = ? AND note NOT LIKE 'cut, as the files of an item%'
        AND lack NOT IN (\(Catalog.mendableLackList)) LIMIT 1
      """)
    try statement.bind(blob: digest.bytes, at: 1)
    guard try statement.step() else { return nil }
    let row = statement.integer(0)
    let number = statement.integer(1)
    var segments = try FileSegments(ofRow: row, in: connection)
    let files = try connection.prepare(
      """
      SELECT number, has_text, sha256, content_md5, lack, note, reader FROM item_file
      WHERE row = ? ORDER BY number
      """)
    try files.bind(row, at: 1)
    while try files.step() {
      let text = segments.next(hasText: files.integer(1) == 1, digest: files.bytes(2))
      guard files.integer(0) == number else { continue }
      return (
        text,
        FileReading(
          digests: FileDigests(md5: files.bytes(3), sha256: digest.bytes),
          lack: ProblemCode(rawValue: files.text(4)), note: files.text(5), reader: files.text(6))
      )
    }
    return nil
  }

  private func extract(_ pending: PendingFileText) throws -> (String?, FileReading) {
    let (name, type) = try names(of: pending)
    let descriptor = unsafe open(store.blobPath(pending.digest), O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      return (nil, .failed(nil, .readerFailed, "its bytes cannot be read"))
    }
    defer { close(descriptor) }
    guard let digests = Self.digests(of: descriptor) else {
      return (nil, .failed(nil, .readerFailed, "its bytes cannot be read"))
    }
    guard digests.sha256Bytes == pending.digest.bytes else {
      return (nil, .failed(digests, .hashMismatch, "its bytes are not those that were captured"))
    }
    let result = extractor.text(of: descriptor, name: name, type: type)
    return (
      result.text,
      FileReading(
        digests: digests, lack: result.lack, note: result.detail, reader: result.reader)
    )
  }

  /// The name and type that an item gives the file.
  private func names(of pending: PendingFileText) throws -> (name: String, type: String) {
    let connection = try PartitionFile.openForReading(path(of: pending.partition))
    let statement = try connection.prepare(
      "SELECT name, type FROM item_file WHERE native_key = ? AND native_id = ? LIMIT 1")
    try statement.bind(LookupKey.native(pending.fileID), at: 1)
    try statement.bind(pending.fileID, at: 2)
    return try statement.step() ? (statement.text(0), statement.text(1)) : ("", "")
  }

  private static func digests(of descriptor: Int32) -> FileDigests? {
    var hasher = FileHasher()
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = unsafe buffer.withUnsafeMutableBytes { bytes in
        unsafe Foundation.read(descriptor, bytes.baseAddress, bytes.count)
      }
      guard count >= 0 else { return nil }
      if count == 0 { return hasher.finish() }
      hasher.update(buffer.span.extracting(0..<count))
    }
  }
}

extension FileReading {
  fileprivate static func failed(
    _ digests: FileDigests?, _ lack: ProblemCode, _ note: String
  ) -> FileReading {
    FileReading(digests: digests, lack: lack, note: note, reader: "")
  }
}
