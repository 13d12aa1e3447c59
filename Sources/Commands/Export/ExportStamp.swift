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
    help: ArgumentHelp("Write the request to this file; - is standard output.", valueName: "file"),
    completion: .file())
  var request: String?
  @Option(
    help: ArgumentHelp(
      "Keep the authority's reply in this file; - is standard input.", valueName: "file"),
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
      try ask(request, about: list, settings)
    } else if let reply {
      try keep(reply, about: list, settings)
    }
  }

  private func ask(_ path: String, about list: [UInt8], _ settings: OutputSettings) throws {
    let bytes = TimeStampRequest.make(for: list)
    guard path != "-" else {
      guard !settings.console.outputIsTerminal else {
        throw CommandFailure.usage(
          "a request is no text, and standard output is a terminal", whatToDo: "name a file")
      }
      try settings.console.output.write(bytes)
      return try settings.console.output.flush()
    }
    let file = try OutputFile(path, replaces: force)
    try file.write(bytes)
    try file.finish()
    try settings.print(
      DisplayedStamp(volume: volume, request: path), schema: Self.schemaName)
    settings.note("send it to an authority, and keep its reply by custody export stamp --reply")
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
    let reply = try readBytes(path, option: "--reply")
    let stamp: TimeStampReply
    do {
      stamp = try TimeStampReply(reply, about: list)
    } catch {
      throw CommandFailure(
        .damaged, "'\(path)' is no time stamp of the volume", why: error.description,
        whatToDo: "send the request of custody export stamp --request to the authority again",
        objects: [path])
    }
    let certificates = try chain.map { try readBytes($0, option: "--chain") }
    if let chain, let certificates,
      Data(certificates).range(of: Data("-----BEGIN CERTIFICATE-----".utf8)) == nil
    {
      throw CommandFailure(
        .damaged, "'\(chain)' holds no certificate in PEM",
        whatToDo: "ask the authority for its chain in PEM", objects: [chain])
    }
    let places = TimeStampFiles(volume: volume)
    // Both can be written, or neither is; the reply last, without which the chain says nothing.
    let kept = try OutputFile(places.reply, replaces: force)
    if let certificates {
      let file = try OutputFile(places.chain, replaces: force)
      try file.write(certificates)
      try file.finish()
    }
    try kept.write(reply)
    try kept.finish()
    try settings.print(
      DisplayedStamp(
        volume: volume, reply: places.reply, chain: certificates == nil ? "" : places.chain,
        time: stamp.time), schema: Self.schemaName)
  }
}

/// What was written of a time stamp.
private struct DisplayedStamp: Displayable {
  static let recordType = "stamp"
  static let plural = "stamps"

  var volume: String
  var request = ""
  var reply = ""
  var chain = ""
  /// As the authority states.
  var time: Instant?

  var identifier: String { request.isEmpty ? reply : request }

  static let fields: [Field<DisplayedStamp>] = [
    Field("volume", heading: "volume") { .text($0.volume) },
    Field("request", heading: "request") { .text($0.request) },
    Field("reply", heading: "reply") { .text($0.reply) },
    Field("chain", heading: "chain") { .text($0.chain) },
    Field("stamped_at", heading: "stamped at") { FieldValue($0.time) },
  ]
}
