// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import Model
import Testing

@testable import Production

@Suite("Review data of a volume")
struct ReviewDataTests {
  private static func id(_ kind: ObjectKind, _ name: String) -> String {
    ObjectID(kind, derivedFrom: name).text
  }

  private static let time = "\"2026-01-02T03:04:05.6Z\""
  private static let digest = String(repeating: "ab", count: 32)

  /// Written by hand, so that writer and reader are held to the same form.
  private static let lines = [
    """
    {"case":"Pier","created":\(time),"description":"","format":"custody-review","format_version":1,\
    "id":"\(id(.reviewSet, "s"))","name":"First","type":"set"}
    """,
    """
    {"choice":"one","created":\(time),"description":"","group":"R","id":"\(id(.tag, "yes"))",\
    "name":"Yes","type":"tag"}
    """,
    """
    {"choice":"one","created":\(time),"description":"","group":"r","id":"\(id(.tag, "no"))",\
    "name":"No","type":"tag"}
    """,
    """
    {"account":"ada","created":\(time),"dialect":"keyql","id":"\(id(.filter, "f"))","name":"hot",\
    "query":"tag:Yes","type":"filter","zone":"UTC"}
    """,
    """
    {"account":"ada","before":null,"created":\(time),"dialect":"ids","id":"\(id(.load, "l"))",\
    "normal_form":"","query":"","since":\(time),"type":"load","zone":"UTC"}
    """,
    """
    {"account":"ada","already":0,"asked":"{\\"a\\":1}","changed":1,"complete":true,\
    "created":\(time),"id":"\(id(.coding, "1"))","kind":"tag","number":1,"reason":"","skipped":0,\
    "type":"coding","undoes":null}
    """,
    """
    {"account":"ada","already":0,"asked":"{}","changed":1,"complete":true,"created":\(time),\
    "id":"\(id(.coding, "2"))","kind":"undo","number":2,"reason":"x","skipped":0,"type":"coding",\
    "undoes":"\(id(.coding, "1"))"}
    """,
    """
    {"account":"a","custodian":"Ada","email":"","kind":"conversation","native_id":"c1",\
    "records":[{"path":"NATIVES/0001/A1.json","sha256":"\(digest)","version":3}],\
    "route":"claude.ai-export","type":"conversation"}
    """,
    """
    {"changes":[{"coding":"\(id(.coding, "1"))","set":true,"tag":"\(id(.tag, "yes"))"}],\
    "context":false,"id":"\(id(.item, "i"))","load":"\(id(.load, "l"))",\
    "notes":[{"account":"ada","coding":"\(id(.coding, "2"))","created":\(time),\
    "id":"\(id(.note, "n"))","text":"hm","withdrawn":null}],"record":3,"sha256":"\(digest)",\
    "type":"item"}
    """,
    """
    {"items":2,"native_id":"c9","reason":"REDACTED","route":"claude.ai-export","type":"left_out"}
    """,
    #"{"conversations":1,"items":1,"left_out":1,"type":"end"}"#,
  ]

  private static func scan(_ lines: [String], end: String = "\n") -> (ReviewDataScanner, Int) {
    scan(Array((lines.joined(separator: "\n") + end).utf8), chunk: 100)
  }

  private static func scan(_ bytes: [UInt8], chunk: Int) -> (ReviewDataScanner, Int) {
    var scanner = ReviewDataScanner()
    var count = 0
    for start in stride(from: 0, to: bytes.count, by: chunk) {
      scanner.read(bytes[start..<min(start + chunk, bytes.count)].span) { line, bytes in
        count += 1
        #expect(line.bytes == bytes + [0x0A])
      }
    }
    scanner.finish()
    return (scanner, count)
  }

  @Test("is read as it is written, in pieces of any size", arguments: [1, 7, 100_000])
  func sound(_ chunk: Int) throws {
    let bytes = Array((Self.lines.joined(separator: "\n") + "\n").utf8)
    let (scanner, count) = Self.scan(bytes, chunk: chunk)
    #expect(scanner.defects == [])
    #expect(count == Self.lines.count)
    #expect(scanner.set?.name == "First" && scanner.tags.map(\.name) == ["Yes", "No"])
    #expect(scanner.codings.last?.undoes == scanner.codings.first?.id)
    #expect(scanner.loads.first?.interval.since == Instant(rfc3339: "2026-01-02T03:04:05.6Z"))
  }

  @Test("is unsound wherever it ends early")
  func truncated() throws {
    let bytes = Array((Self.lines.joined(separator: "\n") + "\n").utf8)
    for count in 0..<bytes.count {
      #expect(!Self.scan(Array(bytes[..<count]), chunk: 4096).0.isSound, "\(count)")
    }
  }

