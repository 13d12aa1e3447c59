// SPDX-License-Identifier: Apache-2.0
import CLibArchive
import Foundation

/// The raw engine of exports: libarchive alone, writing the files of a folder.
enum RawArchive {
  /// A container with its settings.
  enum Format: String {
    /// The files as they are, as our exports keep them by default.
    case zip
    /// Deflated at level 6, as our exports have it where asked.
    case zipDeflate = "deflate.zip"
    /// Zstandard at level 3, as our exports have it.
    case tarZstd = "tar.zst"
  }

  /// Writes all regular files below a folder into one archive, in the order of their names' bytes,
  /// and waits until it is on the disk, as an export does.
  ///
  /// - Returns: the bytes of the files and their number.
  static func write(
    _ folder: URL, to archive: URL, as format: Format
  ) throws -> (bytes: Int, files: Int) {
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let output = unsafe open(archive.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard output >= 0 else { throw CorpusError("cannot create \(archive.path): errno \(errno)") }
    defer { close(output) }
    guard let writer = unsafe archive_write_new(), let entry = unsafe archive_entry_new() else {
      throw CorpusError("libarchive gives no writer")
    }
    defer {
      unsafe archive_entry_free(entry)
      unsafe archive_write_free(writer)
    }
    try unsafe check(configure(writer, format), writer)
    try unsafe check(archive_write_set_bytes_per_block(writer, 1 << 18), writer)
    try unsafe check(archive_write_open_fd(writer, output), writer)
    var buffer: [UInt8] = []
    var byteCount = 0
    var fileCount = 0
    for name in names {
      guard let count = try readFile(folder.path + "/" + name, into: &buffer) else { continue }
      try unsafe add(name, buffer.span.extracting(first: count), as: entry, to: writer)
      byteCount += count
      fileCount += 1
    }
    try unsafe check(archive_write_close(writer), writer)
    guard fsync(output) == 0 else { throw CorpusError("cannot sync \(archive.path)") }
    return (byteCount, fileCount)
  }

  /// Reads a regular file whole by the system's calls alone; nil for what is none.
  private static func readFile(_ path: String, into buffer: inout [UInt8]) throws -> Int? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw CorpusError("cannot open \(path): errno \(errno)") }
    defer { close(descriptor) }
    var facts = stat()
    guard unsafe fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
      return nil
    }
    let size = Int(facts.st_size)
    if buffer.count < size { buffer = Array(repeating: 0, count: size * 2) }
    let count = unsafe buffer.withUnsafeMutableBytes {
      unsafe read(descriptor, $0.baseAddress, size)
    }
    guard count == size else { throw CorpusError("cannot read \(path): errno \(errno)") }
    return size
  }

  private static func configure(_ writer: OpaquePointer, _ format: Format) -> Int32 {
    switch format {
    case .zip, .zipDeflate:
      let status = unsafe archive_write_set_format_zip(writer)
      guard status == ARCHIVE_OK else { return status }
      return unsafe archive_write_set_options(
        writer,
        format == .zip
          ? "zip:compression=store,zip:hdrcharset=UTF-8"
          : "zip:compression=deflate,zip:compression-level=6,zip:hdrcharset=UTF-8")
    case .tarZstd:
      let status = unsafe archive_write_set_format_pax_restricted(writer)
      guard status == ARCHIVE_OK else { return status }
      let filter = unsafe archive_write_add_filter_zstd(writer)
      guard filter == ARCHIVE_OK else { return filter }
      return unsafe archive_write_set_options(
        writer, "zstd:compression-level=3,zstd:threads=2")
    }
  }

  private static func add(
    _ name: String, _ bytes: Span<UInt8>, as entry: OpaquePointer, to writer: OpaquePointer
  ) throws {
    unsafe archive_entry_clear(entry)
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
