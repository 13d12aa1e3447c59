// SPDX-License-Identifier: Apache-2.0
import Bytes
import Crypto

/// Makes a bag of a folder whose payload lies in `data` (RFC 8493; export-formats section 9.1).
final class BagWriter {
  /// The declaration, byte for byte.
  static let declaration = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"

  /// The files beside the payload.
  static let tagFiles = [
    "bag-info.txt", "bagit.txt", "manifest-sha256.txt", "manifest-sha512.txt",
    "tagmanifest-sha256.txt",
  ]

  private let options: VolumeOptions
  private let volumeName: String
  // By path inside the payload, 64 bytes each.
  private var digests: [String: [UInt8]] = [:]

  init(_ options: VolumeOptions, volumeName: String) {
    self.options = options
    self.volumeName = volumeName
  }

  /// Takes in a file of the payload that lies in memory.
  func note(_ path: String, _ bytes: Span<UInt8>) {
    var hasher = SHA512()
    unsafe bytes.withUnsafeBytes { unsafe hasher.update(bufferPointer: $0) }
    digests[path] = Array(hasher.finalize())
  }

  /// Writes the tag files.
  ///
  /// - Parameters:
  ///   - files: The payload, sorted by the bytes of the paths.
  ///   - folder: The bag.
  /// - Throws: `ProductionError` with `.fileSystem`.
  func finish(_ files: [StagedFile], in folder: String) throws {
    var sha256 = ""
    var sha512 = ""
    for file in files {
      sha256 += file.digests.sha256 + "  data/" + file.path + "\n"
      sha512 += try digest(of: file).hexadecimal + "  data/" + file.path + "\n"
    }
    let tags = [
      ("bag-info.txt", info(files)), ("bagit.txt", BagWriter.declaration),
      ("manifest-sha256.txt", sha256), ("manifest-sha512.txt", sha512),
    ]
    var tagList = ""
    for (name, text) in tags {
      try write(text, as: folder + "/" + name)
      tagList += SHA256Digest(of: text).hexadecimal + "  " + name + "\n"
    }
    try write(tagList, as: folder + "/tagmanifest-sha256.txt")
  }

  private func info(_ files: [StagedFile]) -> String {
    let byteCount = files.reduce(0) { $0 + $1.byteCount }
    var text = ""
    func line(_ label: String, _ value: String) {
      let value = limited(headerLine(value), 900)
      if !value.isEmpty { text += label + ": " + value + "\n" }
    }
    line("Source-Organization", options.scope.producingParty)
    line("External-Description", "Production volume " + volumeName)
    line("Bagging-Date", options.date.isoText)
    line("External-Identifier", volumeName)
    line("Payload-Oxum", String(byteCount) + "." + String(files.count))
    line("Bag-Size", String(byteCount) + " bytes")
    line("Bag-Group-Identifier", options.scope.matter)
    line("X-Software", options.tool.name + " " + options.tool.version)
    return text
  }

  private func digest(of file: StagedFile) throws -> [UInt8] {
    if let digest = digests[file.path] { return digest }
    let input = try InputFile(file.container)
    var hasher = SHA512()
    try input.forEachPiece(from: file.offset, byteCount: file.byteCount) { piece in
      unsafe piece.withUnsafeBytes { unsafe hasher.update(bufferPointer: $0) }
    }
    return Array(hasher.finalize())
  }

  private func write(_ text: String, as path: String) throws {
    let output = try OutputFile(creating: path, hashing: .none)
    try output.write(text.utf8.span)
    try output.close()
  }
}
