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

/// Reads the members of a zip, tar or compressed tar one after another, streamed; a compressed file
/// that is no tar can be read as one member.
///
/// Used by one thread at a time.
@safe
package final class ArchiveReader {
  /// The most zero bytes that are given at once for a hole of a sparse member.
  private static let holeByteCount = 1 << 18

  private let archive: OpaquePointer
  /// How many bytes of the member were given.
  private var offset: Int64 = 0
  /// A block that lies behind a hole, and where it begins.
  private var held: (offset: Int64, bytes: [UInt8])?
  /// Whether going to the next member unpacks what was not read of this one, as in a compressed tar.
  package private(set) var unpacksToSkip = false
  /// What is wrong with the bytes that were given last.
  private var failure: ArchiveError?

  /// Opens an archive.
  ///
  /// - Parameters:
  ///   - descriptor: A readable, seekable file at its start; the caller keeps it open while the
  ///     reader lives.
  ///   - acceptsPlainContent: Whether what a compressed file holds may be anything: what is no tar
  ///     then comes as one member.
  ///   - passphrase: Opens encrypted members of a zip.
  /// - Throws: `ArchiveError` with `.notAnArchive`.
  package init(
    descriptor: Int32, acceptsPlainContent: Bool = false, passphrase: String? = nil
  ) throws(ArchiveError) {
    guard let handle = unsafe archive_read_new() else { throw ArchiveError.outOfMemory }
    unsafe archive_read_support_filter_gzip(handle)
    unsafe archive_read_support_filter_zstd(handle)
    unsafe archive_read_support_filter_bzip2(handle)
    unsafe archive_read_support_filter_xz(handle)
    unsafe archive_read_support_format_zip(handle)
    unsafe archive_read_support_format_tar(handle)
    if acceptsPlainContent { unsafe archive_read_support_format_raw(handle) }
    if let passphrase { unsafe archive_read_add_passphrase(handle, passphrase) }
    guard unsafe archive_read_open_fd(handle, descriptor, 1 << 17) == ARCHIVE_OK else {
      let error = unsafe readError(handle, .notAnArchive)
      unsafe archive_read_free(handle)
      throw error
    }
    unsafe archive = handle
  }

  deinit {
    unsafe archive_read_free(archive)
  }

  /// Whether the current member is the whole content of a compressed file, which has no name.
  package var isPlainContent: Bool {
    unsafe archive_format(archive) & ARCHIVE_FORMAT_BASE_MASK == ARCHIVE_FORMAT_RAW
  }

  /// Goes to the next member; nil after the last.
  ///
  /// - Throws: `ArchiveError` with `.damaged`: nothing after that can be read.
  package func next() throws(ArchiveError) -> ArchiveMember? {
    offset = 0
    held = nil
    failure = nil
    var entry: OpaquePointer?
    let (status, path) = ArchiveLocale.withUTF8 { () -> (Int32, String?) in
      let status = unsafe archive_read_next_header(archive, &entry)
      return (status, unsafe entry.flatMap { unsafe memberPath($0) })
    }
    if status == ARCHIVE_EOF { return nil }
    // A warning is about the name or an attribute; the member itself can be read.
    guard status == ARCHIVE_OK || status == ARCHIVE_WARN, let entry = unsafe entry else {
      throw unsafe readError(archive, .damaged)
    }
    // A member of a zip without a size tells it behind its bytes.
    unsafe unpacksToSkip =
      archive_filter_code(archive, 0) != ARCHIVE_FILTER_NONE
      || archive_entry_size_is_set(entry) == 0
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
  /// The library tells of a wrong size or checksum together with the last bytes; they are given
  /// first, and the next call throws.
  ///
  /// - Returns: The bytes.
  /// - Throws: `ArchiveError` with `.damaged` for wrong sizes, checksums and broken streams.
  package func read() throws(ArchiveError) -> ArraySlice<UInt8> {
    while true {
      if let held {
        if held.offset > offset { return fillHole(to: held.offset) }
        self.held = nil
        offset += Int64(held.bytes.count)
        if !held.bytes.isEmpty { return held.bytes[...] }
      }
      if let failure { throw failure }
      var start: UnsafeRawPointer?
      var count = 0
      var place: Int64 = 0
      let status = unsafe archive_read_data_block(archive, &start, &count, &place)
      if status == ARCHIVE_EOF {
        if place > offset { return fillHole(to: place) }
        return []
      }
      if status != ARCHIVE_OK { failure = unsafe readError(archive, .damaged) }
      guard status == ARCHIVE_OK || status == ARCHIVE_WARN else { continue }
      held = unsafe (place, Array(UnsafeRawBufferPointer(start: start, count: count)))
    }
  }

  private func fillHole(to end: Int64) -> ArraySlice<UInt8> {
    let count = Int(min(end - offset, Int64(ArchiveReader.holeByteCount)))
    offset += Int64(count)
    return [UInt8](repeating: 0, count: count)[...]
  }
}

/// The name of a member, as text if it is UTF-8, else with its wrong bytes replaced.
private func memberPath(_ entry: OpaquePointer) -> String? {
  unsafe archive_entry_pathname_utf8(entry).map { unsafe String(cString: $0) }
    ?? archive_entry_pathname(entry).map { unsafe String(cString: $0) }
}

private func readError(_ archive: OpaquePointer, _ code: ArchiveError.Code) -> ArchiveError {
  let text = unsafe archive_error_string(archive).map { unsafe String(cString: $0) }
  let what =
    code == .notAnArchive ? "this is no archive that can be read" : "the archive is damaged"
  return ArchiveError(code: code, message: text.map { what + ": " + $0 } ?? what)
}
