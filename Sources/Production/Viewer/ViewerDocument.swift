// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// What the viewer shows of a document, as renderings show it.
struct ViewerContent {
  /// Separated by `;`.
  var tags: String
  /// Of a parent.
  var events: [EventView] = []
  /// Of a child.
  var text = ""
}

/// A document as the viewer gets it: one element of a JSON array.
///
/// Keys are short, since they stand in every document: `n` number, `p` parent's number, `t` record
/// type, `c` custodian, `s` subject, `d` time, `x` states (`r` redacted, `w` withheld, `e` with
/// exceptions), `g` tags, `e` codes of exceptions, `l` paths of files, `v` events, `b` text. An event
/// has `t` time, `s` sender, `m` marks, `b` blocks as label and text, `f` files as name and number.
struct ViewerDocument {
  private(set) var bytes: [UInt8] = []

  /// - Parameters:
  ///   - row: The document's record.
  ///   - content: What it shows.
  ///   - time: The first event's time in the run's zone; empty where there is none.
  ///   - codes: Codes of exceptions.
  ///   - files: The document's files in the volume.
  init(
    _ row: FieldRow, _ content: ViewerContent, time: String, codes: [String], files: [String]
  ) {
    bytes.append("{\"n\":")
    add(row[.beginDocument])
    if !row[.parentID].isEmpty { member("p", row[.parentID]) }
    member("t", row[.recordType])
    member("c", row[.custodian])
    member("s", row[.subject])
    member("d", time)
    var states: [String] = []
    if row[.redacted] == "Yes" { states.append("r") }
    if row[.withheld] == "Yes" { states.append("w") }
    if !codes.isEmpty { states.append("e") }
    member("x", states)
    member("g", content.tags.split(separator: ";").map(String.init))
    member("e", codes)
    member("l", files)
    if !content.events.isEmpty {
      bytes.append(",\"v\":[")
      for (index, event) in content.events.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        add(event)
      }
      bytes.append(UInt8(ascii: "]"))
    }
    if !content.text.isEmpty { member("b", content.text) }
    bytes.append("},")
  }

  private mutating func add(_ event: EventView) {
    bytes.append("{\"t\":")
    add(event.timeText)
    member("s", event.sender)
    member("m", event.marks)
    bytes.append(",\"b\":")
    add(event.blocks.map { [$0.label, $0.text] })
    bytes.append(",\"f\":")
    add(event.attachments.map { [$0.name, $0.number] })
    bytes.append(UInt8(ascii: "}"))
  }

  private mutating func member(_ key: String, _ value: String) {
    bytes.append(",\"" + key + "\":")
    add(value)
  }

  private mutating func member(_ key: String, _ values: [String]) {
    bytes.append(",\"" + key + "\":")
    add(values)
  }

  private mutating func add(_ lists: [[String]]) {
    bytes.append(UInt8(ascii: "["))
    for (index, list) in lists.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      add(list)
    }
    bytes.append(UInt8(ascii: "]"))
  }

  private mutating func add(_ values: [String]) {
    bytes.append(UInt8(ascii: "["))
    for (index, value) in values.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      add(value)
    }
    bytes.append(UInt8(ascii: "]"))
  }

  private mutating func add(_ value: String) {
    JSONValue.appendCanonical(string: value, to: &bytes)
  }
}
