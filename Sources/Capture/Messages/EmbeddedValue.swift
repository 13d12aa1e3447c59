// SPDX-License-Identifier: Apache-2.0
import Archives
import Bytes
import Foundation
import Model

/// A JSON value that may stand in a text, as gateways write bodies: as JSON, as a text of JSON, as a
/// text of events, or in base64.
struct EmbeddedValue {
  /// The text that holds the value.
  var bytes: [UInt8]
  /// Where it begins there.
  var start: Int
  /// Where it lies in the record: the value, or the text that holds it.
  var range: Range<Int>
  /// Whether `bytes` is the record itself, so that places in it are places in the record.
  var isInline: Bool
  /// The kind of the value; nil for a text that is no JSON, though it may begin like it.
  private(set) var kind: JSONKind?
  /// The most bytes that may come of a compressed body.
  private static let contentByteLimit = 64 << 20
  /// Several readers in turn ask for the members.
  private var known = Known()

  private final class Known {
    var members: JSONMembers?
  }

  /// Looks at the value at a place of a record; nil for null, an empty text and no value.
  ///
  /// Texts that hold a text are resolved up to three times (section 12.2).
  init?(_ record: [UInt8], at range: Range<Int>?, _ flags: inout [RecordFlag]) throws(JSONError) {
    guard let range else { return nil }
    self.range = range
    isInline = true
    bytes = record
    start = range.lowerBound
    kind = JSONCursor.kind(of: record, at: start, isWhole: false)
    for _ in 0..<3 {
      if kind == .null { return nil }
      guard kind == .string else { return }
      var cursor = JSONCursor(bytes.span, at: start)
      let text: String
      do throws(JSONError) {
        text = try cursor.readString()
      } catch {
        return  // no JSON text: it is plain
      }
      cursor.takeRepairs(&flags)
      guard !text.isEmpty else { return nil }
      bytes = Array(text.utf8)
      start = 0
      isInline = false
      kind = JSONCursor.kind(of: bytes, at: 0, isWhole: true)
    }
  }

  /// Whether it is an object.
  var isObject: Bool { kind == .object }

  /// Whether the text is one of server-sent events.
  var isEventStream: Bool {
    guard !isInline, let first = bytes.firstIndex(where: { $0 > 0x20 }) else { return false }
    // A mark of byte order may stand before the first event.
    let text =
      bytes[first...].starts(with: ByteOrderMark.utf8)
      ? bytes[(first + ByteOrderMark.utf8.count)...] : bytes[first...]
    return ["event:", "data:", "id:", "retry:", ":"].contains { text.starts(with: Array($0.utf8)) }
  }

  /// The same with a base64 text resolved, if it is one that holds text.
  var decoded: EmbeddedValue {
    guard !isInline, kind == nil || kind == .number || kind == .boolean || kind == .null,
      !isEventStream, let data = Data(base64Encoded: Data(bytes)), !data.isEmpty
    else { return self }
    var value = self
    value.bytes = Array(data)
    // As it went over the wire.
    if let content = GzipContent.unpack(value.bytes, limit: Self.contentByteLimit) {
      value.bytes = content
    }
    value.start = 0
    value.kind = JSONCursor.kind(of: value.bytes, at: 0, isWhole: true)
    value.known = Known()
    // A word such as `Unauthorized` may be base64 by chance.
    guard value.kind == .object || value.kind == .array || value.isEventStream || value.isText
    else { return self }
    return value
  }

  /// Whether the bytes are UTF-8 without controls, as those that come of a word by chance are not.
  private var isText: Bool {
    guard let text = String(validating: bytes, as: UTF8.self) else { return false }
    return text.unicodeScalars.allSatisfy { $0.value >= 0x20 || [9, 10, 13].contains($0.value) }
  }

  /// The words of the value, whatever it is: those of a text that is no JSON as it stands.
  var plainText: String {
    guard kind == .object || kind == .array else { return text }
    var flags: [RecordFlag] = []
    let words = try? JSONCursor(bytes.span, at: start).words(at: start, keys: false, &flags)
    return words ?? ""
  }

  /// The text as it stands: of a value of the record its JSON.
  var text: String { String(decoding: isInline ? bytes[range] : bytes[...], as: UTF8.self) }

  /// The place of a part of the value in the record: of the part, or of all that holds it.
  func place(of part: Range<Int>) -> Range<Int> { isInline ? part : range }

  /// The members of the object; none of anything else.
  func members() throws(JSONError) -> JSONMembers {
    guard isObject else { return JSONMembers() }
    if let members = known.members { return members }
    let members = try JSONMembers(of: bytes, at: start)
    known.members = members
    return members
  }
}

extension JSONCursor {
  /// The kind of the value at a place.
  ///
  /// - Parameters:
  ///   - bytes: The text.
  ///   - place: Where the value begins.
  ///   - isWhole: Whether the value must be all of the text, as it is not where the text was cut or
  ///     only begins like one.
  /// - Returns: The kind; nil for what is no JSON.
  fileprivate static func kind(of bytes: [UInt8], at place: Int, isWhole: Bool) -> JSONKind? {
    var cursor = JSONCursor(bytes.span, at: place)
    guard let kind = try? cursor.peek() else { return nil }
    guard isWhole else { return kind }
    do throws(JSONError) {
      try cursor.skipValue()
      try cursor.expectEnd()
    } catch {
      return nil
    }
    return kind
  }

