// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model
import Production
import Store

extension EventRecord {
  /// The event as a paragraph to be read, with all that its line holds (export-formats section 10.5).
  var readableText: String {
    var lines = [
      "Event \(seq), \(time.rfc3339)",
      "Action:   \(action)",
      "Object:   \(object)",
      "By:       \(actor.displayName), user id \(actor.userID)",
      "With:     \(actor.command), \(actor.program), on \(actor.host)",
    ]
    if !reason.isEmpty { lines.append("Reason:   \(reason)") }
    lines += Self.lines("Before:", before) + Self.lines("After:", after)
    lines += ["Previous: \(previous.hexadecimal)", "SHA-256:  \(digest.hexadecimal)"]
    return lines.map { $0.escapedForTerminal() + "\n" }.joined() + "\n"
  }

  /// The members of an object line by line, another value in one; nothing for null.
  private static func lines(_ heading: String, _ text: String) -> [String] {
    guard let value = JSONValue(canonicalFile: Array(text.utf8)) else {
      return [heading, "  " + text]
    }
    switch value {
    case .null: return []
    case .object(let members):
      let sorted = members.sorted { $0.key < $1.key }
      return [heading] + sorted.map { "  \($0.key): \(plain($0.value))" }
    default: return [heading, "  " + plain(value)]
    }
  }

  private static func plain(_ value: JSONValue) -> String {
    switch value {
    case .null: "none"
    case .boolean(let flag): flag ? "yes" : "no"
    case .string(let text): text
    default: value.canonical
    }
  }
}
