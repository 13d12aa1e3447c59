// SPDX-License-Identifier: Apache-2.0
import FileText
import Foundation
import Model
import Testing

@Suite("Text of hostile files")
struct HostileFileTests {
  @Test(
    "expands no entity and loads nothing, and reads the words around it",
    arguments: ["laughs.xml", "outside.xml"])
  func entities(_ name: String) async throws {
    let result = try await SampleFiles.read(name)
    let text = try #require(result.text)
    #expect(text.contains("before") && text.contains("after"))
    #expect(text.utf8.count < 1000)
    #expect(!text.contains("root:"))
  }

  @Test("reads XML that lies too deep as plain text, and says what it left out of deep HTML")
  func deepMarkup() async throws {
    let xml = try await SampleFiles.read("deep.xml")
    #expect(xml.text?.contains("bottom") == true)
    #expect(xml.lack == nil)
    #expect(xml.reader.hasPrefix("plain text"))
    let html = try await SampleFiles.read("deep.html")
    #expect(html.lack == .textLimit)
  }

  @Test(
    "stops where a file unpacks to too much, holds too much or lies too deep",
    arguments: ["bomb.zip", "very-nested.zip", "many.zip", "deep.eml", "parts.eml"])
  func bombs(_ name: String) async throws {
    let result = try await SampleFiles.read(name)
    #expect(result.lack == .textLimit, "\(result.detail)")
    #expect((result.text?.utf8.count ?? 0) <= ExtractionLimits().textByteCount)
  }

  @Test("keeps what came before the place where a file breaks")
  func torn() async throws {
    let document = try await SampleFiles.read("torn.docx")
    #expect(document.text?.hasPrefix("readable start") == true)
    #expect(document.lack == .decodeError)
    let archive = try await SampleFiles.read("cut.zip")
    #expect(archive.text?.hasPrefix("whole.txt\nwhole words") == true)
    #expect(archive.lack == .decodeError)
  }

  @Test("asks for no password and reads no encrypted archive")
  func encrypted() async throws {
    let result = try await SampleFiles.read("locked.zip")
    #expect(result.text == nil)
    #expect(result.lack == .passwordProtected)
  }

  @Test("cuts a text at the limit, between characters, and says so")
  func cut() async throws {
    var limits = ExtractionLimits()
    limits.textByteCount = 3
    let extractor = FileTextExtractor(limits: limits, searching: "")
    let result = extractor.text(of: Array("aäöü".utf8), name: "a.txt", type: "")
    #expect(result.text == "aä")
    #expect(result.lack == .textLimit)
    #expect(result.detail == "cut at 3 bytes of text")
    let fits = extractor.text(of: Array("aä".utf8), name: "a.txt", type: "")
    #expect(fits.text == "aä" && fits.lack == nil)
  }

  @Test("holds no more of a file of one endless line than the limit")
  func oneLine() throws {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("custody-test-line-" + UUID().uuidString).path
    let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    defer {
      close(descriptor)
      unsafe unlink(path)
    }
    let block = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
    for _ in 0..<16 { #expect(unsafe write(descriptor, block, block.count) == block.count) }
    // Behind it a gigabyte that takes no room.
    #expect(ftruncate(descriptor, 1 << 30) == 0)
    let result = FileTextExtractor().text(of: descriptor, name: "line.txt", type: "")
    #expect(result.text?.utf8.count == ExtractionLimits().textByteCount)
    #expect(result.lack == .textLimit)
  }

  @Test(
    "survives every cut of a document, an archive and a mail, and never gives more than the whole")
  func everyCut() async throws {
    for name in ["letter.docx", "files.tar.gz", "letter.eml", "plan.odt", "page.html"] {
      let whole = try await SampleFiles.bytes(name)
      let extractor = FileTextExtractor(searching: "")
      for count in stride(from: 1, to: whole.count, by: max(1, whole.count / 150)) {
        let result = extractor.text(of: Array(whole.prefix(count)), name: name, type: "")
        #expect(result.text != nil || result.lack != nil)
      }
    }
  }

  @Test("survives wrong bytes anywhere in a document, an archive and a mail")
  func wrongBytes() async throws {
    for name in ["letter.docx", "sheet.xlsx", "files.tar.gz", "letter.eml", "feed.xml"] {
      let whole = try await SampleFiles.bytes(name)
      let extractor = FileTextExtractor(searching: "")
      var seed: UInt64 = 7
      for _ in 0..<150 {
        var bytes = whole
        for _ in 0..<3 {
          seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
          bytes[Int(seed >> 33) % bytes.count] = UInt8(truncatingIfNeeded: seed >> 20)
        }
        let result = extractor.text(of: bytes, name: name, type: "")
        #expect(result.text != nil || result.lack != nil)
      }
    }
  }
}
