// SPDX-License-Identifier: Apache-2.0
import Bytes
package import Model

/// The Enterprise audit-log export, CSV (claude-capture-formats section 7).
///
/// A row is a unit of its own. Its native record is the header row and the row, since a row alone
/// does not tell what its fields are.
package enum AuditLog {
  /// The capture route in ids and records.
  package static let route = "audit-log"

  /// Parses a row again from its native record.
  ///
  /// - Parameter native: The header row, a line feed, and the row.
  /// - Returns: The unit.
  /// - Throws: `CaptureError` with `decodeError`.
  package static func parse(native: [UInt8]) throws(CaptureError) -> CapturedUnit {
    do throws(CSVReader.Defect) {
      var reader = CSVReader(native)
      let header = try reader.next() ?? []
      let start = reader.position
      let fields = try reader.next() ?? []
      if reader.isAtEnd {
        return unit(native: native, rowStart: start, header: header, fields: fields)
      }
    } catch {
      throw CaptureError(
        code: .decodeError, message: "the row is malformed CSV", cause: error)
    }
    throw CaptureError(code: .decodeError, message: "the row is more than one row of CSV")
  }

  /// The native record of a row.
  static func record(header: [UInt8], row: [UInt8]) -> [UInt8] {
    header + [UInt8(ascii: "\n")] + row
  }

  /// The names of a header's columns; nil where there are quotes or a mark of byte order among them.
  static func plainNames(of header: [UInt8]) -> [String]? {
    guard !header.contains(UInt8(ascii: "\"")), header.first != 0xEF else { return nil }
    var reader = CSVReader(header)
    return (try? reader.next()) ?? nil
  }

  /// The unit of a row whose header is plain; nil where the row is malformed.
  static func unit(native: [UInt8], row: [UInt8], names: [String]) -> CapturedUnit? {
    guard row.first != 0xEF else { return nil }
    var reader = CSVReader(row)
    guard let fields = (try? reader.next()) ?? nil, reader.isAtEnd else { return nil }
    return unit(
      native: native, rowStart: native.count - row.count, header: names, fields: fields)
  }

  private static func unit(
    native: [UInt8], rowStart: Int, header: [String], fields: [String]
  ) -> CapturedUnit {
    var unit = CapturedUnit(
      kind: .activity, route: route,
      nativeID: ClaudeExport.derivedID(of: native.span.extracting(rowStart...)), native: native)
    var item = CapturedItem(
      kind: .activity, role: .system, nativeRole: "", nativeRange: rowStart..<native.count)
    var words: [String] = []
    words.reserveCapacity(fields.count * 2)
    for (index, value) in fields.enumerated() where !value.isEmpty {
      switch index < header.count ? header[index] : "" {
      case "created_at": item.time = SourceTime(text: value)
      case "event":
        item.nativeRole = value
        words.append(value)
      case "actor_info":
        let info = InfoLiteral(value)
        if info.isRaw { item.flags.insert(.wrongType) }
        unit.accountID = info["uuid"] ?? info["email_address"] ?? info["name"]
        words += info.words
      case let name where name.hasSuffix("_info"):
        let info = InfoLiteral(value)
        if info.isRaw { item.flags.insert(.wrongType) }
        words += info.words
        let type = info["type"]?.lowercased() ?? ""
        if type.holds("chat") || type.holds("conversation"),
          let key = info["uuid"].flatMap(JoinKey.init(chatUUID:))
        {
          unit.joinKeys.insert(key)
        }
      default: words.append(value)
      }
    }
    if fields.count != header.count { item.flags.insert(.wrongType) }
    if let time = item.time, time.instant == nil { item.flags.insert(.timeUnreadable) }
    // The same row anywhere is the same event, and no row has an id of its own.
    unit.flags.insert(.idDerived)
    unit.title = item.nativeRole
    unit.createdAt = item.time
    item.nativeID = unit.nativeID
    item.title = item.nativeRole
    item.blocks = [ContentBlock(kind: .text, text: words.joined(separator: "\n"))]
    unit.items = [item]
    return unit
  }
}

/// Reads audit-log exports row by row.
final class AuditLogReader: RecordReader {
  private var header: [UInt8]?
  /// The names of the columns, where the header has no quotes: then a row can be read alone.
  private var names: [String]?

  func read(_ record: NativeRecord, into sink: any RecordSink) throws {
    guard let header else {
      self.header = record.bytes
      names = AuditLog.plainNames(of: record.bytes)
      return try sink.skip(.listing, count: 1)
    }
    let native = AuditLog.record(header: header, row: record.bytes)
    if let names, let unit = AuditLog.unit(native: native, row: record.bytes, names: names) {
      return try sink.take(unit)
    }
    try sink.take(AuditLog.parse(native: native))
  }

  func endFile(_ path: String, into sink: any RecordSink) throws {
    header = nil
    names = nil
  }
}
