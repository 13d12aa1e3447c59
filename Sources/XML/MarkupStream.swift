// SPDX-License-Identifier: Apache-2.0
import CLibXML2

/// What a stream of foreign markup tells, in the order of the document.
package protocol MarkupReceiver {
  /// An element begins; `attributes` gives its attributes by local name.
  mutating func begin(_ element: String, _ attributes: () -> [String: String])
  /// An element ends.
  mutating func end(_ element: String)
  /// Text follows, in pieces that may end anywhere between characters.
  mutating func characters(_ text: Span<UInt8>)
  /// Whether nothing more is wanted.
  var isDone: Bool { get }
}

/// The language of a document.
package enum MarkupLanguage: Sendable {
  case xml, html
}

/// Reads XML or HTML that strangers wrote, in pieces, as far as it can be read.
///
/// Nothing outside the document is loaded, and no entity is expanded but the five of XML and those
/// of HTML; declared ones are passed over. Used by one thread at a time.
@safe
package final class MarkupStream<Receiver: MarkupReceiver> {
  private let state: MarkupState
  private let parser: xmlParserCtxtPtr
  private let language: MarkupLanguage
  private var isFinished = false

  /// Opens a stream.
  ///
  /// - Parameters:
  ///   - language: Of the document, which is UTF-8 whatever it says itself.
  ///   - depthLimit: Open elements after which the reading ends as damaged.
  ///   - receiver: Hears of elements and text.
  /// - Throws: `XMLError` with `.outOfMemory`.
  package init(
    _ language: MarkupLanguage, depthLimit: Int = 400, receiver: Receiver
  ) throws(XMLError) {
    XMLLibrary.prepare()
    let state = MarkupState(MarkupBox(receiver), depthLimit: depthLimit)
    let context = unsafe Unmanaged.passUnretained(state).toOpaque()
    var handler = unsafe markupHandler(language)
    let parser =
      switch language {
      case .xml: unsafe xmlCreatePushParserCtxt(&handler, context, nil, 0, nil)
      case .html:
        unsafe htmlCreatePushParserCtxt(
          &handler, context, nil, 0, nil, XML_CHAR_ENCODING_UTF8)
      }
    guard let parser = unsafe parser else {
      throw XMLError(.outOfMemory, "memory for reading markup could not be had")
    }
    switch language {
    case .xml:
      unsafe xmlCtxtUseOptions(
        parser,
        Int32(
          XML_PARSE_NONET.rawValue | XML_PARSE_RECOVER.rawValue | XML_PARSE_IGNORE_ENC.rawValue))
    case .html:
      unsafe htmlCtxtUseOptions(
        parser,
        Int32(
          HTML_PARSE_NONET.rawValue | HTML_PARSE_RECOVER.rawValue
            | HTML_PARSE_IGNORE_ENC.rawValue))
    }
    self.state = state
    unsafe state.parser = parser
    unsafe self.parser = parser
    self.language = language
  }

  deinit {
    unsafe xmlFreeParserCtxt(parser)
  }

  /// What the receiver has become.
  package var receiver: Receiver? { (state.receiver as? MarkupBox<Receiver>)?.receiver }

  /// Whether the document broke the rules of its language, so that something may not have been told.
  package var isDamaged: Bool { state.isDamaged }

  /// Whether an entity that the document declares, or one that is not known, was passed over: its
  /// text was not told.
  package var hasPassedOver: Bool { state.hasPassedOver }

  /// Whether the receiver wants nothing more, or nothing more can be read.
  package var isEnded: Bool { state.isEnded }

  /// Takes the next bytes of the document.
  package func read(_ piece: Span<UInt8>) {
    guard !piece.isEmpty, !state.isEnded else { return }
    unsafe piece.withUnsafeBytes { buffer in
      let bytes = unsafe buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
      let count = Int32(clamping: buffer.count)
      let status =
        switch language {
        case .xml: unsafe xmlParseChunk(parser, bytes, count, 0)
        case .html: unsafe htmlParseChunk(parser, bytes, count, 0)
        }
      note(status)
    }
  }

  /// Ends the document.
  package func finish() {
    guard !isFinished else { return }
    isFinished = true
    guard !state.isEnded else { return }
    let status =
      switch language {
      case .xml: unsafe xmlParseChunk(parser, nil, 0, 1)
      case .html: unsafe htmlParseChunk(parser, nil, 0, 1)
      }
    note(status)
    if language == .xml, unsafe parser.pointee.wellFormed == 0, !state.isDone {
      state.isDamaged = true
    }
  }

  private func note(_ status: Int32) {
    // HTML is what it is: its parser mends what it meets.
    guard language == .xml, status != 0, !state.isDone else { return }
    if unsafe parser.pointee.wellFormed == 0 { state.isDamaged = true }
  }
}

