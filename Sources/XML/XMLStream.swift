// SPDX-License-Identifier: Apache-2.0
import CLibXML2

/// What a document's stream tells.
package protocol XMLStreamReceiver {
  /// An element begins.
  mutating func begin(_ element: String, _ attributes: [String: String])
  /// An element ends; `text` is the text directly within it.
  mutating func end(_ element: String, text: String)
}

/// Reads a document in pieces, checks it against a schema where there is one, and keeps none of it.
///
/// Nothing outside the document is ever loaded: a document type declaration ends the reading. Used
/// by one thread at a time.
@safe
package final class XMLStream<Receiver: XMLStreamReceiver> {
  private let state: StreamState
  private let parser: xmlParserCtxtPtr
  private let validation: xmlSchemaValidCtxtPtr?
  private let plug: xmlSchemaSAXPlugPtr?
  private let schema: XMLSchema?
  private var isFinished = false

  /// Opens a stream.
  ///
  /// - Parameters:
  ///   - schema: What the document must follow; nil for well-formedness alone.
  ///   - receiver: Hears of the elements.
  /// - Throws: `XMLError` with `.outOfMemory`.
  package init(schema: XMLSchema? = nil, receiver: Receiver) throws(XMLError) {
    XMLLibrary.prepare()
    let state = StreamState(ReceiverBox(receiver))
    let context = unsafe Unmanaged.passUnretained(state).toOpaque()
    var handler = unsafe streamHandler()
    guard let parser = unsafe xmlCreatePushParserCtxt(&handler, context, nil, 0, nil) else {
      throw XMLError(.outOfMemory, "memory for reading XML could not be had")
    }
    // No entities are substituted, nothing is fetched, and the limits of the library stay on.
    unsafe xmlCtxtUseOptions(parser, Int32(XML_PARSE_NONET.rawValue))
    unsafe state.parser = parser
    var validation: xmlSchemaValidCtxtPtr?
    var plug: xmlSchemaSAXPlugPtr?
    if let schema {
      unsafe validation = xmlSchemaNewValidCtxt(schema.handle)
      guard let valid = unsafe validation else {
        unsafe xmlFreeParserCtxt(parser)
        throw XMLError(.outOfMemory, "memory for validating XML could not be had")
      }
      unsafe xmlSchemaSetValidStructuredErrors(valid, noteInvalid, context)
      unsafe plug = xmlSchemaSAXPlug(valid, &parser.pointee.sax, &parser.pointee.userData)
      guard unsafe plug != nil else {
        unsafe xmlSchemaFreeValidCtxt(valid)
        unsafe xmlFreeParserCtxt(parser)
        throw XMLError(.outOfMemory, "memory for validating XML could not be had")
      }
    }
    self.state = state
    unsafe self.parser = parser
    unsafe self.validation = validation
    unsafe self.plug = plug
    self.schema = schema
  }

  deinit {
    if let plug = unsafe plug { unsafe xmlSchemaSAXUnplug(plug) }
    if let validation = unsafe validation { unsafe xmlSchemaFreeValidCtxt(validation) }
    unsafe xmlFreeParserCtxt(parser)
  }

  /// What the receiver has become.
  package var receiver: Receiver? { (state.receiver as? ReceiverBox<Receiver>)?.receiver }

  /// Takes the next bytes of the document.
  ///
  /// - Throws: `XMLError`: nothing after it can be read.
  package func read(_ piece: Span<UInt8>) throws(XMLError) {
    var start = 0
    // The library counts in Int32.
    while start < piece.count, state.failure == nil {
      let end = min(start + 1 << 24, piece.count)
      unsafe piece.extracting(start..<end).withUnsafeBytes { buffer in
        let bytes = unsafe buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
        let status = unsafe xmlParseChunk(parser, bytes, Int32(buffer.count), 0)
        if status != 0 { unsafe noteParser(state, parser) }
      }
      start = end
    }
    if let failure = state.failure { throw failure }
  }

  /// Ends the document.
  ///
  /// - Throws: `XMLError` when it is not whole or breaks the schema.
  package func finish() throws(XMLError) {
    guard !isFinished else { return }
    isFinished = true
    if state.failure == nil {
      let status = unsafe xmlParseChunk(parser, nil, 0, 1)
      if status != 0 { unsafe noteParser(state, parser) }
    }
    if let failure = state.failure { throw failure }
    if let validation = unsafe validation, unsafe xmlSchemaIsValid(validation) != 1 {
      throw XMLError(.invalid, "the document breaks its schema")
    }
  }
}

