// SPDX-License-Identifier: Apache-2.0
import FileText
import Foundation
import Model
import Testing

@Suite("Text that files hold and no reader gives")
struct LackTests {
  private func read(_ text: String, _ name: String) -> FileTextResult {
    FileTextExtractor(searching: "").text(of: Array(text.utf8), name: name, type: "")
  }

  @Test(
    "reads XML with entities of its own as it stands, in texts and in values",
    arguments: [
      "<x>caf&eacute; one &secret; two</x>", "<x><y title=\"one &secret; two\"/>words</x>",
    ])
  func entities(_ body: String) {
    let document = "<!DOCTYPE x SYSTEM \"x.dtd\" [<!ENTITY secret \"hidden word\">]>" + body
    let result = read(document, "a.xml")
    #expect(result.text == document)
    #expect(result.reader == "plain text, as it has entities of its own, UTF-8")
    let plain = read("<!DOCTYPE x SYSTEM \"x.dtd\"><x y=\"a &amp; b\">c &lt; &#228;</x>", "a.xml")
    #expect(plain.text == "a & b\nc < ä\n")
    #expect(plain.reader == "XML, UTF-8")
  }

  @Test("says of entities in a document")
  func documentEntities() async throws {
    let result = try await SampleFiles.read("entities.docx")
    #expect(result.text == "before  after\n")
    #expect(result.lack == .decodeError)
  }

  @Test("passes over members of compressed archives up to a limit, and of others without one")
  func passedOver() async throws {
    var limits = ExtractionLimits()
    limits.passedByteCount = 5 << 20
    let extractor = FileTextExtractor(limits: limits, searching: "")
    for name in ["media.tar.bz2", "streamed.zip"] {
      let result = try await SampleFiles.read(name, with: extractor)
      #expect(result.text?.contains("words behind") != true)
      #expect(result.lack == .textLimit)
      let whole = try await SampleFiles.read(name)
      #expect(whole.text?.contains("words behind") == true, "\(name): \(whole)")
    }
    for name in ["media.tar", "media.zip"] {
      let result = try await SampleFiles.read(name, with: extractor)
      #expect(result.text?.contains("words behind") == true)
      #expect(result.lack == .unsupportedType)
    }
    #expect(try await SampleFiles.read("film.gz", with: extractor).lack == .unsupportedType)
  }

  @Test("says of a cell, and of texts of cells, that are too long")
  func cells() async throws {
    let long = try await SampleFiles.read("long-cell.xlsx")
    #expect(long.text?.hasPrefix("long long ") == true)
    #expect(long.lack == .textLimit)
    var limits = ExtractionLimits()
    limits.partByteCount = 4000
    let cut = try await SampleFiles.read(
      "strings.xlsx", with: FileTextExtractor(limits: limits, searching: ""))
    #expect(cut.text == "text 0\n")
    #expect(cut.lack == .textLimit)
    let whole = try await SampleFiles.read("strings.xlsx")
    #expect(whole.text == "text 0\ttext 999\n")
    #expect(whole.lack == nil)
  }

  @Test("reads what a pivot table was made of")
  func pivot() async throws {
    let result = try await SampleFiles.read("pivot.xlsx")
    #expect(result.text == "7\nShip\tAurora\tBorealis\nDues\n42.5\nunpaid\n")
    #expect(result.lack == nil)
  }

  @Test("says of a workbook in binary form")
  func binaryWorkbook() async throws {
    let result = try await SampleFiles.read("binary.xlsb")
    #expect(result.lack == .unsupportedType)
  }

  @Test(
    "reads texts that begin as files of other kinds do",
    arguments: [
      "ID3 tags are metadata", "BZh is how bzip2 begins", "GIF89a or GIF87a?", "Rar! A cry.",
      "OggS pages", "RIFF and its chunks: notes", "SQLite format 3 is its header", "!BDN",
      "The ftyp box of a film", "A PDF begins with %PDF-1.7, we learn",
    ])
  func aboutFormats(_ text: String) {
    let result = FileTextExtractor().text(of: Array(text.utf8), name: "notes.md", type: "")
    #expect(result.text == text)
    #expect(result.lack == nil)
    #expect(result.reader == "plain text, UTF-8")
  }

  @Test("tells files of these kinds by the bytes that no text has")
  func realFormats() {
    for start in ["ID3", "BZh9", "GIF89a", "Rar!", "OggS", "RIFF", "SQLite format 3", "....ftyp"] {
      let bytes = Array(start.utf8) + [UInt8](0...255) + [UInt8](0...255)
      let result = FileTextExtractor().text(of: bytes, name: "notes.md", type: "text/plain")
      #expect(result.text == nil)
      #expect(result.lack != nil)
      #expect(!result.detail.hasSuffix("data of an unknown type"))
    }
  }

  @Test("reads a text about PDF, and names what it cannot know, where no reader is installed")
  func withoutReader() {
    let result = read("We learn that %PDF-1.7 begins a PDF", "notes.md")
    #expect(result.text == "We learn that %PDF-1.7 begins a PDF")
    #expect(result.lack == .readerMissing)
    #expect(read("%PDF-1.7 is how a PDF begins", "notes.md").text == nil)
  }
}
