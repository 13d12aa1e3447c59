// SPDX-License-Identifier: Apache-2.0

/// The containers that can be written.
package enum ArchiveWritingFormat: Sendable, Hashable {
  /// A zip whose members are stored as they are: the same bytes with every build of zlib.
  case zipStored
  /// A zip with deflated members, level 1 to 9; the bytes follow the build of zlib.
  case zipDeflated(level: Int)
  /// A pax tar within a Zstandard frame, level 1 to 19; the bytes follow the build of libzstd.
  case tarZstandard(level: Int)

  var isZip: Bool {
    switch self {
    case .zipStored, .zipDeflated: true
    case .tarZstandard: false
    }
  }

  /// The level of deflate; nil where nothing is deflated.
  package var deflateLevel: Int? {
    switch self {
    case .zipDeflated(let level): level
    case .zipStored, .tarZstandard: nil
    }
  }
}

/// Takes an archive's bytes in order as they are made.
package protocol ArchiveReceiver: AnyObject {
  /// Takes the next bytes.
  func receive(_ bytes: Span<UInt8>) throws
}

/// Writes an archive of regular files such that the bytes depend on names, contents and format
/// alone: no times, owners or modes (export-formats section 9.3).
package struct ArchiveWriter: ~Copyable {
  private enum Engine {
    case zip(ZipWriter)
    /// Everything else, and what is encrypted.
    case library(LibraryWriter)
  }

  private let engine: Engine

  /// Opens a writer that hands its bytes to a receiver.
  ///
  /// - Parameters:
  ///   - format: The container.
  ///   - receiver: Gets the archive's bytes in order, before ``finish()`` returns.
  ///   - passphrase: Encrypts the members of a zip with AES-256 (WinZip AE-2); names and sizes stay
  ///     readable, and the bytes differ from run to run. Nil encrypts nothing.
  /// - Throws: `ArchiveError` when the library refuses the format, its level or a passphrase.
  package init(
    format: ArchiveWritingFormat, receiver: any ArchiveReceiver, passphrase: String? = nil
  ) throws {
    engine =
      format.isZip && passphrase == nil
      ? .zip(try ZipWriter(level: format.deflateLevel, receiver: receiver))
      : .library(try LibraryWriter(format: format, receiver: receiver, passphrase: passphrase))
  }

  /// Whether members of an archive may come packed.
  package static func takesPacked(_ format: ArchiveWritingFormat, passphrase: String?) -> Bool {
    format.isZip && passphrase == nil
  }

  /// Begins a member; exactly `byteCount` bytes must follow.
  ///
  /// - Parameters:
  ///   - path: The member's name, ASCII, with `/` between folders.
  ///   - byteCount: The member's size.
  /// - Throws: `ArchiveError`, or what the receiver threw.
  package mutating func beginFile(path: String, byteCount: Int64) throws {
    switch engine {
    case .zip(let writer): try writer.beginFile(path: path, byteCount: byteCount)
    case .library(let writer): try writer.beginFile(path: path, byteCount: byteCount)
    }
  }

  /// Begins a member that was packed before: deflated as the format has it, or as it is.
  ///
  /// - Parameters:
  ///   - path: The member's name, ASCII, with `/` between folders.
  ///   - byteCount: The member's size.
  ///   - packed: Size and checksum of the packed bytes, which must follow.
  /// - Throws: `ArchiveError`, or what the receiver threw.
  package mutating func beginPackedFile(
    path: String, byteCount: Int64, packed: PackedSize
  ) throws {
    guard case .zip(let writer) = engine else {
      throw ArchiveError(code: .writeFailed, message: "the archive takes no packed members")
    }
    try writer.beginFile(path: path, byteCount: byteCount, packed: packed)
  }

  /// Adds bytes to the member begun last.
  package mutating func write(_ bytes: Span<UInt8>) throws {
    switch engine {
    case .zip(let writer): try writer.write(bytes)
    case .library(let writer): try writer.write(bytes)
    }
  }

  /// Ends the archive and hands its last bytes to the receiver.
  package mutating func finish() throws {
    switch engine {
    case .zip(let writer): try writer.finish()
    case .library(let writer): try writer.finish()
    }
  }
}
