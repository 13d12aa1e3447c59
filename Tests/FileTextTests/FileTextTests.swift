// SPDX-License-Identifier: Apache-2.0
import FileText
import Foundation
import Model
import Testing

/// A file and what is to be read of it.
struct FileCase: CustomTestStringConvertible, Sendable {
  var name: String
  var reader: String
  var text: String
  var lack: ProblemCode?

  init(_ name: String, _ reader: String, _ text: String, _ lack: ProblemCode? = nil) {
    self.name = name
    self.reader = reader
    self.text = text
    self.lack = lack
  }

  var testDescription: String { name }
}

private let wholeCases: [FileCase] = [
  FileCase("utf8.txt", "plain text, UTF-8", "Grüße aus Århus\nsecond line\n"),
  FileCase("utf8-mark.txt", "plain text, UTF-8", "marked é"),
  FileCase("utf16le.txt", "plain text, UTF-16", "Fähre 😀"),
  FileCase("utf16be.csv", "plain text, UTF-16", "port;Fähre"),
  FileCase("latin1.txt", "plain text, Windows-1252 assumed", "Café “quoted” €5"),
  FileCase("empty.txt", "empty file", ""),
  FileCase("data.json", "plain text, UTF-8", "{\"harbour\": \"Göteborg\", \"berths\": [4, 5]}"),
  FileCase(
    "tar-word.txt", "plain text, UTF-8",
    String(repeating: "n", count: 257) + "ustar" + String(repeating: "n", count: 512)),
  FileCase("header.txt", "plain text, UTF-8", "To: do\nmilk\nSubject of the day: rain\n"),
  FileCase(
    "page.html", "HTML, UTF-8",
    "Tariff & terms\nAbout tariffs\nFirst bold paragraph\none two\nQuay plan\nété …\n"),
  FileCase("latin1.html", "HTML, iso-8859-1", "été\n"),
  FileCase("feed.xml", "XML, UTF-8", "sv\nQuay 9\nLoading <fast>\nsecond ä entry\n"),
  FileCase("latin1.xml", "XML, iso-8859-1", "été\n"),
  FileCase(
    "broken.xml", "plain text, as it is no well-formed XML, UTF-8",
    "<?xml version=\"1.0\"?><a><b>found anyway</a> and more words"),
  FileCase(
    "letter.docx", "Word document",
    """
    Northgate lease
    struck out\tkept & signed
    Cell one
    Cell two
    Confidential
    A note
    Is this right?
    https://ferries.example/terms
    Berth plan
    Mara Lindqvist

    """),
  FileCase(
    "embedded.docx", "Word document",
    """
    outer words
    Confidential
    Berth plan
    Mara Lindqvist
    embedded words
    Confidential
    Berth plan
    Mara Lindqvist

    """),
  FileCase(
    "box.docx", "Word document", "in a box\nConfidential\nBerth plan\nMara Lindqvist\n"),
  FileCase(
    "sheet.xlsx", "Excel workbook",
    "Dues 2026\nBerth\t42.5\ninline\tresult\tHarbour\ncheck this\n"),
  FileCase(
    "talk.pptx", "PowerPoint presentation", "second slide\ntenth slide\nsay it slowly\n"),
  FileCase(
    "plan.odt", "OpenDocument", "Heading\nTwo wordsjoined\nFees\none\ttwo\nPlan\n"),
  FileCase(
    "files.zip", "archive", "notes.txt\nfirst words\nfolder/page.html\nsecond words\n"),
  FileCase(
    "files.tar.gz", "archive", "notes.txt\nfirst words\nfolder/page.html\nsecond words\n"),
  FileCase("log.txt.gz", "compressed file", "packed words\n"),
  FileCase(
    "nested.zip", "archive",
    "level2.zip\nlevel1.zip\nlevel0.zip\nbottom.txt\nbottom words\n"),
  FileCase(
    "box.mbox", "mailbox",
    (0..<3).map {
      "From: a@example\nTo: b@example\nDate: today\nSubject: Number \($0)\nmail \($0) words\n\n"
    }
    .joined()),
  FileCase(
    "letter.eml", "mail",
    """
    From: Mara Lindqvist <mara@ferries.example>
    To: jörg@ferries.example
    Date: Mon, 02 Mar 2026 09:00:00 +0000
    Subject: Wärme und Fähren – ein längerer Betreff, der gefaltet wird, weil er so lang ist
    Körper des Briefes
    Körper in HTML
    Bericht für März.docx
    attached words
    Confidential
    Berth plan
    Mara Lindqvist
    From: inner@ferries.example
    Subject: Inner subject
    inner words

    """),
]

@Suite("Text of files")
struct FileTextTests {
  @Test("reads the whole text of files of all kinds", arguments: wholeCases)
  func whole(_ sample: FileCase) async throws {
    let result = try await SampleFiles.read(sample.name)
    #expect(result.text == sample.text)
    #expect(result.lack == nil, "\(result.detail)")
    #expect(result.reader == sample.reader)
  }

  @Test(
    "tells what a file is by its content, whatever its name and type say",
    arguments: [
      ("page.html", "letter.docx", "application/pdf"), ("letter.docx", "letter.txt", "text/plain"),
      ("undeclared", "notes", ""), ("sheet.xlsx", "picture.png", "image/png"),
      ("utf8.txt", "utf8.docx", "application/zip"), ("feed.xml", "feed.eml", "text/html"),
    ])
  func wrongType(_ name: String, given: String, type: String) async throws {
    let told = try await SampleFiles.read(name, as: given, type: type)
    let plain = try await SampleFiles.read(name == "undeclared" ? "letter.eml" : name)
    #expect(told.text == plain.text)
    #expect(told.lack == nil)
  }

  @Test("finds the encoding of a text by what lies far behind its begin")
  func lateBytes() async throws {
    for (name, reader) in [
      ("late-latin1.txt", "plain text, Windows-1252 assumed"),
      ("late-utf8.txt", "plain text, UTF-8"),
    ] {
      let result = try await SampleFiles.read(name)
      #expect(result.text?.hasSuffix(" café") == true)
      #expect(result.reader == reader)
      #expect(result.lack == nil)
    }
  }

  @Test(
    "names why a file has no text",
    arguments: [
      FileCase("binary.txt", "", "", .unsupportedType),
      FileCase("picture.txt", "", "", .unsupportedType),
      FileCase("notes.rtf", "", "", .unsupportedType),
      FileCase("old.doc", "", "", .unsupportedType),
      FileCase("locked.docx", "", "", .passwordProtected),
      FileCase("locked.odt", "", "", .passwordProtected),
    ])
  func none(_ sample: FileCase) async throws {
    let result = try await SampleFiles.read(sample.name)
    #expect(result.text == nil)
    #expect(result.lack == sample.lack, "\(result.detail)")
    #expect(!result.detail.isEmpty)
  }

  @Test(
    "reads what can be read of a file, and names what is lacking",
    arguments: [
      FileCase(
        "mixed.zip", "archive",
        "notes.txt\nfirst words\nfolder/page.html\nsecond words\npicture.png\n", .unsupportedType),
      FileCase(
        "sealed.eml", "mail", "From: a@example\n", .passwordProtected),
    ])
  func partial(_ sample: FileCase) async throws {
    let result = try await SampleFiles.read(sample.name)
    #expect(result.text == sample.text)
    #expect(result.lack == sample.lack, "\(result.detail)")
    #expect(result.reader == sample.reader)
  }
}
