// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import Model
import Production

/// Lets an authority state when a volume was there; needs no store and no network.
struct ExportStamp: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stamp",
    abstract: "Let an authority state that a volume was there at a time; no store is needed.",
    discussion: discussion(
      """
      With --request writes a request for a time stamp (RFC 3161) about the volume's SHA256SUMS, a few \
      bytes to be sent to an authority by hand or by a service; nothing is sent from here, and the \
      authority learns a digest alone. With --reply takes what came back, after a look that it grants \
      a time for this volume, and keeps it: in MANIFEST of a folder, else beside the archive or bag, \
      where export verify and openssl ts find it. A reply that is kept already is never overwritten \
      without --force.
      """,
      examples: ["custody export stamp VOL001.zip --request VOL001.tsq"],
      statuses: [.notFound, .exists, .damaged, .secret, .storage]))

  @Argument(help: "The volume.", completion: .file()) var volume: String
  @Option(
    help: ArgumentHelp("Write the request to this file.", valueName: "file"),
    completion: .file())
  var request: String?
  @Option(
    help: ArgumentHelp("Keep the authority's reply in this file.", valueName: "file"),
    completion: .file())
  var reply: String?
  @Option(
    help: ArgumentHelp(
      "Keep the certificates between the authority and its root as well, in PEM.",
      valueName: "file"), completion: .file())
  var chain: String?
  @Option(
    help: ArgumentHelp(
      "The file whose first line opens an encrypted zip; without it the terminal is asked.",
      valueName: "file"), completion: .file())
  var passphraseFile: String?
  @Flag(help: "Overwrite the file.") var force = false
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func validate() throws {
    guard (request == nil) != (reply == nil) else {
      throw ValidationError("give either --request FILE or --reply FILE")
    }
    guard chain == nil || reply != nil else {
      throw ValidationError("--chain comes with --reply")
    }
  }

  func run() throws {
    let settings = try global.output()
    guard FileManager.default.fileExists(atPath: volume) else {
      throw CommandFailure(.notFound, "there is no volume '\(volume)'", objects: [volume])
    }
    let list = try list()
    if let request {
      try write(TimeStampRequest.make(for: list), to: request)
      settings.note(
        "wrote the request to \(request); send it to an authority, and keep its reply by "
          + "custody export stamp --reply")
    } else if let reply {
      try keep(reply, about: list, settings)
    }
  }

  private func list() throws -> [UInt8] {
    let passphrase = try passphraseFile.map { try Passphrase.read($0) }
    do {
      return try TimeStampFiles.list(of: volume, passphrase: passphrase)
    } catch let error as ProductionError where error.code == .encrypted {
      guard passphrase == nil else { throw Passphrase.refusal(volume) }
      return try TimeStampFiles.list(
        of: volume, passphrase: try Passphrase.ask(isNew: false, noInput: global.noInput))
    }
  }

  private func keep(_ path: String, about list: [UInt8], _ settings: OutputSettings) throws {
    let stamp: TimeStampReply
    do {
      stamp = try TimeStampReply(contentsOf: path, about: list)
    } catch let flaw as TimeStampReply.Flaw {
      throw CommandFailure(
        .damaged, "'\(path)' is no time stamp of the volume", why: flaw.description,
        whatToDo: "send the request of custody export stamp --request to the authority again",
        objects: [path])
    }
    let places = TimeStampFiles(volume: volume)
    // The reply last: without it the chain says nothing.
    if let chain {
      let certificates = try bytes(of: chain)
      guard certificates.range(of: Data("-----BEGIN CERTIFICATE-----".utf8)) != nil else {
        throw CommandFailure(
          .damaged, "'\(chain)' holds no certificate in PEM", objects: [chain])
      }
      try write(Array(certificates), to: places.chain)
    }
    try write(Array(try bytes(of: path)), to: places.reply)
    settings.note("kept in \(places.reply): \(stamp.time), as the authority states")
  }

  private func bytes(of path: String) throws -> Data {
    do {
      return try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw CommandFailure(
        .storage, "cannot read '\(path)'", why: error.localizedDescription, objects: [path])
    }
  }

  private func write(_ bytes: [UInt8], to path: String) throws {
    let file = try OutputFile(path, replaces: force)
    try file.write(bytes)
    try file.finish()
  }
}
