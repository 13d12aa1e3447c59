// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model

/// The ids of local sessions, which have been seen to be base64 of JSON (claude-capture-formats
/// section 2.2).
enum LocalSessionID {
  /// The UUIDs that seem to be in the id of a local session, one of which may be the client's.
  ///
  /// A hint only: the form is nowhere promised.
  ///
  /// - Parameter id: An id.
  /// - Returns: Lower case; none for ids of other forms.
  static func uuids(in id: String) -> Set<String> {
    guard id.hasPrefix("clls_") else { return [] }
    var text = id.dropFirst(5).replacing("-", with: "+").replacing("_", with: "/")
    text += String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
    guard let bytes = Data(base64Encoded: String(text)), bytes.first == UInt8(ascii: "{"),
      let value = ComplianceFields.value(of: [UInt8](bytes))
    else { return [] }
    return uuids(of: value)
  }

  private static func uuids(of value: JSONValue) -> Set<String> {
    switch value {
    case .string(let text): text.isUUID ? [text.lowercased()] : []
    case .array(let values): values.reduce(into: []) { $0.formUnion(uuids(of: $1)) }
    case .object(let members): members.values.reduce(into: []) { $0.formUnion(uuids(of: $1)) }
    default: []
    }
  }
}
