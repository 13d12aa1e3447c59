// SPDX-License-Identifier: Apache-2.0
import CLibArchive
import Foundation

/// The raw engine of exports: libarchive alone, writing the files of a folder.
enum RawArchive {
  /// A container with its settings.
  enum Format: String {
    /// The files as they are, as our exports keep them.
    case zip
    /// Zstandard at level 3, as our exports have it.
    case tarZstd = "tar.zst"
  }

  /// Writes all regular files below a folder into one archive, in the order of their names' bytes.
  ///
  /// - Returns: the bytes of the files and their number.
  static func write(
    _ folder: URL, to archive: URL, as format: Format
  ) throws -> (bytes: Int, files: Int) {
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
      .sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
    guard let writer = unsafe archive_write_new() else {
      throw CorpusError("libarchive gives no writer")
    }
    defer { unsafe archive_write_free(writer) }
    try unsafe check(configure(writer, format), writer)
    try unsafe check(archive_write_open_filename(writer, archive.path), writer)
    var buffer: [UInt8] = []
    var byteCount = 0
    var fileCount = 0
    for name in names {
      let file = folder.appendingPathComponent(name)
      guard try file.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true else {
        continue
      }
      buffer.removeAll(keepingCapacity: true)
      _ = try forEachChunk(of: file) { chunk in
        unsafe chunk.withUnsafeBufferPointer { unsafe buffer.append(contentsOf: $0) }
      }
      try unsafe add(name, buffer.span, to: writer)
      byteCount += buffer.count
      fileCount += 1
    }
    try unsafe check(archive_write_close(writer), writer)
    return (byteCount, fileCount)
  }

  private static func configure(_ writer: OpaquePointer, _ format: Format) -> Int32 {
    switch format {
    case .zip:
      let status = unsafe archive_write_set_format_zip(writer)
      guard status == ARCHIVE_OK else { return status }
      return unsafe archive_write_set_options(
        writer, "zip:compression=store,zip:hdrcharset=UTF-8")
    case .tarZstd:
      let status = unsafe archive_write_set_format_pax_restricted(writer)
      guard status == ARCHIVE_OK else { return status }
      let filter = unsafe archive_write_add_filter_zstd(writer)
      guard filter == ARCHIVE_OK else { return filter }
      return unsafe archive_write_set_options(writer, "zstd:compression-level=3")
    }
  }

  private static func add(
    _ name: String, _ bytes: Span<UInt8>, to writer: OpaquePointer
  ) throws {
    guard let entry = unsafe archive_entry_new() else {
      throw CorpusError("libarchive gives no entry")
    }
    defer { unsafe archive_entry_free(entry) }
    unsafe archive_entry_set_pathname_utf8(entry, name)
    unsafe archive_entry_set_filetype(entry, UInt32(CLibArchive.S_IFREG))
    unsafe archive_entry_set_perm(entry, 0o644)
    unsafe archive_entry_set_size(entry, Int64(bytes.count))
    try unsafe check(archive_write_header(writer, entry), writer)
    let written = unsafe bytes.withUnsafeBytes { buffer in
      unsafe archive_write_data(writer, buffer.baseAddress, buffer.count)
    }
    guard written == bytes.count else { throw unsafe failure(writer) }
  }

  private static func check(_ status: Int32, _ writer: OpaquePointer) throws {
    guard status == ARCHIVE_OK else { throw unsafe failure(writer) }
  }

  private static func failure(_ writer: OpaquePointer) -> CorpusError {
    let message = unsafe archive_error_string(writer).map { unsafe String(cString: $0) }
    return CorpusError("libarchive: \(message ?? "no message")")
  }
}
