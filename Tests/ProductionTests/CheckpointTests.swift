// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import Model
import Production
import TestSupport
import Testing

@Suite("Checkpoints and proofs")
struct CheckpointTests {
  private static let leaves = [
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
  ].compactMap { [UInt8](hexadecimal: $0) }

  @Test(
    "roots are those of the specification's table",
    arguments: [
      (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
      (2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
      (3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
      (5, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
      (6, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
      (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
    ])
  func roots(_ count: Int, _ root: String) {
    var tree = HashTree()
    for leaf in Self.leaves[..<count] { tree.add(leaf.span) }
    #expect(tree.root.hexadecimal == root)
  }

  @Test("the inclusion proof of the specification is made and leads to the root")
  func vector() throws {
    var collector = ProofCollector(size: 8, wanted: [5])
    for leaf in Self.leaves { collector.add(leaf.span) }
    let path = try #require(collector.finish()[5])
    #expect(
      path.map(\.hexadecimal) == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      ])
    let leaf = Self.leaves[5]
    let root = HashTree.root(
      of: HashTree.leafHash(leaf.span), at: 5, size: 8, path: path)
    #expect(
      root?.hexadecimal == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")
  }

  @Test("every leaf of every small tree has a proof that fits it alone", arguments: 1...33)
  func proofs(_ size: Int) {
    var tree = HashTree()
    var collector = ProofCollector(size: size, wanted: Array(0..<size))
    let leaves = (0..<size).map { [UInt8(truncatingIfNeeded: $0)] }
    for leaf in leaves {
      tree.add(leaf.span)
      collector.add(leaf.span)
    }
    let paths = collector.finish()
    let digests = leaves.map { HashTree.leafHash($0.span) }
    #expect(paths.count == size)
    for (index, path) in paths {
      for other in 0..<size {
        let root = HashTree.root(
          of: digests[index], at: other, size: size, path: path)
        #expect((root == tree.root) == (other == index), "\(index) at \(other) of \(size)")
      }
      let foreign: [UInt8] = [0xFF, 0xFF]
      let changed = HashTree.root(
        of: HashTree.leafHash(foreign.span), at: index, size: size, path: path)
      #expect(changed != tree.root)
      let long = HashTree.root(
        of: digests[index], at: index, size: size,
        path: path + [tree.root])
      #expect(long == nil)
    }
  }

  @Test("the signed note of the specification is made to the byte and read back")
  func note() throws {
    let key = try #require(SigningKey(seed: Array(0..<32)))
    var tree = HashTree()
    for leaf in Self.leaves { tree.add(leaf.span) }
    var checkpoint = Checkpoint(origin: "example.com/ediscovery-audit", size: 8, root: tree.root)
    #expect(Checkpoint(checkpoint.text) == checkpoint)
    try checkpoint.sign(with: key)
    #expect(
      checkpoint.text == """
        example.com/ediscovery-audit
        8
        XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=

        \u{2014} example.com/ediscovery-audit smPaw8ECDYhXvjKo0i+Clx6+H6IZavLQ9rX0UH9ELu8VlaaV6T9JznyXyzVa43eJ47B6qD903s2ZnQe1m/+VSqChdAs=

        """)
    #expect(
      Checkpoint.verifierKey("example.com/ediscovery-audit", key.publicKey)
        == "example.com/ediscovery-audit+b263dac3+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4")
    let read = try #require(Checkpoint(checkpoint.text))
    #expect(read == checkpoint)
    #expect(read.isSigned(by: key.publicKey))
    let other = try #require(SigningKey(seed: Array(1...32)))
    #expect(!read.isSigned(by: other.publicKey))
    var forged = read
    forged.size = 9
    #expect(!forged.isSigned(by: key.publicKey))
  }

  @Test(
    "anything but the very form of a note is refused",
    arguments: [
      "", "a\n", "a b\n1\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n",
      "a\n01\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n",
      "a\n-1\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n",
      "a\n1\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=", "a\n1\nXcna\n",
      "a\n1\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\nmore\n",
      "a\n1\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n\n",
      "a\r\n1\r\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\r\n",
    ])
  func badNotes(_ text: String) {
    #expect(Checkpoint(text) == nil)
  }

  @Test("pymerkle gives the same roots")
  func pymerkle() async throws {
    try await withTemporaryDirectory { folder in
      let script = """
        import hashlib
        from pymerkle import InmemoryTree
        tree = InmemoryTree(algorithm='sha256')
        for n in range(100):
            tree.append_entry(str(n).encode())
            print(tree.get_root(n + 1).hex())
        """
      let python = try run("python3", ["-c", script], in: folder)
      #expect(python.status == 0, "\(python.output)")
      var tree = HashTree()
      var roots: [String] = []
      for number in 0..<100 {
        tree.add(String(number).utf8.span)
        roots.append(tree.root.hexadecimal)
      }
      #expect(python.output.split(separator: "\n").map(String.init) == roots)
    }
  }
}
