// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import Testing

@Suite("Base64 decoding")
struct Base64DecodingTests {
  @Test("gives back what Foundation encodes, of every length and with line ends")
  func roundTrip() {
    for count in 0..<200 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ count) }
      for options in [Data.Base64EncodingOptions(), [.lineLength64Characters]] {
        let text = Array(Data(bytes).base64EncodedString(options: options).utf8)
        #expect([UInt8](base64: text.span) == bytes)
      }
    }
  }

  @Test("passes over what is no code, and takes both alphabets, missing padding and a second code")
  func tolerant() {
    for (text, bytes) in [
      ("\"YWJj\"", "abc"), ("YW Jj!", "abc"), ("YWI", "ab"), ("YQ", "a"), ("YQ==YWI=", "aab"),
      ("", ""), ("=", ""),
    ] {
      #expect([UInt8](base64: text.utf8.span) == Array(bytes.utf8))
    }
    #expect([UInt8](base64: "-_-_".utf8.span) == [UInt8](base64: "+/+/".utf8.span))
  }
}