/// A receiver behind a reference, so that C callbacks can reach it.
private final class ReceiverBox<Receiver: XMLStreamReceiver>: ReceivingBox {
  var receiver: Receiver

  init(_ receiver: Receiver) {
    self.receiver = receiver
  }

  func begin(_ element: String, _ attributes: [String: String]) {
    receiver.begin(element, attributes)
  }

  func end(_ element: String, text: String) {
    receiver.end(element, text: text)
  }
}

private protocol ReceivingBox: AnyObject {
  func begin(_ element: String, _ attributes: [String: String])
  func end(_ element: String, text: String)
}

/// What the callbacks share.
@safe
private final class StreamState {
  let receiver: any ReceivingBox
  var parser: xmlParserCtxtPtr?
  var failure: XMLError?
  /// The text of each open element so far.
  var texts: [[UInt8]] = []

  init(_ receiver: any ReceivingBox) {
    self.receiver = receiver
  }

  func fail(_ code: XMLError.Code, _ message: String, line: Int?) {
    guard failure == nil else { return }
    failure = XMLError(code, message, line: line)
    if let parser = unsafe parser { unsafe xmlStopParser(parser) }
  }
}

private func state(_ context: UnsafeMutableRawPointer?) -> StreamState? {
  unsafe context.map { unsafe Unmanaged<StreamState>.fromOpaque($0).takeUnretainedValue() }
}

private func noteParser(_ state: StreamState, _ parser: xmlParserCtxtPtr) {
  guard state.failure == nil else { return }
  let line = unsafe parser.pointee.input.map { unsafe Int($0.pointee.line) }
  state.fail(.notWellFormed, "the document is not well formed", line: line)
}

// The library's messages may quote the document, so only the place is kept.
private let noteInvalid: xmlStructuredErrorFunc = { context, error in
  let line = unsafe error.map { unsafe Int($0.pointee.line) }
  unsafe state(context)?.fail(.invalid, "the document breaks its schema", line: line)
}

private let noteDocumentType: internalSubsetSAXFunc = { context, _, _, _ in
  let state = unsafe state(context)
  let line = unsafe state?.parser?.pointee.input.map { unsafe Int($0.pointee.line) }
  state?.fail(.documentType, "a document type declaration is not accepted", line: line)
}

// Warnings are about encodings and the like; errors stop the parser by themselves.
private let noteError: xmlStructuredErrorFunc = { context, error in
  guard let error = unsafe error, unsafe error.pointee.level.rawValue >= XML_ERR_ERROR.rawValue
  else { return }
  let line = unsafe Int(error.pointee.line)
  unsafe state(context)?.fail(.notWellFormed, "the document is not well formed", line: line)
}

private let beginElement: startElementNsSAX2Func = {
  context, name, _, _, _, _, count, _, attributes in
  guard let state = unsafe state(context), let name = unsafe name else { return }
  var found: [String: String] = [:]
  // Five pointers an attribute: name, prefix, namespace, begin and end of the value.
  for index in 0..<Int(count) {
    guard let attributes = unsafe attributes, let key = unsafe attributes[index * 5],
      let begin = unsafe attributes[index * 5 + 3], let end = unsafe attributes[index * 5 + 4]
    else { continue }
    let value = unsafe UnsafeBufferPointer(start: begin, count: end - begin)
    let decoded = unsafe String(decoding: value, as: UTF8.self)
    // Without substitution of entities the library gives each & of a value as a reference.
    unsafe found[String(cString: key)] = decoded.replacing("&#38;", with: "&")
  }
  state.texts.append([])
  unsafe state.receiver.begin(String(cString: name), found)
}

private let endElement: endElementNsSAX2Func = { context, name, _, _ in
  guard let state = unsafe state(context), let name = unsafe name else { return }
  let text = state.texts.popLast() ?? []
  unsafe state.receiver.end(String(cString: name), text: String(decoding: text, as: UTF8.self))
}

private let addCharacters: charactersSAXFunc = { context, text, count in
  guard let state = unsafe state(context), let text = unsafe text, !state.texts.isEmpty
  else { return }
  unsafe state.texts[state.texts.count - 1] += UnsafeBufferPointer(start: text, count: Int(count))
}

private func streamHandler() -> xmlSAXHandler {
  var handler = unsafe xmlSAXHandler()
  unsafe handler.initialized = XML_SAX2_MAGIC
  unsafe handler.internalSubset = noteDocumentType
  unsafe handler.serror = noteError
  unsafe handler.startElementNs = beginElement
  unsafe handler.endElementNs = endElement
  unsafe handler.characters = addCharacters
  return unsafe handler
}
