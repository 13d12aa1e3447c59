// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import Model

/// A child of a family with its number and digests.
struct ChildDocument: Sendable {
  let child: FamilyPlan.Child
  /// As renderings show it.
  let file: CapturedFile
  let number: Int
  /// The position in the volume, from 0.
  let position: Int
  /// The file's bytes as captured; nil where the capture has no more than its text.
  let content: [UInt8]?
  /// Of the content as captured; nil when the capture lacks it.
  let digests: FileDigests?
  /// Size of the content as captured, in bytes.
  let byteCount: Int

  init(
    child: FamilyPlan.Child, file: CapturedFile, source: CapturedFile, number: Int, position: Int
  ) throws {
    self.child = child
    self.file = file
    self.number = number
    self.position = position
    content = try source.capturedContent()
    byteCount = content?.count ?? source.text?.utf8.count ?? 0
    digests =
      content.map { FileDigests(of: $0.span, withSHA1: true) }
      ?? source.text.map { FileDigests(of: $0.utf8.span, withSHA1: true) }
  }

  /// The extension of the native file.
  var nativeExtension: String {
    content == nil ? textExtension(of: file) : capturedExtension(of: file)
  }

  /// What the document lacks; nil where it is whole.
  var lack: ExceptionCode? {
    if content?.isEmpty ?? file.text?.isEmpty ?? false { return .zeroByte }
    return file.lack.map { ExceptionCode($0) }
  }

  var type: RecordType { file.kind == .attachment ? .attachment : .artifact }
}

/// The extension of a file whose bytes were captured: its own, where it is one of documents and
/// pictures, so that nothing that a double click would run is named so.
private func capturedExtension(of file: CapturedFile) -> String {
  // A browser runs the scripts of an XML file that calls itself a page.
  if file.fileExtension == "xml" { return "xml.txt" }
  return documentExtensions.contains(file.fileExtension) ? file.fileExtension : "bin"
}

private let documentExtensions: Set<String> = [
  "bmp", "csv", "doc", "docx", "eml", "gif", "gz", "jpeg", "jpg", "json", "md", "mbox", "odp",
  "ods",
  "odt", "pdf", "png", "ppt", "pptx", "rtf", "tar", "tif", "tiff", "tsv", "txt", "webp", "xls",
  "xlsx", "zip",
]

extension CapturedFile {
  /// The bytes as captured, from the record or the store.
  ///
  /// - Returns: Nil where they are not here.
  /// - Throws: `ProductionError` with `.invalidSource` when they are not those that were captured.
  fileprivate func capturedContent() throws -> [UInt8]? {
    guard let digests = reading?.digests else { return nil }
    guard
      let bytes = content
        ?? contentPath.flatMap({ try? [UInt8](Data(contentsOf: URL(fileURLWithPath: $0))) }),
      SHA256Digest(of: bytes.span).bytes == digests.sha256Bytes
    else {
      throw ProductionError(
        .invalidSource,
        "the bytes of the file \(nativeID ?? name) are not those that were captured; run custody "
          + "verify"
      )
    }
    return bytes
  }
}

/// The extension of a child's native file that is a text.
///
/// Of an artifact by its type, of an upload `txt`, since what a capture holds of it is its extracted
/// text. What a browser or a double click would run is named as the text that it is.
private func textExtension(of file: CapturedFile) -> String {
  guard file.kind != .attachment else { return "txt" }
  switch file.type {
  case "text/markdown": return "md"
  case "text/html": return "html.txt"
  case "image/svg+xml": return "svg.txt"
  case "application/vnd.ant.mermaid": return "mmd"
  case "application/vnd.ant.react": return "jsx.txt"
  default: return "txt"
  }
}

/// The media type at the source; the source's word for it where that is none, looked up by
/// extension; empty when unknown.
func mediaType(of file: CapturedFile) -> String {
  if file.type.contains("/") { return file.type }
  let key = file.type.isEmpty ? file.fileExtension : file.type.lowercased()
  return mediaTypes[key] ?? ""
}

private let mediaTypes = [
  "csv": "text/csv",
  "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  "gif": "image/gif",
  "html": "text/html",
  "jpeg": "image/jpeg",
  "jpg": "image/jpeg",
  "json": "application/json",
  "md": "text/markdown",
  "pdf": "application/pdf",
  "png": "image/png",
  "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
  "svg": "image/svg+xml",
  "txt": "text/plain",
  "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  "xml": "application/xml",
]
