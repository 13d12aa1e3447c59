// SPDX-License-Identifier: Apache-2.0
import CLibXML2

/// A schema (XSD) in memory, which many validations may use at the same time.
@safe
package final class XMLSchema: Sendable {
  // Read only once it is parsed.
  nonisolated(unsafe) let handle: xmlSchemaPtr

  /// Reads a schema; it must not include or import another.
  ///
  /// - Parameter text: The schema document.
  /// - Throws: `XMLError` with `.badSchema`.
  package init(_ text: String) throws(XMLError) {
    XMLLibrary.prepare()
    let bytes = Array(text.utf8)
    let parsed = unsafe bytes.withUnsafeBytes { buffer -> xmlSchemaPtr? in
      let start = unsafe buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
      guard let context = unsafe xmlSchemaNewMemParserCtxt(start, Int32(buffer.count)) else {
        return nil
      }
      defer { unsafe xmlSchemaFreeParserCtxt(context) }
      unsafe xmlSchemaSetParserStructuredErrors(context, { _, _ in }, nil)
      return unsafe xmlSchemaParse(context)
    }
    guard let schema = unsafe parsed else {
      throw XMLError(.badSchema, "the schema cannot be read")
    }
    unsafe handle = schema
  }

  deinit {
    unsafe xmlSchemaFree(handle)
  }
}