/// A receiver behind a reference, so that C callbacks can reach it.
private final class MarkupBox<Receiver: MarkupReceiver>: MarkupReceiving {
  var receiver: Receiver

  init(_ receiver: Receiver) {
    self.receiver = receiver
  }

  func begin(_ element: String, _ attributes: () -> [String: String]) {
    receiver.begin(element, attributes)
  }

  func end(_ element: String) { receiver.end(element) }

  func characters(_ text: Span<UInt8>) { receiver.characters(text) }

  var isDone: Bool { receiver.isDone }
}

private protocol MarkupReceiving: AnyObject {
  func begin(_ element: String, _ attributes: () -> [String: String])
  func end(_ element: String)
  func characters(_ text: Span<UInt8>)
  var isDone: Bool { get }
}

/// What the callbacks share.
@safe
private final class MarkupState {
  let receiver: any MarkupReceiving
  let depthLimit: Int
  var parser: xmlParserCtxtPtr?
  var depth = 0
  var isDamaged = false
  var hasPassedOver = false
  /// Whether the receiver has had enough.
  var isDone = false
  var isEnded = false

  init(_ receiver: any MarkupReceiving, depthLimit: Int) {
    self.receiver = receiver
    self.depthLimit = depthLimit
  }

  func begin(_ element: String, _ attributes: () -> [String: String]) {
    guard !isEnded else { return }
    depth += 1
    guard depth <= depthLimit else {
      isDamaged = true
      return stop()
    }
    receiver.begin(element, attributes)
    stopIfDone()
  }

  func end(_ element: String) {
    guard !isEnded else { return }
    depth -= 1
    receiver.end(element)
    stopIfDone()
  }

  func characters(_ text: UnsafeBufferPointer<UInt8>) {
    guard !isEnded else { return }
    unsafe receiver.characters(Span(_unsafeElements: text))
    stopIfDone()
  }

  private func stopIfDone() {
    guard receiver.isDone else { return }
    isDone = true
    stop()
  }

  private func stop() {
    isEnded = true
    if let parser = unsafe parser { unsafe xmlStopParser(parser) }
  }
}

private func state(_ context: UnsafeMutableRawPointer?) -> MarkupState? {
  unsafe context.map { unsafe Unmanaged<MarkupState>.fromOpaque($0).takeUnretainedValue() }
}

private let beginXML: startElementNsSAX2Func = {
  context, name, _, _, _, _, count, _, attributes in
  guard let state = unsafe state(context), let name = unsafe name else { return }
  state.begin(unsafe String(cString: name)) {
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
    return found
  }
}

private let endXML: endElementNsSAX2Func = { context, name, _, _ in
  guard let state = unsafe state(context), let name = unsafe name else { return }
  state.end(unsafe String(cString: name))
}

private let beginHTML: startElementSAXFunc = { context, name, attributes in
  guard let state = unsafe state(context), let name = unsafe name else { return }
  state.begin(unsafe String(cString: name)) {
    var found: [String: String] = [:]
    guard var next = unsafe attributes else { return found }
    // Name and value in turn; a null name ends them, and a value may be null.
    while let key = unsafe next[0] {
      unsafe found[String(cString: key)] = next[1].map { unsafe String(cString: $0) } ?? ""
      unsafe next += 2
    }
    return found
  }
}

private let endHTML: endElementSAXFunc = { context, name in
  guard let state = unsafe state(context), let name = unsafe name else { return }
  state.end(unsafe String(cString: name))
}

private let addCharacters: charactersSAXFunc = { context, text, count in
  guard let text = unsafe text, count > 0 else { return }
  unsafe state(context)?.characters(UnsafeBufferPointer(start: text, count: Int(count)))
}

private let passOver: referenceSAXFunc = { context, _ in
  unsafe state(context)?.hasPassedOver = true
}

private let ignoreError: xmlStructuredErrorFunc = { _, _ in }

private func markupHandler(_ language: MarkupLanguage) -> xmlSAXHandler {
  var handler = unsafe xmlSAXHandler()
  unsafe handler.serror = ignoreError
  unsafe handler.characters = addCharacters
  unsafe handler.cdataBlock = addCharacters
  switch language {
  case .xml:
    unsafe handler.initialized = XML_SAX2_MAGIC
    unsafe handler.startElementNs = beginXML
    unsafe handler.endElementNs = endXML
    // Without it the library says nothing of references that it cannot resolve, in texts and values.
    unsafe handler.reference = passOver
  case .html:
    unsafe handler.startElement = beginHTML
    unsafe handler.endElement = endHTML
  }
  return unsafe handler
}
