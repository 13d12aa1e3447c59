// SPDX-License-Identifier: Apache-2.0
import FileText
import Model
import Testing

@Suite("Encodings of texts")
struct EncodingTests {
  private func read(
    _ bytes: [UInt8], _ name: String = "a.md", _ type: String = ""
  ) -> FileTextResult {
    FileTextExtractor(searching: "").text(of: bytes, name: name, type: type)
  }

  @Test("reads UTF-8 with a few wrong bytes, or cut within a character, as UTF-8, and says so")
  func damaged() {
    let words = "日本語の契約書 für Jörg\n"
    let start = Array(String(repeating: words, count: 200).utf8)
    for (bytes, count) in [
      (start + [0xFF] + Array("最後の言葉".utf8), 1), (start + Array("最後の言葉".utf8) + [0xE6, 0xAC], 2),
      (Array("最後の言葉".utf8) + [0x80, 0xC0], 2),
    ] {
      let result = read(bytes)
      #expect(result.text?.contains("最後の言葉") == true)
      #expect(result.text?.contains("\u{FFFD}") == true)
      #expect(result.reader == "plain text, UTF-8")
      #expect(result.lack == .decodeError)
      #expect(result.detail == "bytes that are no characters of its encoding: \(count)")
    }
  }

  @Test("says of wrong bytes far behind the first ones too")
  func late() {
    let filler = [UInt8](repeating: UInt8(ascii: "a"), count: 3 << 20)
    let wrong = read(Array("Grüße ".utf8) + filler + [0xFF] + Array(" Ende".utf8))
    #expect(wrong.text?.hasSuffix("\u{FFFD} Ende") == true)
    #expect(wrong.lack == .decodeError)
    // The first non-ASCII byte is the wrong one, and UTF-8 comes far behind it.
    let changed = read([0xE9] + filler + Array("日本語".utf8))
    #expect(changed.reader == "plain text, Windows-1252 assumed")
    #expect(changed.lack == .decodeError)
    #expect(changed.detail == "its encoding is not clear")
  }

  @Test(
    "keeps to UTF-8 where it is declared",
    arguments: [
      ("page.html", "<html><head><meta charset=\"utf-8\"></head><body>Größe ", "</body>"),
      ("page.xml", "<?xml version=\"1.0\" encoding=\"UTF-8\"?><a>Größe ", "</a>"),
      (
        "page.eml",
        "From: a@example\nSubject: s\nContent-Type: text/plain; charset=utf-8\n\nGröße ", "\n"
      ),
    ])
  func declared(_ name: String, start: String, end: String) {
    // Fewer characters than wrong bytes.
    let result = read(
      Array(start.utf8) + [0xFF, 0xFE, 0xFF] + Array(" words".utf8) + Array(end.utf8), name)
    #expect(result.text?.contains("Größe \u{FFFD}\u{FFFD}\u{FFFD} words") == true)
    #expect(result.lack == .decodeError)
    // Behind what is looked at first.
    let filler = [UInt8](repeating: UInt8(ascii: "a"), count: 2 << 20)
    let late = read(
      Array(start.replacing("Größe", with: "Groesse").utf8) + filler + Array(" Größe ".utf8)
        + [0xFF, 0xFE, 0xFF] + Array(end.utf8), name)
    #expect(late.text?.contains(" Größe \u{FFFD}") == true)
    #expect(late.lack == .decodeError)
  }

  @Test("reads what says it is UTF-8 and is nothing of it by its bytes, and says so")
  func contradicted() {
    let result = read(
      Array("<html><head><meta charset=\"utf-8\"></head><body>caf".utf8) + [0xE9], "page.html")
    #expect(result.text == "café\n")
    #expect(result.lack == .decodeError)
  }

  @Test("takes no text of an older encoding for UTF-8")
  func older() {
    // As CP932, KOI8-R and Windows-1251 write 契約書, договор and договор.
    for bytes: [UInt8] in [
      [0x8C, 0x5F, 0x96, 0xF1, 0x8F, 0x91], [0xC4, 0xCF, 0xC7, 0xCF, 0xD7, 0xCF, 0xD2],
      [0xE4, 0xEE, 0xE3, 0xEE, 0xE2, 0xEE, 0xF0],
    ] {
      #expect(read(bytes).reader == "plain text, Windows-1252 assumed")
    }
    let clean = read(Array("na".utf8) + [0xEF] + Array("ve".utf8))
    #expect(clean.text == "naïve" && clean.lack == nil)
  }

  @Test("says of wrong bytes in the header of a mail")
  func header() {
    let result = read(
      Array("From: a@example\nTo: b@example\nSubject: Größe über ".utf8) + [0xFF]
        + Array("\n\nwords".utf8), "a.eml")
    #expect(result.text?.contains("Subject: Größe über \u{FFFD}") == true)
    #expect(result.lack == .decodeError)
  }
}
