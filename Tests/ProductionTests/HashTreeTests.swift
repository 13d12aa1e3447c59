// SPDX-License-Identifier: Apache-2.0
import Bytes
import Testing

@testable import Production

@Suite("Hash trees")
struct HashTreeTests {
  @Test(
    "leaves that are added many at a time give the tree that one after another gives",
    arguments: [0, 1, 2, 255, 256, 257, 511, 512, 700, 1024, 1300], [0, 1, 256])
  func manyAtATime(count: Int, before: Int) {
    var bytes: [UInt8] = []
    let leaves = (0..<count).map { number in
      let start = bytes.count
      bytes += "\(number)\(String(repeating: "leaf", count: number % 40))".utf8
      return start..<bytes.count
    }
    var together = HashTree()
    for number in 0..<before { together.add("before \(number)".utf8.span) }
    var single = together
    together.add(leaves, of: bytes)
    for leaf in leaves { single.add(bytes[leaf].span) }
    #expect(together.leafCount == before + count)
    #expect(together.root == single.root)
    // What is added afterwards goes on from there.
    together.add("last".utf8.span)
    single.add("last".utf8.span)
    #expect(together.root == single.root)
  }
}
