// SPDX-License-Identifier: Apache-2.0
import Model
import Testing

@Suite struct JSONValueTests {
  @Test("sorts members by UTF-16 code units, as the example of RFC 8785 section 3.2.3 has it")
  func memberOrder() {
    let value: JSONValue = [
      "\u{20AC}": "Euro Sign", "\r": "Carriage Return",
      "\u{FB33}": "Hebrew Letter Dalet With Dagesh",
      "1": "One", "\u{1F600}": "Emoji: Grinning Face", "\u{80}": "Control",
      "\u{F6}": "Latin Small Letter O With Diaeresis",
    ]
    let expected =
      #"{"\r":"Carriage Return","1":"One","\#u{80}":"Control","\#u{F6}":"#
      + #""Latin Small Letter O With Diaeresis","\#u{20AC}":"Euro Sign","\#u{1F600}":"#
      + #""Emoji: Grinning Face","\#u{FB33}":"Hebrew Letter Dalet With Dagesh"}"#
    #expect(value.canonical == expected)
  }

  @Test("writes the shortest escapes, and nothing else escaped")
  func escapes() {
    let text = "\u{20AC}$\u{F}\nA'B\"\\\\\"/\u{8}\t\u{C}\r\u{7F}\u{2028}"
    #expect(
      JSONValue.string(text).canonical
        == "\"\u{20AC}$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\\b\\t\\f\\r\u{7F}\u{2028}\"")
  }

  @Test("writes integers past 2^53 - 1 as strings, since JSON numbers are doubles")
  func integers() {
    let largest: Int64 = (1 << 53) - 1
    #expect(JSONValue.integer(largest).canonical == "9007199254740991")
    #expect(JSONValue.integer(-largest).canonical == "-9007199254740991")
    #expect(JSONValue.integer(largest + 1).canonical == "\"9007199254740992\"")
    #expect(JSONValue.integer(.min).canonical == "\"-9223372036854775808\"")
  }

  @Test("writes literals, arrays and nested values without white space")
  func nesting() {
    let value: JSONValue = ["b": [1, nil, true, ["y": [], "x": .object([:])]], "a": false]
    #expect(value.canonical == #"{"a":false,"b":[1,null,true,{"x":{},"y":[]}]}"#)
  }
}
