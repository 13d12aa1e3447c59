// SPDX-License-Identifier: Apache-2.0
import Archives
import Bytes
import Model

/// A slice as a short message file (export-formats sections 3.1 and 3.2).
enum RSMFMessage {
  /// The file: a mail message with the transcript as its text and one zip attached.
  ///
  /// - Parameters:
  ///   - message: The slice.
  ///   - version: Which version of the format.
  ///   - tool: The program that writes.
  ///   - maximumZipByteCount: How much the zip may hold.
  /// - Returns: RFC 5322 and MIME, CRLF line ends.
  /// - Throws: `ArchiveError` when the zip cannot be made.
  static func bytes(
    _ message: SliceMessage, version: RSMFVersion, tool: ToolIdentity,
    maximumZipByteCount: Int = RSMFManifest.maximumZipByteCount
  ) throws -> [UInt8] {
    let manifest = RSMFManifest(message, version: version, maximumByteCount: maximumZipByteCount)
    let zip = try zip(manifest)
    let text = MailPart.base64(
      [("Content-Type", "text/plain; charset=utf-8")], message.transcript.span)
    let attachment = MailPart.base64(
      [
        ("Content-Type", "application/zip; name=\"rsmf.zip\""),
        ("Content-Disposition", "attachment; filename=\"rsmf.zip\""),
      ], zip.span)
    let boundary = "rsmf-" + SHA256Digest(of: zip.span).hexadecimal.prefix(32)
    var header = header(message, manifest, version: version, tool: tool)
    header.add("Content-Type", "multipart/mixed;\r\n boundary=\"\(boundary)\"")
    var bytes = header.bytes
    bytes.append("\r\n")
    bytes += MailPart.multipart([text, attachment], boundary: boundary)
    return bytes
  }

  private static func header(
    _ message: SliceMessage, _ manifest: RSMFManifest, version: RSMFVersion, tool: ToolIdentity
  ) -> MailHeader {
    let plan = message.plan
    let order = message.moments.indices.min {
      (message.moments[$0].instant, $0) < (message.moments[$1].instant, $1)
    }
    let sender =
      order.map { message.participant(plan.unit.items[message.events[$0].index]) }
      ?? message.participants[0]
    let names = message.participants.map { RSMFManifest.display($0.display) }
    var header = MailHeader(.raw)
    header.add("From", addresses: [(RSMFManifest.display(sender.display), sender.mailAddress)])
    header.add("To", addresses: Swift.zip(names, message.participants).map { ($0, $1.mailAddress) })
    header.add("Subject", text: message.subject)
    header.add(
      "Date", MailHeader.date(order.map { message.moments[$0].instant } ?? Instant(ticks: 0)))
    header.add("Message-ID", message.messageID)
    header.add("MIME-Version", "1.0")
    header.add("X-RSMF-Version", version.rawValue)
    header.add("X-RSMF-Generator", text: tool.name + "/" + tool.version)
    header.add("X-RSMF-BeginDate", manifest.begin)
    header.add("X-RSMF-EndDate", manifest.end)
    header.add("X-RSMF-EventCount", String(message.events.count))
    if version == .two {
      header.add("X-RSMF-Application", text: manifest.platform)
      header.add("X-RSMF-Custodian", text: names[0])
      // Names are parted by commas there; one with a comma in it would never match the manifest.
      let list = names.joined(separator: ", ")
      if !names.contains(where: { $0.contains(",") }), list.utf8.count < 900 {
        header.add("X-RSMF-Participants", text: list)
      }
      header.add("X-RSMF-AttachmentCount", String(manifest.attachmentCount))
      header.add("X-RSMF-EventCollectionID", text: manifest.conversationID)
    }
    header.add("X-RSMF-SourceSHA256", message.sourceSHA256)
    header.add("X-RSMF-Slice", text: plan.slice.id)
    header.add("X-RSMF-Part", "\(plan.slice.part) of \(plan.slice.partCount)")
    header.add("X-RSMF-ControlNumber", message.number)
    header.add("X-RSMF-ToolVersion", text: tool.version)
    header.add(message.designation, in: .shortMessage)
    return header
  }

  // Stored, not deflated: the same bytes with every build of zlib.
  private static func zip(_ manifest: RSMFManifest) throws -> [UInt8] {
    let receiver = MemoryReceiver()
    var writer = try ArchiveWriter(format: .zipStored, receiver: receiver)
    let json = RSMFManifest.Member(
      name: "rsmf_manifest.json", bytes: Array(manifest.value.canonical.utf8))
    for member in [json] + manifest.members {
      try writer.beginFile(path: member.name, byteCount: Int64(member.bytes.count))
      try writer.write(member.bytes.span)
    }
    try writer.finish()
    return receiver.bytes
  }
}

/// Keeps an archive in memory.
private final class MemoryReceiver: ArchiveReceiver {
  private(set) var bytes: [UInt8] = []

  func receive(_ bytes: Span<UInt8>) {
    self.bytes.append(bytes)
  }
}
