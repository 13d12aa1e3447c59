// SPDX-License-Identifier: Apache-2.0
import Archives
import Testing

@Suite("Checksums of zips")
struct ChecksumTests {
  /// Bit by bit, as ISO 3309 has it.
  private func expected(_ bytes: ArraySlice<UInt8>, after start: UInt32 = 0) -> UInt32 {
    var value = ~start
    for byte in bytes {
      value ^= UInt32(byte)
      for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
    }
    return ~value
  }

  private static let bytes = (0..<20_000).map {
    UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 9)
  }

  @Test("are those of the standard, at every length and wherever the bytes lie")
  func lengths() {
    let bytes = ChecksumTests.bytes
    for length in Array(0..<300) + [1023, 1024, 4096, 5000] {
      let piece = bytes[length % 17..<length % 17 + length]
      var checksum = Checksum()
      checksum.update(piece.span)
      #expect(checksum.value == expected(piece), "\(length) bytes")
    }
    var checksum = Checksum()
    checksum.update("123456789".utf8.span)
    #expect(checksum.value == 0xCBF4_3926)
  }

  @Test("go on where the last bytes ended")
  func pieces() {
    let bytes = ChecksumTests.bytes
    let whole = expected(bytes[...])
    for step in [1, 15, 16, 63, 64, 65, 1000, 4096] {
      var checksum = Checksum()
      for start in stride(from: 0, to: bytes.count, by: step) {
        checksum.update(bytes[start..<min(start + step, bytes.count)].span)
      }
      #expect(checksum.value == whole, "\(step) bytes at a time")
    }
  }
}
