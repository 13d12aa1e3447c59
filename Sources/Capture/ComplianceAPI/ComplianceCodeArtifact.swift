// SPDX-License-Identifier: Apache-2.0
package import Bytes
import Model

/// Code artifacts: pages that Claude Code published, with their versions (claude-capture-formats
/// section 3.5).
///
/// The record holds the list's element byte for byte, the elements of versions that the list has
/// dropped since, and in `contents` what the bytes of each version are: their SHA-256, and their
/// text where they are text.
package enum ComplianceCodeArtifact {
  /// A version as the list names it.
  package struct Version: Sendable, Hashable {
    package var id: String
    /// The element of the list.
    package var element: [UInt8]
  }

  private static let beginning = Array(#"{"code_artifact":"#.utf8)

  /// The versions that an element names, in its order.
  package static func versions(of artifact: [UInt8]) -> [Version] {
    guard let page = try? CompliancePage(artifact) else { return [] }
    return elements(page.value(of: "versions"))
  }

  /// The versions that a record holds, those that the list has dropped first.
  package static func allVersions(ofRecord native: [UInt8]) -> [Version] {
    guard let page = try? CompliancePage(native) else { return [] }
    return elements(page.value(of: "dropped"))
      + versions(of: page.value(of: "code_artifact") ?? [])
  }

  /// What a record holds of the bytes of its versions, by version; what it lacks is left out.
  package static func contents(ofRecord native: [UInt8]) -> [String: [UInt8]] {
    guard let page = try? CompliancePage(native), let contents = page.value(of: "contents"),
      let map = try? CompliancePage(contents)
    else { return [:] }
    let known = map.members.filter { map.body[$0.value.lowerBound] == UInt8(ascii: "{") }
    return Dictionary(known.map { ($0.name, map.bytes($0.value)) }) { first, _ in first }
  }

  private static func elements(_ list: [UInt8]?) -> [Version] {
    ComplianceFields.elements(of: list ?? []).compactMap { element in
      guard let id = (try? ComplianceFields.strings(of: element))?["id"], !id.isEmpty else {
        return nil
      }
      return Version(id: id, element: element)
    }
  }

  /// What the record says of the bytes of a version.
  ///
  /// - Parameters:
  ///   - digest: Of the bytes.
  ///   - mediaType: As the service names it.
  ///   - bytes: The bytes, where they are short enough to be looked at.
  /// - Returns: A JSON object; with the text where the bytes are UTF-8 without control characters.
  package static func content(
    digest: SHA256Digest, mediaType: String, bytes: [UInt8]?
  ) -> [UInt8] {
    var members: [String: JSONValue] = [
      "media_type": .string(mediaType), "sha256": .string(digest.hexadecimal),
    ]
    let isText = bytes?.allSatisfy { $0 >= 0x20 || (0x09...0x0D).contains($0) } ?? false
    if isText, let bytes, let text = String(validating: bytes, as: UTF8.self) {
      members["text"] = .string(text)
    }
    return Array(JSONValue.object(members).canonical.utf8)
  }

  /// The record of an artifact.
  ///
  /// - Parameters:
  ///   - artifact: The element of the list.
  ///   - dropped: Versions that an earlier record has and the list has not.
  ///   - contents: By version, the oldest first; nil where there is none.
  /// - Returns: A JSON object.
  package static func record(
    _ artifact: [UInt8], dropped: [Version], contents: [(version: String, content: [UInt8]?)]
  ) -> [UInt8] {
    var output = beginning + artifact + Array(#","dropped":["#.utf8)
    for (index, version) in dropped.enumerated() {
      if index > 0 { output.append(UInt8(ascii: ",")) }
      output += version.element
    }
    output += Array(#"],"contents":{"#.utf8)
    for (index, entry) in contents.enumerated() {
      if index > 0 { output.append(UInt8(ascii: ",")) }
      JSONValue.appendCanonical(string: entry.version, to: &output)
      output.append(UInt8(ascii: ":"))
      output += entry.content ?? Array("null".utf8)
    }
    return output + Array("}}".utf8)
  }

  static func isRecord(_ native: [UInt8]) -> Bool { native.starts(with: beginning) }

  /// Parses a record: a conversation with one response for each version.
  ///
  /// - Parameters:
  ///   - native: The record.
  ///   - path: The endpoint, for its gaps.
  /// - Returns: The unit.
  /// - Throws: `CaptureError` with `decodeError`.
  static func parse(_ native: [UInt8], path: String) throws(CaptureError) -> CapturedUnit {
    let page = try CompliancePage(native)
    let artifact = page.value(of: "code_artifact") ?? []
    let fields = try ComplianceFields.strings(of: artifact)
    guard let id = fields["id"], !id.isEmpty else {
      throw CaptureError(code: .decodeError, message: "a code artifact has no id")
    }
    var unit = CapturedUnit(
      kind: .conversation, route: ComplianceAPI.route, nativeID: id, native: native)
    unit.accountID = fields["owner_user_id"] ?? fields["user.id"]
    unit.updatedAt = fields["updated_at"].map { SourceTime(text: $0) }
    let elements = Dictionary(
      allVersions(ofRecord: native).map { ($0.id, $0.element) }
    ) { first, _ in first }
    guard let contents = page.members.first(where: { $0.name == "contents" }) else { return unit }
    let map = try CompliancePage(page.bytes(contents.value))
    let base = contents.value.lowerBound
    for member in map.members {
      let version = try ComplianceFields.strings(of: elements[member.name] ?? Array("{}".utf8))
      var item = CapturedItem(
        kind: .response, role: .assistant, nativeRole: "code_artifact",
        nativeRange: base + member.value.lowerBound..<base + member.value.upperBound)
      item.nativeID = member.name
      item.time = version["created_at"].map { SourceTime(text: $0) }
      item.title = version["name"] ?? ""
      var file = CapturedFile(kind: .artifact, name: item.title)
      file.nativeID = fileID(id, member.name)
      if let content = try? ComplianceFields.strings(of: map.bytes(member.value)) {
        file.type = content["media_type"] ?? ""
        file.text = content["text"]
      } else {
        unit.gaps.append(
          CaptureProblem(
            code: .fileNotCaptured, path: path, object: fileID(id, member.name),
            detail: "a version of a code artifact has no content in the record"))
      }
      if file.text?.isBlank ?? true { item.flags.insert(.empty) }
      item.blocks = [ContentBlock(kind: .text, text: "")]
      item.files = [file]
      unit.items.append(item)
    }
    unit.title = unit.items.last?.title ?? ""
    let timed = unit.items.compactMap(\.time).filter { $0.instant != nil }
    unit.createdAt = timed.min { ($0.instant ?? .init(ticks: 0)) < ($1.instant ?? .init(ticks: 0)) }
    if unit.items.isEmpty { unit.flags.insert(.empty) }
    return unit
  }

  /// What names the bytes of a version among the files of a source.
  package static func fileID(_ artifact: String, _ version: String) -> String {
    artifact + "/" + version
  }
}
