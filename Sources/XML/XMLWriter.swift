// SPDX-License-Identifier: Apache-2.0
import CLibXML2

/// Writes elements of XML in UTF-8 into memory.
///
/// Texts must be fit for XML (``XMLText``); names are the caller's own.
@safe
package struct XMLWriter: ~Copyable {
  private let writer: xmlTextWriterPtr
  private let buffer: xmlBufferPtr

  /// Opens a writer of a document, or of a part of one.
  ///
  /// - Parameter isDocument: Whether the XML declaration comes first.
  /// - Throws: `XMLError`.
  package init(isDocument: Bool = false) throws(XMLError) {
    XMLLibrary.prepare()
    guard let buffer = unsafe xmlBufferCreate() else {
      throw XMLError(.outOfMemory, "memory for XML could not be had")
    }
    guard let writer = unsafe xmlNewTextWriterMemory(buffer, 0) else {
      unsafe xmlBufferFree(buffer)
      throw XMLError(.outOfMemory, "memory for XML could not be had")
    }
    if isDocument, unsafe xmlTextWriterStartDocument(writer, "1.0", "UTF-8", nil) < 0 {
      unsafe xmlFreeTextWriter(writer)
      unsafe xmlBufferFree(buffer)
      throw XMLError(.writeFailed, "the XML declaration cannot be written")
    }
    unsafe self.writer = writer
    unsafe self.buffer = buffer
  }

  deinit {
    unsafe xmlFreeTextWriter(writer)
    unsafe xmlBufferFree(buffer)
  }

  /// Opens an element; its attributes come next.
  package mutating func start(_ name: String) throws(XMLError) {
    try check(unsafe xmlTextWriterStartElement(writer, name))
  }

  /// Adds an attribute to the element opened last.
  package mutating func attribute(_ name: String, _ value: String) throws(XMLError) {
    try check(unsafe xmlTextWriterWriteAttribute(writer, name, value))
  }

  /// Adds text to the element opened last.
  package mutating func text(_ text: String) throws(XMLError) {
    try check(unsafe xmlTextWriterWriteString(writer, text))
  }

  /// Closes the element opened last.
  package mutating func end() throws(XMLError) {
    try check(unsafe xmlTextWriterEndElement(writer))
  }

  /// Adds a whole element with attributes and text.
  package mutating func element(
    _ name: String, _ attributes: [(String, String)] = [], text content: String? = nil
  ) throws(XMLError) {
    try start(name)
    for (key, value) in attributes { try attribute(key, value) }
    if let content { try text(content) }
    try end()
  }

  /// Adds a line feed between elements.
  package mutating func lineFeed() throws(XMLError) {
    try check(unsafe xmlTextWriterWriteRaw(writer, "\n"))
  }

  /// The bytes since the last call; elements may still be open.
  ///
  /// - Returns: UTF-8.
  /// - Throws: `XMLError` when the library could not write them.
  package mutating func takeBytes() throws(XMLError) -> [UInt8] {
    try check(unsafe xmlTextWriterFlush(writer))
    let count = unsafe Int(xmlBufferLength(buffer))
    let bytes = unsafe Array(UnsafeBufferPointer(start: xmlBufferContent(buffer), count: count))
    unsafe xmlBufferEmpty(buffer)
    return bytes
  }

  private func check(_ status: Int32) throws(XMLError) {
    guard status < 0 else { return }
    throw XMLError(.writeFailed, "the library cannot write XML")
  }
}
