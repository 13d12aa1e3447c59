// SPDX-License-Identifier: Apache-2.0
import Model
import Testing

@testable import Query

@Suite("The tree of a query")
struct TreeTests {
  /// The node names of query-language section 9.
  @Test(
    "is told in the names of the specification",
    arguments: [
      ("cat*", #"{"node":"term","prefix":true,"text":"cat"}"#),
      (
        "\"big cat\"",
        #"{"last_prefix":false,"node":"phrase","texts":["big","cat"]}"#
      ),
      (
        "title:\"big cat*\"",
        #"{"node":"restrict","op":":","prefix":true,"property":"title","value":"big cat"}"#
      ),
      ("project:*", #"{"node":"exists","property":"project"}"#),
      (
        "cat OR NOT dog",
        #"{"node":"or","operands":[{"node":"term","prefix":false,"text":"cat"},"#
          + #"{"node":"not","operand":{"node":"term","prefix":false,"text":"dog"}}]}"#
      ),
      (
        "title:(cat ONEAR(3) \"a b\")",
        #"{"expr":{"n":3,"node":"near","operands":[{"node":"term","prefix":false,"text":"cat"},"#
          + #"{"last_prefix":false,"node":"phrase","texts":["a","b"]}],"ordered":true},"#
          + #""node":"group","property":"title"}"#
      ),
      ("size=7", #"{"node":"restrict","op":"=","property":"size","value":7}"#),
      (
        "size:1..9",
        #"{"node":"and","operands":[{"node":"restrict","op":">=","property":"size","value":1},"#
          + #"{"node":"restrict","op":"<=","property":"size","value":9}]}"#
      ),
      (
        "sent<2025-03-01",
        #"{"node":"restrict","op":"<","property":"sent","value":"2025-03-01T00:00:00Z"}"#
      ),
      (
        "hasattachment:true",
        #"{"node":"restrict","op":":","property":"hasattachment","value":true}"#
      ),
      (
        "model:claude*",
        #"{"node":"restrict","op":":","prefix":true,"property":"model","value":"claude"}"#
      ),
      (
        "from:*.example.org",
        #"{"custodians":[],"identities":[],"node":"restrict","op":":","property":"from","#
          + #""value":"*.example.org"}"#
      ),
    ])
  func json(text: String, expected: String) throws {
    let node = try #require(compiled(text).node)
    #expect(node.json.canonical == expected)
  }
}
