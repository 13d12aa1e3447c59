// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// Joins what several answers tell of one unit into its native record.
///
/// Every part keeps its bytes; what is left out are the cursors of pages, which say nothing of the
/// unit and are not the same each time. So a unit that did not change gives the same record
/// however its answers were cut into pages.
package enum ComplianceRecord {
  /// A message and the texts of its artifact versions.
  package struct Message: Sendable {
    package var bytes: [UInt8]
    /// By version id: the answer with the text, or the text itself as a JSON string.
    package var artifacts: [(version: String, content: [UInt8])]

    package init(bytes: [UInt8], artifacts: [(version: String, content: [UInt8])] = []) {
      self.bytes = bytes
      self.artifacts = artifacts
    }
  }

  /// The record of a chat: its fields, and all its messages in `chat_messages`.
  ///
  /// - Parameters:
  ///   - header: The first page of its messages.
  ///   - messages: The messages of all pages, in order.
  /// - Returns: A JSON object.
  package static func chat(header: CompliancePage, messages: [Message]) -> [UInt8] {
    var output = Array("{".utf8)
    for member in header.members { append(member: header.body[member.range], to: &output) }
    append(key: "chat_messages", to: &output)
    append(list: messages.map(joined), to: &output)
    output.append(UInt8(ascii: "}"))
    return output
  }

  /// The record of a session: the source's own object of it, and all its messages in `data`.
  ///
  /// - Parameters:
  ///   - session: The element of the list of sessions.
  ///   - messages: The messages of all pages, in order.
  /// - Returns: A JSON object.
  package static func session(_ session: [UInt8], messages: [[UInt8]]) -> [UInt8] {
    var output = Array("{\"session\":".utf8) + session
    append(key: "data", to: &output)
    append(list: messages, to: &output)
    output.append(UInt8(ascii: "}"))
    return output
  }

  /// The record of a project.
  ///
  /// - Parameters:
  ///   - detail: The answer with the project.
  ///   - attachments: The elements of its list of attachments.
  ///   - collaborators: The elements of its list of collaborators.
  ///   - documents: The answers with the texts of documents, by id.
  /// - Returns: A JSON object.
  package static func project(
    detail: CompliancePage, attachments: [[UInt8]], collaborators: [[UInt8]],
    documents: [(id: String, content: [UInt8])]
  ) -> [UInt8] {
    var output = Array("{".utf8)
    for member in detail.members
    where !["attachments", "collaborators", "documents"].contains(member.name) {
      append(member: detail.body[member.range], to: &output)
    }
    append(key: "attachments", to: &output)
    append(list: attachments, to: &output)
    append(key: "collaborators", to: &output)
    append(list: collaborators, to: &output)
    append(key: "documents", to: &output)
    append(map: documents.map { ($0.id, $0.content) }, to: &output)
    output.append(UInt8(ascii: "}"))
    return output
  }

  /// The parts that an earlier record of a chat holds beside its messages: the texts of artifact
  /// versions, by version id.
  ///
  /// - Parameter native: The record of a chat.
  /// - Returns: Each text as it was kept; empty where the record is of another kind.
  package static func artifacts(of native: [UInt8]) -> [String: [UInt8]] {
    var found: [String: [UInt8]] = [:]
    guard let page = try? CompliancePage(native) else { return [:] }
    for range in page.records {
      guard let message = try? CompliancePage(page.bytes(range)),
        let contents = message.value(of: "artifact_contents"),
        let map = try? CompliancePage(contents)
      else { continue }
      for member in map.members { found[member.name] = map.bytes(member.value) }
    }
    return found
  }

  /// The texts of documents that an earlier record of a project holds, by id.
  ///
  /// - Parameter native: The record of a project.
  /// - Returns: Each answer as it was kept.
  package static func documents(of native: [UInt8]) -> [String: [UInt8]] {
    guard let page = try? CompliancePage(native), let documents = page.value(of: "documents"),
      let map = try? CompliancePage(documents)
    else { return [:] }
    return Dictionary(map.members.map { ($0.name, map.bytes($0.value)) }) { first, _ in first }
  }

  private static func joined(_ message: Message) -> [UInt8] {
    guard !message.artifacts.isEmpty else { return message.bytes }
    var output = Array("{\"message\":".utf8) + message.bytes
    append(key: "artifact_contents", to: &output)
    append(map: message.artifacts.map { ($0.version, $0.content) }, to: &output)
    output.append(UInt8(ascii: "}"))
    return output
  }

  private static func append(member: ArraySlice<UInt8>, to output: inout [UInt8]) {
    if output.count > 1 { output.append(UInt8(ascii: ",")) }
    output += member
  }

  private static func append(key: String, to output: inout [UInt8]) {
    if output.count > 1 { output.append(UInt8(ascii: ",")) }
    JSONValue.appendCanonical(string: key, to: &output)
    output.append(UInt8(ascii: ":"))
  }

  private static func append(list: [[UInt8]], to output: inout [UInt8]) {
    output.append(UInt8(ascii: "["))
    for (index, element) in list.enumerated() {
      if index > 0 { output.append(UInt8(ascii: ",")) }
      output += element
    }
    output.append(UInt8(ascii: "]"))
  }

  private static func append(map: [(String, [UInt8])], to output: inout [UInt8]) {
    output.append(UInt8(ascii: "{"))
    for (index, entry) in map.enumerated() {
      if index > 0 { output.append(UInt8(ascii: ",")) }
      JSONValue.appendCanonical(string: entry.0, to: &output)
      output.append(UInt8(ascii: ":"))
      output += entry.1
    }
    output.append(UInt8(ascii: "}"))
  }
}
