// SPDX-License-Identifier: Apache-2.0
import Archives
import Bytes
import Foundation
import Glibc
import Model

/// Checks the bytes of an archive outside its members: headers, directories, padding, what follows.
struct ContainerCheck {
  private let path: String
  private let sidecar: String
  /// Whether a `.sha256` file lies beside the archive; without one there is nothing to compare its
  /// own digest with.
  let hasSidecar: Bool

  init(_ path: String) {
    self.path = path
    sidecar = path + ".sha256"
    hasSidecar = exists(sidecar)
  }

  func run(
    _ contents: VolumeContents, manifest: JSONValue?, report: inout VerificationReport
  ) throws {
    guard hasSidecar else {
      // With damaged members there is nothing to compare with, and it is reported anyway.
      if report.problems.allSatisfy({ $0.code == .otherSigner }), !contents.hasEncryptedMembers {
        try ContainerCheck.compareWithRewritten(path, contents, manifest, &report)
      }
      return
    }
    report.hasContainerDigest = true
    guard let (listed, name) = try ContainerCheck.line(in: sidecar) else {
      report.note(.malformed, sidecar, "it is no line of SHA-256 and name")
      return
    }
    // The archive may have another name now; in the file stands the one that it was written under.
    if let volume = manifest?["volume"]?.stringValue,
      let package = manifest?["options"]?["package"]?.stringValue,
      let written = VolumePackage(description: package), name != volume + written.fileExtension
    {
      report.note(.inconsistent, sidecar, "it is about \(name)")
    }
    guard let found = contents.containerDigest?.hexadecimal else { return }
    if found != listed {
      report.note(.containerChanged, path, "SHA-256 \(found), the file beside it says \(listed)")
    }
  }

  /// What a `.sha256` file beside an archive says; nil where it is no such line.
  static func line(
    in sidecar: String
  ) throws -> (digest: String, name: String)? {
    let input = try InputFile(sidecar)
    let count = try input.byteCount()
    guard (68...4096).contains(count) else { return nil }
    var bytes: [UInt8] = []
    try input.forEachPiece(byteCount: count) { bytes.append($0) }
    let text = String(decoding: bytes, as: UTF8.self)
    let digits = text.prefix(64)
    guard text.hasSuffix("\n"), text.dropFirst(64).hasPrefix("  "),
      SHA256Digest(hexadecimal: digits)?.hexadecimal == String(digits)
    else { return nil }
    return (String(digits), String(text.dropFirst(66).dropLast()))
  }

  // The bytes of an archive follow from its members: write it again and compare as they come.
  private static func compareWithRewritten(
    _ path: String, _ contents: VolumeContents, _ manifest: JSONValue?,
    _ report: inout VerificationReport
  ) throws {
    guard let text = manifest?["options"]?["package"]?.stringValue,
      let format = VolumePackage(description: text)?.archiveFormat
    else {
      report.note(
        .containerChanged, path,
        "the volume was not written as an archive, and no .sha256 file lies beside it")
      return
    }
    let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw fileError("open", path) }
    defer { Glibc.close(descriptor) }
    let comparison = ByteComparison(try InputFile(path))
    do {
      let reader = try ArchiveReader(descriptor: descriptor)
      var writer = try ArchiveWriter(format: format, receiver: comparison)
      while let member = try reader.next() {
        // Every member is a file of the volume, or the report would not be empty.
        guard let name = member.path,
          let entry = contents.entries[VolumeContents.pathInVolume(name)]
        else { break }
        try writer.beginFile(path: name, byteCount: entry.byteCount)
        while true {
          let piece = try reader.read()
          guard !piece.isEmpty else { break }
          try writer.write(piece.span)
        }
      }
      try writer.finish()
      try comparison.finish()
    } catch let difference as ByteComparison.Difference {
      report.note(
        .containerChanged, path,
        "byte \(difference.offset) and on are not what this program writes for these files, and "
          + "no .sha256 file lies beside it")
    } catch {
      report.note(.unreadable, path, "\(error)")
    }
  }
}

/// Compares bytes as they come with those of a file.
private final class ByteComparison: ArchiveReceiver {
  /// Where the two part, from 0.
  struct Difference: Error {
    var offset: Int64
  }

  private let input: InputFile
  private var offset: Int64 = 0
  private var buffer: [UInt8] = []

  init(_ input: InputFile) {
    self.input = input
  }

  func receive(_ bytes: Span<UInt8>) throws {
    let count = try input.read(into: &buffer, at: offset, count: bytes.count)
    let found = buffer
    for index in 0..<count where found[index] != bytes[index] {
      throw Difference(offset: offset + Int64(index))
    }
    guard count == bytes.count else { throw Difference(offset: offset + Int64(count)) }
    offset += Int64(count)
  }

  func finish() throws {
    guard try input.byteCount() == offset else { throw Difference(offset: offset) }
  }
}