  /// The text at a place; nil for null, an empty one and, flagged, another type.
  static func text(
    _ bytes: [UInt8], _ range: Range<Int>?, _ flags: inout [RecordFlag]
  ) throws(JSONError) -> String? {
    guard let range else { return nil }
    var cursor = JSONCursor(bytes.span, at: range.lowerBound)
    let text = try cursor.identifier(&flags)
    cursor.takeRepairs(&flags)
    return text
  }

  /// The time at a place: a text, or a number of seconds since 1970.
  static func time(
    _ bytes: [UInt8], _ range: Range<Int>?, _ flags: inout [RecordFlag]
  ) throws(JSONError) -> SourceTime? {
    guard let range else { return nil }
    var cursor = JSONCursor(bytes.span, at: range.lowerBound)
    switch try cursor.peek() {
    case .string:
      let text = try cursor.readString()
      guard !text.isEmpty else { return nil }
      let time = SourceTime(tolerant: text)
      if time.instant == nil { flags.insert(.timeUnreadable) }
      return time
    case .number:
      let text = String(decoding: bytes[try cursor.skipValue()], as: UTF8.self)
      let time = SourceTime(epoch: text)
      if time.instant == nil { flags.insert(.timeUnreadable) }
      return time
    case .null: return nil
    default:
      flags.insert(.wrongType)
      return nil
    }
  }
}

extension SourceTime {
  /// A time as pipelines write it: RFC 3339, with a blank for the `T`, or without a zone, which is
  /// UTC (section 2.3), or seconds since 1970.
  init(tolerant text: String) {
    self.init(text: text)
    guard instant == nil else { return }
    var form = text
    if let blank = form.firstIndex(of: " ") {
      form.replaceSubrange(blank...blank, with: "T")
    }
    instant = Instant(rfc3339: form) ?? Instant(rfc3339: form + "Z")
    if instant == nil { instant = SourceTime(epoch: text).instant }
  }

  /// A decimal number of seconds since 1970, or of milliseconds where that would lie past the year
  /// 5000.
  init(epoch text: String) {
    if let ticks = ticks(ofPlain: text.utf8.span) {
      self.init(text: text)
      instant = Instant(ticks: ticks)
    } else {
      self.init(anyEpoch: text)
    }
  }

  /// The same by the rule for all forms; without an instant for what is past the year 9999.
  init(anyEpoch text: String) {
    self.init(text: text)
    guard !text.contains(where: { $0 == "e" || $0 == "E" }) else {
      guard let value = Double(text), value.isFinite else { return }
      let seconds = value.magnitude > Double(Self.lastSecond) ? value / 1000 : value
      guard seconds.magnitude < Double(Self.endOfYears) else { return }
      instant = Instant(ticks: Int64(seconds * Double(Instant.ticksPerSecond)))
      return
    }
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, let whole = Int64(parts.first ?? ""),
      whole.magnitude < Self.endOfYears * 1000
    else { return }
    let isNegative = text.hasPrefix("-")
    var ticks: Int64 = 0
    // Other signs that stand for numbers may stand for any.
    let digits = parts.count == 2 ? parts[1].utf8.map(\.decimalDigit) : []
    guard digits.allSatisfy({ $0 != nil }) else { return }
    for place in 0..<7 {
      ticks = ticks * 10 + (place < digits.count ? digits[place] ?? 0 : 0)
    }
    if isNegative { ticks = -ticks }
    if whole.magnitude > Self.lastSecond {
      instant = Instant(ticks: whole * (Instant.ticksPerSecond / 1000) + ticks / 1000)
    } else {
      instant = Instant(ticks: whole * Instant.ticksPerSecond + ticks)
    }
  }

  /// Numbers above it are milliseconds: it lies in the year 4980.
  private static let lastSecond: UInt64 = 95_000_000_000
  /// The second with which the year 10000 begins.
  private static let endOfYears: UInt64 = 253_402_300_800
}

/// The ticks of a plain number of seconds, such as `1777968000.25`; nil for every other form, which the
/// rule for all forms reads.
private func ticks(ofPlain text: Span<UInt8>) -> Int64? {
  var index = 0
  var whole: Int64 = 0
  while index < text.count, let digit = text[index].decimalDigit {
    whole = whole * 10 + digit
    index += 1
    guard index <= 10 else { return nil }
  }
  guard index > 0 else { return nil }
  var ticks: Int64 = 0
  var scale = Instant.ticksPerSecond
  if index < text.count {
    guard text[index] == UInt8(ascii: ".") else { return nil }
    index += 1
    while index < text.count {
      guard let digit = text[index].decimalDigit else { return nil }
      scale /= 10
      ticks += digit * scale
      index += 1
    }
  }
  return whole * Instant.ticksPerSecond + ticks
}

extension UInt8 {
  fileprivate var decimalDigit: Int64? {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) ? Int64(self - UInt8(ascii: "0")) : nil
  }
}
