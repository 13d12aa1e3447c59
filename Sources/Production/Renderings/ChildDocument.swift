// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// A child of a family with its number and digests.
struct ChildDocument: Sendable {
  let child: FamilyPlan.Child
  /// As renderings show it.
  let file: CapturedFile
  let number: Int
  /// The position in the volume, from 0.
  let position: Int
  /// Of the content as captured; nil when the capture lacks it.
  let digests: FileDigests?
  /// Size of the content as captured, in bytes.
  let byteCount: Int

  init(
    child: FamilyPlan.Child, file: CapturedFile, source: CapturedFile, number: Int, position: Int
  ) {
    self.child = child
    self.file = file
    self.number = number
    self.position = position
    byteCount = source.text?.utf8.count ?? 0
    digests = source.text.map { FileDigests(of: $0.utf8.span, withSHA1: true) }
  }

  var type: RecordType { file.kind == .attachment ? .attachment : .artifact }
}

/// The extension of a child's native file: of an artifact by its type, of an upload `txt`, since
/// what a capture holds of it is its extracted text.
func nativeExtension(of file: CapturedFile) -> String {
  guard file.kind != .attachment else { return "txt" }
  switch file.type {
  case "text/markdown": return "md"
  case "text/html": return "html"
  case "image/svg+xml": return "svg"
  case "application/vnd.ant.mermaid": return "mmd"
  case "application/vnd.ant.react": return "jsx"
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
