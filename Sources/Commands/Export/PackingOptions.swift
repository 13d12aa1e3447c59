// SPDX-License-Identifier: Apache-2.0
import Actions
package import ArgumentParser
import Production

/// How a volume is packed, as the command line names it.
package enum PackageName: String, CaseIterable, ExpressibleByArgument, Sendable {
  case folder
  case zip
  case tarZstandard = "tar.zst"
  case bagit
}

/// How the members of a zip are kept.
package enum ZipCompressionName: String, CaseIterable, ExpressibleByArgument, Sendable {
  case store
  case deflate
}

/// How volumes are packed and cut.
package struct PackingOptions: ParsableArguments {
  @Option(help: "How it is packed; without it, as the output's ending says.")
  package var package: PackageName?
  @Option(
    help: """
      How a zip keeps its files: store gives the same bytes on any machine and is several times \
      faster; deflate makes it about a quarter of the size.
      """)
  package var zipCompression: ZipCompressionName?
  @Flag(
    help: """
      Encrypt the files of a zip with AES-256; names and sizes stay readable, and the bytes differ \
      from run to run.
      """)
  package var encrypt = false
  @Option(
    help: ArgumentHelp(
      """
      The file whose first line is the passphrase, readable by nobody else; without it the \
      terminal is asked.
      """, valueName: "file"), completion: .file())
  package var passphraseFile: String?
  @Option(
    help: ArgumentHelp(
      "The most documents in a volume; more go to VOL002 and on, families whole.",
      valueName: "count"))
  package var maxDocuments = VolumeOptions.defaultMaximumDocumentCount

  package init() {}

  /// The package for an output.
  func package(of output: String) -> VolumePackage {
    let name =
      package
      ?? (output.hasSuffix(".zip") ? .zip : output.hasSuffix(".tar.zst") ? .tarZstandard : .folder)
    switch name {
    case .folder: return .folder
    case .bagit: return .bagit
    case .zip: return .zip(zipCompression == .deflate ? .deflate(level: 6) : .store)
    case .tarZstandard: return .tarZstandard(level: 3)
    }
  }

  /// Refuses what does not go together.
  func check(output: String) throws {
    var isZip = false
    if case .zip = package(of: output) { isZip = true }
    if !isZip, zipCompression != nil || encrypt {
      throw ValidationError("--zip-compression and --encrypt are for a zip")
    }
    if passphraseFile != nil, !encrypt {
      throw ValidationError("--passphrase-file goes with --encrypt")
    }
    if maxDocuments < 1 { throw ValidationError("--max-documents must be 1 or more") }
  }

  /// The passphrase; nil where nothing is encrypted.
  func passphrase(noInput: Bool) throws -> String? {
    guard encrypt else { return nil }
    let passphrase =
      try passphraseFile.map { try Passphrase.read($0) }
      ?? Passphrase.ask(isNew: true, noInput: noInput)
    try Passphrase.requireLength(passphrase)
    return passphrase
  }
}
