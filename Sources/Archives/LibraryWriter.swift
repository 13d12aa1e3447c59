// SPDX-License-Identifier: Apache-2.0
import CLibArchive

/// Writes an archive through libarchive, without times, owners or modes.
@safe
final class LibraryWriter {
  private let archive: OpaquePointer
  private let entry: OpaquePointer
  // The library calls back into it until the handle is freed.
  private let output: Output
  private var isFinished = false

  /// Opens a writer that hands its bytes to a receiver.
  ///
  /// - Parameters:
  ///   - format: The container.
  ///   - receiver: Gets the archive's bytes in order, before ``finish()`` returns.
  ///   - passphrase: Encrypts the members of a zip with AES-256 (WinZip AE-2); names and sizes stay
  ///     readable, and the bytes differ from run to run. Nil encrypts nothing.
  /// - Throws: `ArchiveError` when the library refuses the format, its level or a passphrase.
  init(
    format: ArchiveWritingFormat, receiver: any ArchiveReceiver, passphrase: String? = nil
  ) throws {
    guard let handle = unsafe archive_write_new() else { throw ArchiveError.outOfMemory }
    guard let entry = unsafe archive_entry_new() else {
      unsafe archive_write_free(handle)
      throw ArchiveError.outOfMemory
    }
    let output = Output(receiver)
    do {
      try unsafe open(handle, format: format, output: output, passphrase: passphrase)
    } catch {
      unsafe archive_entry_free(entry)
      unsafe archive_write_free(handle)
      throw error
    }
    unsafe self.archive = handle
    unsafe self.entry = entry
    self.output = output
  }

  /// Begins a member; exactly `byteCount` bytes must follow.
  ///
  /// - Parameters:
  ///   - path: The member's name, ASCII, with `/` between folders.
  ///   - byteCount: The member's size.
  /// - Throws: `ArchiveError`, or what the receiver threw.
  func beginFile(path: String, byteCount: Int64) throws {
    unsafe archive_entry_clear(entry)
    unsafe archive_entry_set_pathname_utf8(entry, path)
    unsafe archive_entry_set_filetype(entry, 0o100000)
    unsafe archive_entry_set_perm(entry, 0o644)
    unsafe archive_entry_set_uid(entry, 0)
    unsafe archive_entry_set_gid(entry, 0)
    unsafe archive_entry_set_size(entry, byteCount)
    try check(unsafe archive_write_header(archive, entry))
  }

  /// Adds bytes to the member begun last.
  func write(_ bytes: Span<UInt8>) throws {
    guard !bytes.isEmpty else { return }
    let count = unsafe bytes.withUnsafeBytes { buffer in
      unsafe archive_write_data(archive, buffer.baseAddress, buffer.count)
    }
    guard count == bytes.count else {
      if count < 0 { try check(Int32(clamping: count)) }
      throw ArchiveError(
        code: .writeFailed, message: "more bytes than the member's size were given")
    }
  }

  /// Ends the archive and hands its last bytes to the receiver.
  func finish() throws {
    guard !isFinished else { return }
    try check(unsafe archive_write_close(archive))
    isFinished = true
  }

  deinit {
    // Without it, freeing an unfinished writer would still write a proper ending.
    if !isFinished { unsafe archive_write_fail(archive) }
    unsafe archive_entry_free(entry)
    unsafe archive_write_free(archive)
  }

  private func check(_ status: Int32) throws {
    guard status != ARCHIVE_OK else { return }
    if let failure = output.failure { throw failure }
    throw unsafe writeError(archive)
  }
}

/// Holds the receiver for the library's callback and the error that it threw.
private final class Output {
  let receiver: any ArchiveReceiver
  var failure: (any Error)?

  init(_ receiver: any ArchiveReceiver) {
    self.receiver = receiver
  }
}

private func open(
  _ archive: OpaquePointer, format: ArchiveWritingFormat, output: Output, passphrase: String?
) throws {
  func check(_ status: Int32) throws {
    guard status == ARCHIVE_OK else { throw unsafe writeError(archive) }
  }
  switch format {
  case .zipStored:
    try check(unsafe archive_write_set_format_zip(archive))
    try check(
      unsafe archive_write_set_options(archive, "zip:compression=store,zip:hdrcharset=UTF-8"))
  case .zipDeflated(let level):
    try check(unsafe archive_write_set_format_zip(archive))
    let options =
      "zip:compression=deflate,zip:compression-level=\(level),zip:hdrcharset=UTF-8"
    try check(unsafe archive_write_set_options(archive, options))
  case .tarZstandard(let level):
    try check(unsafe archive_write_set_format_pax_restricted(archive))
    try check(unsafe archive_write_add_filter_zstd(archive))
    // The bytes are the same with any number of threads from one on; only without any they differ.
    try check(
      unsafe archive_write_set_options(
        archive, "zstd:compression-level=\(level),zstd:threads=2"))
  }
  if let passphrase {
    guard format.isZip, !passphrase.isEmpty else {
      throw ArchiveError(
        code: .writeFailed,
        message: "only a zip can be encrypted, with a passphrase that is not empty")
    }
    try check(unsafe archive_write_set_options(archive, "zip:encryption=aes256"))
    try check(unsafe archive_write_set_passphrase(archive, passphrase))
  }
  // Large blocks, and no padding after the last one.
  try check(unsafe archive_write_set_bytes_per_block(archive, 1 << 18))
  try check(unsafe archive_write_set_bytes_in_last_block(archive, 1))
  let context = unsafe Unmanaged.passUnretained(output).toOpaque()
  try check(
    unsafe archive_write_open(
      archive, context, nil,
      { _, context, bytes, count in
        guard let context = unsafe context else { return -1 }
        let output = unsafe Unmanaged<Output>.fromOpaque(context).takeUnretainedValue()
        let buffer = unsafe UnsafeRawBufferPointer(start: bytes, count: count)
        do {
          try unsafe output.receiver.receive(Span<UInt8>(_unsafeBytes: buffer))
          return count
        } catch {
          output.failure = error
          return -1
        }
      }, nil))
}

private func writeError(_ archive: OpaquePointer) -> ArchiveError {
  let text = unsafe archive_error_string(archive).map { unsafe String(cString: $0) }
  return ArchiveError(
    code: .writeFailed, message: "the archive cannot be written: \(text ?? "no reason given")")
}
