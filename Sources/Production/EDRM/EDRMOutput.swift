// SPDX-License-Identifier: Apache-2.0
import Bytes
import XML

/// Writes the EDRM XML load file of a volume and validates it as it grows.
final class EDRMOutput {
  private let output: OutputFile
  private let version: EDRMVersion
  private let validation: XMLStream<Ignored>
  // Of all documents, since they stand behind the documents.
  private var relationships: [UInt8] = []
  private var hasDocuments = false

  /// Begins the file.
  ///
  /// - Parameters:
  ///   - output: A new file.
  ///   - version: Which version.
  ///   - volumeName: The volume's name.
  ///   - fields: Names of the fields of documents, in order.
  /// - Throws: `XMLError`, `ProductionError`.
  init(
    _ output: OutputFile, version: EDRMVersion, volumeName: String, fields: [String]
  ) throws {
    self.output = output
    self.version = version
    validation = try XMLStream(
      schema: try XMLSchema(EDRMSchema.text(version)), receiver: Ignored())
    var writer = try XMLWriter(isDocument: true)
    try writer.start("Root")
    try writer.attribute("MajorVersion", "1")
    try writer.attribute("MinorVersion", version.rawValue)
    try writer.attribute("Description", volumeName)
    try writer.attribute("Locale", "en-US")
    try writer.attribute("DataInterchangeType", "Update")
    if version.hasFields {
      try writer.start("Fields")
      for name in fields {
        try writer.element(
          "Field", [("Key", name), ("Name", name), ("DataType", EDRMSchema.dataType(name))])
      }
      try writer.end()
    }
    // Text inside is the way to have the library end the start tag.
    try writer.start("Batch")
    try writer.lineFeed()
    try write(try writer.takeBytes())
  }

  /// Adds the documents of a family and their relationships.
  func add(_ documents: [UInt8], _ relationships: [UInt8]) throws {
    if !hasDocuments, !documents.isEmpty {
      hasDocuments = true
      try write(Array("<Documents>\n".utf8))
    }
    try write(documents)
    self.relationships += relationships
  }

  /// Ends the file.
  ///
  /// - Throws: `ProductionError` when the whole does not follow the schema.
  func finish() throws {
    var tail: [UInt8] = []
    if hasDocuments { tail.append("</Documents>\n") }
    if !relationships.isEmpty {
      tail.append("<Relationships>\n")
      tail += relationships
      tail.append("</Relationships>\n")
    }
    tail.append("</Batch></Root>\n")
    try write(tail)
    do {
      try validation.finish()
    } catch {
      throw EDRMOutput.failure(error)
    }
  }

  private func write(_ bytes: [UInt8]) throws {
    try output.write(bytes.span)
    do {
      try validation.read(bytes.span)
    } catch {
      throw EDRMOutput.failure(error)
    }
  }

  private static func failure(_ error: XMLError) -> ProductionError {
    ProductionError(
      .invalidSource, "the EDRM XML does not follow its schema: \(error); please report this",
      cause: error)
  }

  private struct Ignored: XMLStreamReceiver {
    mutating func begin(_ element: String, _ attributes: [String: String]) {}
    mutating func end(_ element: String, text: String) {}
  }
}
