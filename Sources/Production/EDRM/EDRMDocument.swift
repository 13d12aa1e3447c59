// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model
import XML

/// One document of an EDRM XML load file (export-formats section 6.1).
struct EDRMDocument {
  /// When the document was sent, made and changed, as far as the source tells.
  struct Times: Sendable {
    var sent: Instant?
    var created: Instant?
    var modified: Instant?
  }

  private var row: FieldRow
  private let times: Times

  /// Takes over a record, characters that XML cannot hold replaced.
  ///
  /// - Parameters:
  ///   - row: The record.
  ///   - times: Instants behind its dates.
  ///   - substitutions: Gets the fields that changed, and by how many characters.
  init(
    _ row: FieldRow, _ times: Times,
    substitutions: inout [ConcordanceEncoder.Substitution]
  ) {
    self.row = row
    self.times = times
    for field in Field.allCases {
      var count = 0
      self.row[list: field] = row[list: field].map { XMLText.fit($0, substitutionCount: &count) }
      if count > 0 { substitutions.append(.init(field: field.rawValue, count: count)) }
    }
    for field in row.extraFields {
      var count = 0
      self.row[extra: field] = XMLText.fit(row[extra: field], substitutionCount: &count)
      if count > 0 { substitutions.append(.init(field: field.rawValue, count: count)) }
    }
  }

  /// The element of the document.
  ///
  /// - Parameters:
  ///   - version: Which version.
  ///   - exceptions: The codes of the document.
  ///   - files: Its files; natives and texts are named.
  /// - Returns: One line of XML.
  /// - Throws: `XMLError`.
  func element(
    _ version: EDRMVersion, exceptions: [String], files: ArraySlice<RenderedFile>
  ) throws -> [UInt8] {
    var row = row
    row[list: .exception] = exceptions
    var writer = try XMLWriter()
    try writer.start("Document")
    try writer.attribute("DocID", row[.beginDocument])
    let type = RecordType(rawValue: row[.recordType])
    let isChild = type == .attachment || type == .artifact
    try writer.attribute(
      "DocType", type == .chat || type == .session ? "Message" : isChild ? "File" : "Other")
    let plain = isChild ? "application/octet-stream" : "application/json"
    try writer.attribute("MimeType", row[.mediaType].isEmpty ? plain : row[.mediaType])
    if version.hasFields { try writeFields(row, &writer) }
    try writeTags(row, isChild: isChild, &writer)
    try writer.start("Files")
    for file in files {
      switch file.section {
      case .natives: try write(file, "Native", &writer)
      case .text: try write(file, "Text", &writer)
      default: break
      }
    }
    try writer.end()
    try writeLocation(row, &writer)
    try writer.end()
    try writer.lineFeed()
    return try writer.takeBytes()
  }

  /// The relationship of a child to its parent; empty of a parent.
  func relationship() throws -> [UInt8] {
    guard !row[.parentID].isEmpty else { return [] }
    var writer = try XMLWriter()
    try writer.element(
      "Relationship",
      [
        ("Type", "Attachment"), ("ParentDocId", row[.parentID]),
        ("ChildDocId", row[.beginDocument]),
      ])
    try writer.lineFeed()
    return try writer.takeBytes()
  }

  private func writeFields(_ row: FieldRow, _ writer: inout XMLWriter) throws {
    try writer.start("FieldValues")
    for field in Field.allCases {
      let value = joined(row, field)
      if !value.isEmpty { try writer.element(field.rawValue, text: value) }
    }
    for field in ExtraField.allCases where !row[extra: field].isEmpty {
      try writer.element(field.rawValue, text: row[extra: field])
    }
    try writer.end()
  }

  private func writeTags(
    _ row: FieldRow, isChild: Bool, _ writer: inout XMLWriter
  ) throws {
    var tags: [(name: String, type: String, value: String)] = []
    func add(_ name: String, _ value: String, _ type: String = "Text") {
      if !value.isEmpty { tags.append((name, type, value)) }
    }
    func add(_ name: String, _ time: Instant?) {
      add(name, time?.flooredToSecond.rfc3339 ?? "", "DateTime")
    }
    if !isChild {
      add("#From", row[.from])
      add("#To", joined(row, .to))
      add("#Subject", row[.subject])
    }
    add("#DateSent", times.sent)
    if isChild {
      add("#FileName", row[.fileName])
      add("#FileExtension", row[.fileExtension])
    } else {
      add("#Title", row[.subject])
      add("#AttachmentCount", row[.attachmentCount], "LongInteger")
    }
    add("#FileSize", row[.fileSize], "LongInteger")
    add("#DateCreated", times.created)
    add("#DateModified", times.modified)
    add("#EndPage", row[.endDocument])
    guard !tags.isEmpty else { return }
    try writer.start("Tags")
    for tag in tags {
      try writer.element(
        "Tag", [("TagName", tag.name), ("TagDataType", tag.type), ("TagValue", tag.value)])
    }
    try writer.end()
  }

  private func write(
    _ file: RenderedFile, _ type: String, _ writer: inout XMLWriter
  ) throws {
    let cut = file.path.lastIndex(of: "/") ?? file.path.startIndex
    try writer.start("File")
    try writer.attribute("FileType", type)
    try writer.element(
      "ExternalFile",
      [
        ("FilePath", String(file.path[..<cut])),
        ("FileName", String(file.path[cut...].dropFirst())),
        ("FileSize", String(file.bytes.count)), ("Hash", file.digests.md5), ("HashType", "MD5"),
      ])
    try writer.end()
  }

  private func writeLocation(_ row: FieldRow, _ writer: inout XMLWriter) throws {
    try writer.start("Locations")
    try writer.start("Location")
    try writer.element("Custodian", text: row[.custodian])
    if !row[.sourcePath].isEmpty { try writer.element("Description", text: row[.sourcePath]) }
    if !row[.conversationID].isEmpty {
      try writer.element("LocationURI", text: "urn:custody:" + percentEncoded(row[.conversationID]))
    }
    try writer.end()
    try writer.end()
  }

  private func joined(_ row: FieldRow, _ field: Field) -> String {
    guard field.isMultiValue else { return row[field] }
    return row[list: field].map(\.asListPart).joined(separator: ";")
  }

  private func percentEncoded(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"):
        result.unicodeScalars.append(Unicode.Scalar(byte))
      default: result += "%" + [byte].hexadecimal.uppercased()
      }
    }
    return result
  }
}
