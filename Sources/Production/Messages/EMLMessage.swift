// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// A slice as one mail message: transcript as text and as HTML, files attached
/// (export-formats section 7.1).
enum EMLMessage {
  /// The message, with CRLF line ends and no line longer than 998 bytes.
  ///
  /// - Parameters:
  ///   - message: The slice.
  ///   - page: Its HTML transcript.
  /// - Returns: RFC 5322 and MIME.
  static func bytes(_ message: SliceMessage, page: [UInt8]) -> [UInt8] {
    let order = message.moments.indices.sorted {
      (message.moments[$0].instant, $0) < (message.moments[$1].instant, $1)
    }
    let first = order.first ?? 0
    let sender = message.participant(message.plan.unit.items[message.events[first].index])
    var header = MailHeader(.words)
    header.add("From", addresses: [(sender.display, sender.mailAddress)])
    header.add("To", addresses: message.participants.map { ($0.display, $0.mailAddress) })
    header.add("Subject", text: message.subject)
    let moment = message.moments[first]
    header.add("Date", MailHeader.date(moment.instant))
    header.add("Message-ID", message.messageID)
    if let last = message.references.last { header.add("In-Reply-To", last) }
    header.add("References", ids: message.references)
    header.add("X-Control-Number", message.number)
    header.add("X-Source-SHA256", message.sourceSHA256)
    header.add(message.designation, in: .mail)
    if !moment.isTold { header.add("X-Date-Source", "not told by the source for this message") }
    header.add("MIME-Version", "1.0")

    let text = MailPart.base64(
      [("Content-Type", "text/plain; charset=utf-8")], message.transcript.span)
    let html = MailPart.base64([("Content-Type", "text/html; charset=utf-8")], page.span)
    // From the content, so that the same message has the same boundaries.
    let seed = SHA256Digest(of: text.span).hexadecimal.prefix(32)
    let inner = "alternative-" + seed
    let outer = "mixed-" + seed
    var alternative = Array(
      "Content-Type: multipart/alternative;\r\n boundary=\"\(inner)\"\r\n\r\n".utf8)
    alternative += MailPart.multipart([text, html], boundary: inner)
    let parts = [alternative] + message.files.map(attachment)
    header.add("Content-Type", "multipart/mixed;\r\n boundary=\"\(outer)\"")
    var bytes = header.bytes
    bytes.append("\r\n")
    bytes += MailPart.multipart(parts, boundary: outer)
    return bytes
  }

  private static func attachment(_ file: SliceMessage.File) -> [UInt8] {
    // What the capture holds of a file is text; what a mail program would run is never named so.
    let isText = ["txt", "md"].contains(file.nativeExtension) || namedSheet(file) != nil
    return MailPart.base64(
      [
        ("Content-Type", isText ? "text/plain; charset=utf-8" : "application/octet-stream"),
        ("X-Control-Number", file.number),
        (
          "Content-Disposition",
          MailPart.attachment(name(of: file), plain: file.number + "." + plainExtension(file))
        ),
      ], (isEmpty(file) ? [] : file.bytes).span)
  }

  // A long name is cut before its ending, which says what the attachment is.
  private static func name(of file: SliceMessage.File) -> String {
    var stem = file.file.name.isEmpty ? "unnamed" : file.file.name
    let ending = file.file.fileExtension
    if namedSheet(file) == nil, !ending.isEmpty,
      (file.nativeExtension + ".").hasPrefix(ending + ".")
    {
      stem = String(stem.dropLast(ending.count + 1))
    }
    return limited(headerLine(stem), 200) + "." + plainExtension(file)
  }

  private static func plainExtension(_ file: SliceMessage.File) -> String {
    namedSheet(file).map { $0 + ".txt" } ?? file.nativeExtension
  }

  private static func isEmpty(_ file: SliceMessage.File) -> Bool {
    file.sheet == ExceptionCode.zeroByte.rawValue
  }

  // A mail can carry a file without bytes, so that needs no sheet.
  private static func namedSheet(_ file: SliceMessage.File) -> String? {
    isEmpty(file) ? nil : file.sheet
  }
}