  /// A line by its number, what stands in it, and what takes its place.
  private static let faults: [(line: Int, from: String, to: String)] = [
    (0, "custody-review", "other"), (0, "\"format_version\":1", "\"format_version\":2"),
    (0, "\"First\"", "\"\""), (0, "set_", "tag_"), (0, ",\"name\"", ", \"name\""),
    (1, "\"one\"", "\"two\""), (1, "\"one\"", "\"many\""), (1, "\"Yes\"", "\"no\""),
    (1, "2026-01-02", "2026-13-02"), (3, "\"hot\"", "\"\""), (4, "\"zone\"", "\"zoen\""),
    (5, "\"tag\"", "\"paint\""), (5, "\"number\":1", "\"number\":2"),
    (5, "\"changed\":1", "\"changed\":-1"), (5, "\"changed\":1", "\"changed\":1e3"),
    (5, "{\\\"a\\\":1}", "{"), (6, "\"undo\"", "\"tag\""), (6, id(.coding, "1"), id(.coding, "7")),
    (7, "NATIVES/0001/A1", "NATIVES/../A1"), (7, "NATIVES/0001", "/etc/0001"),
    (7, "NATIVES/0001/A1", "DATA/0001/A1"), (7, "A1.json", "A\\u0000.json"),
    (7, "\"version\":3", "\"version\":0"), (7, "\"c1\"", "\"\""), (7, digest, "AB" + digest),
    (7, "\"conversation\",\"native_id\"", "\"planet\",\"native_id\""),
    (8, id(.tag, "yes"), id(.tag, "maybe")), (8, id(.coding, "1"), id(.coding, "9")),
    (8, id(.load, "l"), id(.load, "m")), (8, "\"record\":3", "\"record\":2"),
    (8, "\"hm\"", "\"\""), (8, id(.coding, "2"), id(.coding, "3")),
    (
      8, "{\"coding\":\"\(id(.coding, "1"))\"",
      "{\"coding\":\"\(id(.coding, "2"))\",\"set\":true,\"tag\":\"\(id(.tag, "no"))\"},"
        + "{\"coding\":\"\(id(.coding, "1"))\""
    ),
    (9, "REDACTED", "LOST"), (10, "\"items\":1", "\"items\":2"), (10, "\"end\"", "\"set\""),
  ]

  @Test("a line that lies, contradicts others or is in another form is a defect")
  func faulty() {
    for fault in Self.faults {
      var lines = Self.lines
      #expect(lines[fault.line].contains(fault.from), "\(fault)")
      lines[fault.line] = lines[fault.line].replacing(
        fault.from, with: fault.to, maxReplacements: 1)
      #expect(!Self.scan(lines).0.isSound, "\(fault)")
    }
  }

  @Test("lines that are missing, doubled or out of their order are defects")
  func order() {
    for index in Self.lines.indices where index != 3 && index != 2 {
      var lines = Self.lines
      lines.remove(at: index)
      // The second act is the undoing of the first, and a note names it.
      #expect(!Self.scan(lines).0.isSound, "without line \(index)")
    }
    for index in Self.lines.indices {
      var lines = Self.lines
      lines.insert(lines[index], at: index)
      #expect(!Self.scan(lines).0.isSound, "line \(index) twice")
    }
    #expect(!Self.scan(Self.lines.reversed()).0.isSound)
  }

  @Test("a line without end is passed over and not held")
  func long() {
    var scanner = ReviewDataScanner()
    let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
    for _ in 0..<40 { scanner.read(piece.span) { _, _ in } }
    scanner.read(([0x0A] as [UInt8]).span) { _, _ in }
    scanner.finish()
    #expect(scanner.defects.first == "line 1: the line is too long")
  }

  @Test(
    "a definition is read up to the size that may be written, and no further", arguments: [0, 1])
  func size(_ over: Int) {
    let head = Self.lines[..<7].joined(separator: "\n") + "\n"
    let limit = head.utf8.count - over
    let fault = ReviewDataScanner.fault(inHead: Array(head.utf8).span, maximumByteCount: limit)
    #expect((fault == nil) == (over == 0))
    var scanner = ReviewDataScanner(maximumHeadByteCount: limit)
    scanner.read(Array((Self.lines.joined(separator: "\n") + "\n").utf8).span) { _, _ in }
    scanner.finish()
    #expect(scanner.isSound == (over == 0))
    if over == 0 {
      #expect(scanner.defects == [])
    } else {
      #expect(scanner.defects.first == "line 7: the definition of the set is too large")
    }
  }

  @Test("a line that no reader takes is not written")
  func longLine() {
    let line = [UInt8](repeating: 0x78, count: ReviewDataScanner.maximumLineByteCount)
    #expect(ReviewDataScanner.fault(inHead: (line + [0x0A]).span) == nil)
    #expect(ReviewDataScanner.fault(inHead: ([0x0A] + line + [0x78, 0x0A]).span) != nil)
  }

  @Test("defects are told up to a number")
  func many() {
    let (scanner, _) = Self.scan([String](repeating: "?", count: 1000))
    #expect(scanner.defects.count == 20)
  }
}
