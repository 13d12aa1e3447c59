// SPDX-License-Identifier: Apache-2.0
import Model

extension CapturedItem {
  /// The item as a transcript shows it: speaker, time, blocks and files.
  ///
  /// - Parameters:
  ///   - custodian: The name of the person whose conversation it is; may be empty.
  ///   - senders: Names of people by the accounts that items name as their senders.
  ///   - marks: What is said of the item in its first line.
  /// - Returns: Lines, joined by line feeds.
  func transcriptEntry(
    custodian: String, senders: [String: String], marks: [String]
  ) -> String {
    let person = senderID.map { senders[$0] ?? $0 } ?? custodian
    let speaker =
      switch role {
      case .user: person.isEmpty ? "person" : person
      case .assistant: model ?? "Claude"
      default: nativeRole.isEmpty ? role.rawValue : nativeRole
      }
    var head = "[" + (time?.instant?.flooredToSecond.rfc3339 ?? "no time") + "] " + speaker
    for mark in marks { head += " (" + mark + ")" }
    if provenance != .verified { head += " (" + provenance.text + ")" }
    if !flags.isEmpty {
      head += " {" + flags.map(\.rawValue).joined(separator: ", ") + "}"
    }
    var lines = [head]
    for block in blocks {
      let label =
        switch block.kind {
        case .text: ""
        case .unknown: "<unknown block \(block.name)> "
        default: "<\(block.kind.rawValue)\(block.name.isEmpty ? "" : " " + block.name)> "
        }
      lines += (label + block.text).split(separator: "\n", omittingEmptySubsequences: false)
        .map { "    " + $0 }
    }
    for file in files {
      var line = "    (\(file.kind.rawValue)) " + file.name
      if let version = file.version { line += ", version \(version)" }
      if !file.lackNote.isEmpty { line += ", " + file.lackNote }
      lines.append(line)
    }
    return lines.joined(separator: "\n")
  }
}
