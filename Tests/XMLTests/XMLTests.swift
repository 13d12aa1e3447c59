// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import TestSupport
import Testing
import XML

private let schemaText = """
  <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
    <xs:element name="set">
      <xs:complexType>
        <xs:sequence>
          <xs:element name="item" minOccurs="0" maxOccurs="unbounded">
            <xs:complexType>
              <xs:simpleContent>
                <xs:extension base="xs:string">
                  <xs:attribute name="id" use="required"/>
                </xs:extension>
              </xs:simpleContent>
            </xs:complexType>
          </xs:element>
        </xs:sequence>
      </xs:complexType>
      <xs:key name="ids"><xs:selector xpath="item"/><xs:field xpath="@id"/></xs:key>
    </xs:element>
  </xs:schema>
  """

/// Notes what it hears.
private struct Notes: XMLStreamReceiver {
  var lines: [String] = []

  mutating func begin(_ element: String, _ attributes: [String: String]) {
    lines.append(
      "<" + element
        + attributes.sorted { $0.key < $1.key }.map { " " + $0.key + "=" + $0.value }.joined())
  }

  mutating func end(_ element: String, text: String) {
    lines.append(element + ": " + text)
  }
}

private func read(
  _ text: String, schema: XMLSchema? = nil, pieceByteCount: Int = 7
) throws -> [String] {
  let stream = try XMLStream(schema: schema, receiver: Notes())
  let bytes = Array(text.utf8)
  for start in stride(from: 0, to: bytes.count, by: pieceByteCount) {
    try stream.read(bytes[start..<min(start + pieceByteCount, bytes.count)].span)
  }
  try stream.finish()
  return stream.receiver?.lines ?? []
}

@Suite("XML")
struct XMLTests {
  @Test("Python reads back every text and attribute that was written")
  func writing() async throws {
    let values = [
      "plain", "<b>&amp;'\"]]>", " edge ", "tab\tline\nreturn\r\n", "Ünï 计划 \u{1F600}", "",
      "\u{85}\u{2028}\u{7F}",
    ]
    var writer = try XMLWriter(isDocument: true)
    try writer.start("set")
    for value in values { try writer.element("item", [("id", value)], text: value) }
    try writer.end()
    let bytes = try writer.takeBytes()
    try await withTemporaryDirectory { folder in
      let file = folder.appendingPathComponent("x.xml")
      try Data(bytes).write(to: file)
      let script = """
        import sys, json, xml.etree.ElementTree as E
        root = E.parse(sys.argv[1]).getroot()
        print(json.dumps([[x.get('id'), x.text or ''] for x in root]))
        """
      let result = try await Tool.run("python3", ["-c", script, file.path], in: folder)
      #expect(result.status == 0, "\(result.errorText)")
      let found = try JSONDecoder().decode([[String]].self, from: Data(result.output))
      #expect(found == values.map { [$0, $0] })
    }
    #expect(try read(String(decoding: bytes, as: UTF8.self)).count == 2 + 2 * values.count)
  }

  @Test("characters that no document may hold become U+FFFD and are counted")
  func filter() throws {
    var count = 0
    let text = "a\0b\u{1}\u{B}c\u{FFFE}\u{FFFF}\t\n\r\u{FFFD}\u{FEFF}"
    let fit = XMLText.fit(text, substitutionCount: &count)
    #expect(fit == "a\u{FFFD}b\u{FFFD}\u{FFFD}c\u{FFFD}\u{FFFD}\t\n\r\u{FFFD}\u{FEFF}")
    #expect(count == 5)
    var writer = try XMLWriter()
    try writer.element("x", text: fit)
    let lines = try read(String(decoding: try writer.takeBytes(), as: UTF8.self))
    #expect(lines == ["<x", "x: " + fit])
  }

  @Test("a document is read alike whatever its pieces", arguments: [1, 2, 3, 5, 1000])
  func pieces(_ size: Int) throws {
    let text = "<set><item id=\"a&lt;&amp;amp;\">x<u/>y&amp;z</item><item id=\"b\"/></set>"
    #expect(
      try read(text, pieceByteCount: size) == [
        "<set", "<item id=a<&amp;", "<u", "u: ", "item: xy&z", "<item id=b", "item: ", "set: ",
      ])
  }

  @Test("what breaks the schema is refused with its line and none of its text")
  func invalid() throws {
    let schema = try XMLSchema(schemaText)
    #expect(try read("<set><item id=\"a\">x</item></set>", schema: schema).count == 4)
    for text in [
      "<set>\n<item>secret</item></set>", "<set>\n<other/></set>",
      "<set><item id=\"a\"/>\n<item id=\"a\"/></set>",
    ] {
      let error = #expect(throws: XMLError.self) { try read(text, schema: schema) }
      #expect(error?.code == .invalid)
      #expect(error?.line != nil)
      #expect(error?.description.contains("secret") == false)
    }
    #expect(throws: XMLError.self) { try XMLSchema("<xs:schema/>") }
  }

  @Test(
    "entities, document types, cut and broken documents are refused",
    arguments: [
      ("<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><a>&e;</a>", true),
      ("<!DOCTYPE a SYSTEM \"http://192.0.2.1/x.dtd\"><a/>", true),
      ("<!DOCTYPE a [<!ENTITY e \"eeeeeeeeee\">]><a>&e;&e;</a>", true),
      ("<a>&e;</a>", false), ("<a><b></a>", false), ("<a>", false), ("", false), ("<a/>x", false),
      ("<a>\u{1}</a>", false),
    ])
  func hostile(_ text: String, _ isDocumentType: Bool) throws {
    let error = #expect(throws: XMLError.self) { try read(text) }
    #expect(error?.code == (isDocumentType ? .documentType : .notWellFormed))
  }
}
