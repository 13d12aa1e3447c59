// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import TestSupport
import Testing

@Suite("Digests of files")
struct FileDigestsTests {
  private static let bytes = (0..<200_000).map {
    UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 9)
  }

  /// With the code for processors of each kind.
  private func check(_ files: [ArraySlice<UInt8>]) {
    for width in [512, 256, 128] as [Int32] {
      let found = FileDigests.together(files, vectorWidth: width) { $0.isMultiple(of: 3) }
      #expect(found.count == files.count)
      for (index, file) in files.enumerated() {
        let expected = FileDigests(of: file.span, withSHA1: index.isMultiple(of: 3))
        #expect(found[index] == expected, "file \(index) of \(file.count) bytes, width \(width)")
      }
    }
  }

  @Test("many files at a time have the digests that each has by itself, at every length")
  func together() {
    let bytes = FileDigestsTests.bytes
    check([])
    // Around every place where the padding needs another block.
    for start in stride(from: 0, to: 600, by: 100) {
      check((start..<start + 100).map { bytes[$0..<$0 + $0] })
    }
    check((0..<100).map { bytes[$0..<$0 + 99 - $0] })
    for count in [1, 2, 15, 16, 17, 31, 33, FileDigests.maximumTogether] {
      check((0..<count).map { bytes[$0 * 7..<$0 * 7 + $0 * $0 * 3 % 5000] })
    }
  }

  @Test("one large file among small ones, and equal ones side by side")
  func uneven() {
    let bytes = FileDigestsTests.bytes
    check([bytes[..<5], bytes[...], [], bytes[100..<164], bytes[100..<164]])
    check(Array(repeating: bytes[3..<70_003], count: 40))
  }

  @Test("are those of md5sum, sha256sum and sha1sum")
  func independent() async throws {
    try await withTemporaryDirectory { folder in
      let files = (0..<20).map { FileDigestsTests.bytes[$0..<$0 + $0 * 61] }
      let digests = FileDigests.together(files) { _ in true }
      for (index, file) in files.enumerated() {
        let name = String(index)
        try Data(file).write(to: folder.appendingPathComponent(name))
        for (program, digest) in [
          ("md5sum", digests[index].md5), ("sha256sum", digests[index].sha256),
          ("sha1sum", digests[index].sha1 ?? ""),
        ] {
          let output = try await Tool.run(program, [name], in: folder).outputText
          #expect(output == digest + "  " + name + "\n")
        }
      }
    }
  }

  @Test("digits are compared without making them, and any other are not they")
  func comparison() {
    let digests = FileDigests(of: FileDigestsTests.bytes.span, withSHA1: true)
    let without = FileDigests(of: FileDigestsTests.bytes.span)
    func isMD5(_ text: String) -> Bool { digests.hasMD5(text.utf8.span) }
    func isSHA256(_ text: String) -> Bool { digests.hasSHA256(text.utf8.span) }
    func isSHA1(_ text: String, of digests: FileDigests) -> Bool {
      digests.hasSHA1(text.utf8.span)
    }
    #expect(isMD5(digests.md5))
    #expect(isSHA256(digests.sha256))
    #expect(isSHA1(digests.sha1 ?? "", of: digests))
    #expect(!isSHA1(digests.sha1 ?? "", of: without))
    #expect(!isSHA1("", of: without))
    for digits in [
      digests.sha256.uppercased(), String(digests.sha256.dropLast()), digests.sha256 + "0", "",
      digests.md5, String(repeating: "0", count: 64),
    ] {
      #expect(!isSHA256(digits))
    }
    let digits = Array(digests.md5.utf8)
    for index in digits.indices {
      var changed = digits
      changed[index] ^= 1
      #expect(!isMD5(String(decoding: changed, as: UTF8.self)))
    }
  }
}
