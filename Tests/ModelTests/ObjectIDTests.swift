// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Model

@Suite("Identifiers")
struct ObjectIDTests {
  private static let ids = ObjectKind.allCases.flatMap { kind in
    (0..<200).map { ObjectID(kind, derivedFrom: "\($0)") }
      + (0..<50).map { _ in ObjectID.random(kind) }
  }

  @Test("come back from their texts")
  func texts() {
    for id in Self.ids {
      #expect(ObjectID(id.text) == id)
      #expect(id.text.hasPrefix(id.kind.rawValue + "_"))
      #expect(id.text.utf8.count == id.kind.rawValue.utf8.count + 27)
    }
    let ends = "conv_" + String(repeating: "a", count: 25) + "7"
    #expect(ObjectID(ends)?.text == ends)
    #expect(ObjectID("itm_234567abcdefghijklmnopqrst")?.text == "itm_234567abcdefghijklmnopqrst")
  }

  @Test("stand in the order of their texts, of one kind and of several")
  func order() {
    let ids = Self.ids.shuffled()
    #expect(ids.sorted().map(\.text) == ids.map(\.text).sorted())
  }

  @Test("are the ones that other programs derive: base 32 of SHA-256, in lower case")
  func derivation() {
    // printf 'claude.ai-export:c:m' | openssl dgst -sha256 -binary | base32 | tr A-Z a-z | cut -c 1-26
    let id = ObjectID.item(route: "claude.ai-export", conversationID: "c", itemID: "m")
    #expect(id.text == "itm_mo4cbg6w6v4jmaot6pdh4egfxj")
  }

  @Test(
    "are nothing else",
    arguments: [
      "", "conv", "conv_", "conv_abc", "what_abcdefghijklmnopqrstuvwxyz",
      "conv_abcdefghijklmnopqrstuvwxyza", "conv_Abcdefghijklmnopqrstuvwxyz",
      "conv_1bcdefghijklmnopqrstuvwxyz", "conv_8bcdefghijklmnopqrstuvwxyz",
      "abcdefghijklmnopqrstuvwxyz", "conv_äbcdefghijklmnopqrstuvwxy",
    ])
  func refused(_ text: String) {
    #expect(ObjectID(text) == nil)
  }
}
