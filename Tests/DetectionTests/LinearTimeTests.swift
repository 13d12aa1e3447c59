// SPDX-License-Identifier: Apache-2.0
import Detection
import Glibc
import Testing

@Suite("Detection in linear time", .serialized)
struct LinearTimeTests {
  /// Texts that make a careless detector look at the same bytes again and again.
  static let hostile = [
    "4111 1111 1111 1111 ", "4111-", "1 ", "1.", "123-45-6789 ", "1.2.3.4.", "a:", "::", "1:",
    "a@", "a@b.", "a.b.c@", "@", "+1 ", "+49 1 ", "(212) ", "DE89 3704 ", "AKIA", "AKIAAKIA",
    "-----BEGIN PRIVATE KEY-----", "-----BEGIN ", "-----", "-", "password:", "password: ",
    "pass is ", "pass='", "card ", "card 4111111111111111 ", "é", "\u{10FFFF}", "漢4111111111111111",
    "visa4111111111111111", "0 ", "00 1 ", "password: \"aB1!",
  ]

  @Test("takes no more than a few times longer for twice the text", arguments: hostile)
  func time(piece: String) {
    // What others do on the machine takes nothing of a thread's own time.
    func ownTime() -> Double {
      var time = timespec()
      unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
    func seconds(_ count: Int) -> Double {
      let text = String(repeating: piece, count: count / piece.utf8.count)
      return (0..<3).map { _ in
        let start = ownTime()
        _ = Detector.matches(in: text.utf8Span.span).count
        return ownTime() - start
      }.min() ?? 0
    }
    let small = seconds(4_000)
    let large = seconds(64_000)
    // Sixteen times the text: quadratic work would be 256 times as much.
    #expect(large < max(small, 0.000_5) * 100, "\(piece): \(small) s, then \(large) s")
  }
}
