// SPDX-License-Identifier: Apache-2.0
import FileText
import Model
import Testing

@Suite("Text of damaged mails")
struct MailTests {
  private func read(_ header: String, _ body: String) -> FileTextResult {
    FileTextExtractor(searching: "").text(
      of: Array(("From: a@example\nSubject: s\n" + header + "\n\n" + body).utf8), name: "a.eml",
      type: "")
  }

  private static let parts = "Content-Type: multipart/mixed; boundary=\"abc\""

  @Test(
    "reads parts that cannot be told apart as they stand, and says so",
    arguments: [
      "words of the body", "--abd\n\nwords of the body\n--abd--\n", "words of\n--abc--\n",
    ])
  func undivided(_ body: String) {
    let result = read(Self.parts, body)
    #expect(result.text?.contains("words of") == true)
    #expect(result.lack == .decodeError)
    #expect(result.detail == "the parts of the mail cannot be told apart")
  }

  @Test("says of a mail that was cut before the end of its parts")
  func cut() {
    let whole = read(Self.parts, "--abc\n\nfirst\n--abc\n\nsecond words\n--abc--\n")
    #expect(whole.text?.hasSuffix("first\nsecond words\n") == true)
    #expect(whole.lack == nil)
    let cut = read(Self.parts, "--abc\n\nfirst\n--abc\n\nsecond wo")
    #expect(cut.text?.hasSuffix("first\nsecond wo\n") == true)
    #expect(cut.lack == .decodeError)
    // Without any part it is empty, not damaged.
    let blank = read(Self.parts, " \n\n--abc--\n")
    #expect(blank.lack != .decodeError)
    #expect(blank.text?.contains("--abc") != true)
    // An end of the inner parts is none of the outer ones.
    let inner = read(
      Self.parts,
      "--abc\nContent-Type: multipart/alternative; boundary=i\n\n--i\n\nwords\n--i--\n")
    #expect(inner.lack == .decodeError)
    #expect(inner.detail == "the mail is cut: its parts have no end")
  }

  @Test("says of a part whose coding it does not know, and knows all usual ones")
  func coding() {
    let odd = read("Content-Transfer-Encoding: x-uuencode", "begin 644 a\n#0V%T\n")
    #expect(odd.lack == .unsupportedType)
    for name in ["7bit", "8BIT", "binary", "Quoted-Printable", "7bit (plain)"] {
      let usual = read("Content-Transfer-Encoding: " + name, "words")
      #expect(usual.text?.hasSuffix("words\n") == true)
      #expect(usual.lack == nil)
    }
  }

  @Test(
    "decodes words of a header that are encoded, and leaves what is none",
    arguments: [
      ("=?utf-8?B?R3LDvMOfZQ==?= =?utf-8?Q?_aus?=", "Grüße aus"),
      ("a =?iso-8859-1?q?caf=E9?= b", "a café b"), ("=?utf-8*de?Q?M=C3=BChe?=", "Mühe"),
      ("=?utf-8?X?abc?=", "=?utf-8?X?abc?="), ("=?no-such?Q?abc?=", "=?no-such?Q?abc?="),
      ("is it =?", "is it =?"), ("=?utf-8?Q?no end", "=?utf-8?Q?no end"),
      ("=?=?utf-8?Q?in?=", "=?in"), ("q?=?utf-8?Q?x?=", "q?x"),
    ])
  func encodedWords(_ header: String, told: String) {
    let result = read("To: " + header, "words")
    #expect(result.text == "From: a@example\nTo: " + told + "\nSubject: s\nwords\n")
  }

  @Test("reads a header full of begins of encoded words, and of words of wide characters")
  func manyWords() {
    let begins = String(repeating: "=?a?q?x", count: 20_000)
    #expect(read("To: " + begins, "words").text?.hasPrefix("From: a@example\nTo: =?a") == true)
    let word = "=?utf-8?B?" + String(repeating: "5pel", count: 900) + "?="
    let wide = read("To: " + word, "words")
    #expect(wide.text?.contains(String(repeating: "日", count: 900)) == true)
  }
}
