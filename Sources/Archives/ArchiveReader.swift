// SPDX-License-Identifier: Apache-2.0
import CLibArchive

/// A member of an archive, as its header tells.
package struct ArchiveMember: Sendable, Hashable {
  /// What a member is.
  package enum Kind: Sendable, Hashable {
    case file
    case folder
    /// A link, device, socket or pipe.
    case special
  }

  /// The name as stored; nil when it cannot be read as text.
  package var path: String?
  package var kind: Kind
  /// Whether its content needs a password.
  package var isEncrypted: Bool
}

/// Reads the members of a zip, tar or compressed tar one after another, streamed.
///
/// Used by one thread at a time.
@safe
package final class ArchiveReader {
  private let archive: OpaquePointer
  private var chunk: [UInt8]

  /// Opens an archive.
  ///
  /// - Parameter descriptor: A readable, seekable file at its start; the caller keeps it open while
  ///   the reader lives.
  /// - Throws: `ArchiveError` with `.notAnArchive`.
  package init(descriptor: Int32) throws(ArchiveError) {
    guard let handle = unsafe archive_read_new() else { throw ArchiveError.outOfMemory }
    unsafe archive_read_support_filter_gzip(handle)
    unsafe archive_read_support_filter_zstd(handle)
    unsafe archive_read_support_filter_bzip2(handle)
    unsafe archive_read_support_filter_xz(handle)
    unsafe archive_read_support_format_zip(handle)
    unsafe archive_read_support_format_tar(handle)
    guard unsafe archive_read_open_fd(handle, descriptor, 1 << 17) == ARCHIVE_OK else {
      let error = unsafe readError(handle, .notAnArchive)
      unsafe archive_read_free(handle)
      throw error
    }
    unsafe archive = handle
    chunk = [UInt8](repeating: 0, count: 1 << 18)
  }

  deinit {
    unsafe archive_read_free(archive)
  }

  /// Goes to the next member; nil after the last.
  ///
  /// - Throws: `ArchiveError` with `.damaged`: nothing after that can be read.
  package func next() throws(ArchiveError) -> ArchiveMember? {
    var entry: OpaquePointer?
    let status = unsafe archive_read_next_header(archive, &entry)
    if status == ARCHIVE_EOF { return nil }
    // A warning is about the name or an attribute; the member itself can be read.
    guard status == ARCHIVE_OK || status == ARCHIVE_WARN, let entry = unsafe entry else {
      throw unsafe readError(archive, .damaged)
    }
    let path =
      unsafe archive_entry_pathname_utf8(entry).map { unsafe String(cString: $0) }
      ?? archive_entry_pathname(entry).map { unsafe String(cString: $0) }
    let type = unsafe archive_entry_filetype(entry)
    let isLink =
      unsafe archive_entry_hardlink(entry) != nil || archive_entry_symlink(entry) != nil
    let kind: ArchiveMember.Kind =
      switch type {
      case _ where isLink: .special
      case 0, 0o100000: .file
      case 0o040000: .folder
      default: .special
      }
    return unsafe ArchiveMember(
      path: path, kind: kind, isEncrypted: archive_entry_is_data_encrypted(entry) != 0)
  }

  /// Reads the next bytes of the member; empty at its end.
  ///
  /// - Throws: `ArchiveError` with `.damaged` for wrong sizes, checksums and broken streams.
  package func read() throws(ArchiveError) -> ArraySlice<UInt8> {
    let count = unsafe chunk.withUnsafeMutableBytes { buffer in
      unsafe archive_read_data(archive, buffer.baseAddress, buffer.count)
    }
    guard count >= 0 else { throw unsafe readError(archive, .damaged) }
    return chunk[0..<count]
  }
}

private func readError(_ archive: OpaquePointer, _ code: ArchiveError.Code) -> ArchiveError {
  let text = unsafe archive_error_string(archive).map { unsafe String(cString: $0) }
  let what =
    code == .notAnArchive ? "this is no archive that can be read" : "the archive is damaged"
  return ArchiveError(code: code, message: text.map { what + ": " + $0 } ?? what)
}
