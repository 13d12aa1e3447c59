// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import Testing

private struct ReadString: Equatable {
  var text: String
  var repairs: JSONTextRepairs
}

private func readString(_ bytes: [UInt8]) throws(JSONError) -> ReadString {
  var cursor = JSONCursor(bytes.span)
  let text = try cursor.readString()
  try cursor.expectEnd()
  return ReadString(text: text, repairs: cursor.repairs)
}

/// The error when one value is passed over; nil when there is none.
private func skipError(_ bytes: [UInt8]) -> JSONError? {
  do throws(JSONError) {
    var cursor = JSONCursor(bytes.span)
    try cursor.skipValue()
    try cursor.expectEnd()
    return nil
  } catch {
    return error
  }
}

@Suite struct JSONCursorTests {
  @Test(arguments: [
    (#""""#, ""), (#""plain""#, "plain"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
    (#""\u0041\u00e9\u20AC""#, "Aé€"), (#""\ud83d\uDE00!""#, "😀!"), (#""a\u0000b""#, "a\u{0}b"),
    (#""long enough for a word \\ and more""#, "long enough for a word \\ and more"),
  ])
  func stringsAreResolved(json: String, text: String) throws {
    #expect(try readString(Array(json.utf8)) == ReadString(text: text, repairs: []))
  }

  @Test(arguments: [
    (#""\ud83d""#, "\u{FFFD}"), (#""\ude00x""#, "\u{FFFD}x"), (#""\ud83dA""#, "\u{FFFD}A"),
    (#""\ud83d\n""#, "\u{FFFD}\n"), (#""\ud83d\u0041""#, "\u{FFFD}A"),
    (#""\ud83d\ud83d\ude00""#, "\u{FFFD}😀"), (#""\ude00\ud83d""#, "\u{FFFD}\u{FFFD}"),
  ])
  func aLoneSurrogateIsReplacedAndTold(json: String, text: String) throws {
    #expect(try readString(Array(json.utf8)) == ReadString(text: text, repairs: .loneSurrogate))
  }

  @Test(
    arguments: [
      [0xFF], [0xC3], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xC0, 0x80], [0xF5, 0x80, 0x80, 0x80],
    ] as [[UInt8]])
  func bytesThatAreNoUTF8AreReplacedAndTold(bad: [UInt8]) throws {
    for (escape, resolved) in [("", ""), ("\\n", "\n")] {
      let read = try readString([0x22, 0x61] + bad + Array(escape.utf8) + [0x62, 0x22])
      #expect(read.repairs == .invalidUTF8)
      #expect(read.text.hasPrefix("a\u{FFFD}"))
      #expect(read.text.hasSuffix("\u{FFFD}" + resolved + "b"))
    }
  }

  @Test(
    arguments: [
      ("0", 0), ("-0", 0), ("42", 42), ("9223372036854775807", .max),
      ("-9223372036854775808", .min),
      ("9223372036854775808", nil), ("-9223372036854775809", nil), ("1.0", nil), ("1e3", nil),
    ] as [(String, Int64?)])
  func numbersAreReadExactlyOrNot(json: String, value: Int64?) throws {
    let bytes = Array(json.utf8)
    var cursor = JSONCursor(bytes.span)
    let read = try cursor.readInteger()
    try cursor.expectEnd()
    #expect(read == value)
  }

  @Test(arguments: [
    "", " ", "01", "-", "-x", "1.", ".5", "1e", "1e+", "+1", "tru", "nul", "truex", "nulll", "[",
    "[1", "[1,", "[,1]", "[1,]", "[1 2]", "[1}", "{", "{\"a\"", "{\"a\":", "{\"a\":1",
    "{\"a\":1,}", "{,}", "{a:1}", "{\"a\" 1}", "{1:1}", "{]", "]", "\"", "\"\\", "\"\\u12",
    "\"\\u12g4\"", "\"\\x\"", "\"\u{1}\"", "\"\n\"", "1 1", "{} {}", "'a'", "NaN", "[1],",
  ])
  func malformedTextIsRefused(json: String) {
    #expect(skipError(Array(json.utf8)) != nil)
  }

  @Test(arguments: [
    "{}", "[]", " [ ] ", "{\"a\":{\"b\":[1,2.5e-3,true,false,null,\"\\u00e9\"]},\"\":[[]]}", "1",
    "\"\u{7F}\"", "\t\r\n{ \"a\" : 1 , \"b\" : [ 1 , 2 ] }\n", "-0.0E+0",
  ])
  func wellFormedTextIsPassedOver(json: String) throws {
    #expect(skipError(Array(json.utf8)) == nil)
    // An independent reader agrees.
    _ = try JSONSerialization.jsonObject(with: Data(json.utf8), options: .fragmentsAllowed)
  }

  @Test func aPrefixOfAValueIsAnUnexpectedEnd() throws {
    let bytes = Array(#"{"a":[1,-2.5e+3,"x\"\u00e9é",true,null,{"b":false}]}"#.utf8)
    for end in bytes.indices {
      let error = try #require(skipError(Array(bytes[..<end])), "prefix of \(end) bytes")
      #expect(error.code == .unexpectedEnd, "prefix of \(end) bytes")
      #expect(error.position <= Int64(end))
    }
  }

  @Test func nestingIsReadToTheLimit() {
    func nested(_ depth: Int) -> [UInt8] {
      Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
    }
    #expect(skipError(nested(JSONCursor.depthLimit)) == nil)
    #expect(skipError(nested(JSONCursor.depthLimit + 1))?.code == .tooDeep)
    // Siblings do not add up.
    let wide = "[" + Array(repeating: "[[]]", count: 600).joined(separator: ",") + "]"
    #expect(skipError(Array(wide.utf8)) == nil)
  }

  @Test func keysAreMatchedWithEscapesResolved() throws {
    let bytes = Array(#"{"\u0075uid":1,"uuid":2,"uuid2":3,"uui":4,"\"k":5}"#.utf8)
    var cursor = JSONCursor(bytes.span)
    var matched: [Bool] = []
    var names: [String] = []
    try cursor.enterObject()
    while let key = try cursor.nextKey() {
      matched.append(cursor.matches(key, "uuid"))
      names.append(cursor.text(of: key))
      try cursor.skipValue()
    }
    #expect(matched == [true, true, false, false, false])
    #expect(names == ["uuid", "uuid", "uuid2", "uui", "\"k"])
  }

  @Test func aValueOfAnotherKindIsToldAndNotPassed() throws {
    let bytes = Array("[1]".utf8)
    var cursor = JSONCursor(bytes.span)
    let kind = try cursor.peek()
    #expect(kind == .array)
    do throws(JSONError) {
      _ = try cursor.readString()
      Issue.record("an array was read as a string")
    } catch {
      #expect(error.code == .wrongKind)
    }
    let range = try cursor.skipValue()
    #expect(range == 0..<3)
  }
}
