// SPDX-License-Identifier: Apache-2.0
import FileText
import Foundation
import Model
import TestSupport
import Testing

@Suite("Text of PDF")
struct PDFTests {
  /// A program with the name of the reader that does what a script says.
  func withReader(
    _ script: String, _ body: (FileTextExtractor) async throws -> Void
  ) async throws {
    try await withTemporaryDirectory { folder in
      let program = folder.appendingPathComponent("pdftotext")
      let start = """
        #!/bin/sh
        if [ "$1" = -v ]; then echo "pdftotext version 0.1" >&2; exit 0; fi

        """
      try Data((start + script).utf8).write(to: program)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
      var limits = ExtractionLimits()
      limits.programSeconds = 2
      try await body(FileTextExtractor(limits: limits, searching: folder.path))
    }
  }

  @Test("reads the words of a PDF with the program that is installed, and records its version")
  func words() async throws {
    let result = try await SampleFiles.read("dues.pdf")
    #expect(result.text?.split(separator: "\n") == ["Harbour dues für 2026"])
    #expect(result.reader.hasPrefix("PDF, pdftotext "))
    #expect(result.lack == nil, "\(result.detail)")
    let packed = try await SampleFiles.read("attached.zip")
    #expect(packed.text?.contains("Harbour dues für 2026") == true)
  }

  @Test("names why a PDF has no text")
  func none() async throws {
    for (name, lack) in [
      ("blank.pdf", ProblemCode.noText), ("locked.pdf", .passwordProtected),
    ] {
      let result = try await SampleFiles.read(name)
      #expect(result.text == nil)
      #expect(result.lack == lack, "\(name): \(result.detail)")
    }
    // What is readable of it stands for it.
    let torn = try await SampleFiles.read("torn.pdf")
    #expect(torn.text == "%PDF-1.7\nnothing of it is there")
    #expect(torn.lack == .decodeError)
    let without = try await SampleFiles.read(
      "dues.pdf", with: FileTextExtractor(searching: "/nonexistent:relative"))
    #expect(without.lack == .readerMissing)
    #expect(!FileTextExtractor(searching: "").readsPDF)
  }

  @Test("says of pages that could not be read, though the reader ends well")
  func brokenPages() async throws {
    for name in ["corrupt-page.pdf", "filter-page.pdf"] {
      let result = try await SampleFiles.read(name)
      #expect(result.text?.contains("Harbour dues für 2026") == true)
      #expect(result.lack == .decodeError)
      #expect(result.detail.hasSuffix(" tells of errors in it"))
    }
    // Behind more warnings than are kept.
    let warnings = "for n in $(seq 1000); do echo 'Syntax Warning: odd' >&2; done; echo words"
    try await withReader(warnings) { extractor in
      let result = try await SampleFiles.read("dues.pdf", with: extractor)
      #expect(result.lack == nil)
    }
    try await withReader(warnings + "; echo 'Syntax Error: lost' >&2") { extractor in
      let result = try await SampleFiles.read("dues.pdf", with: extractor)
      #expect(result.text == "words\n")
      #expect(result.lack == .decodeError)
    }
  }

  @Test("counts pages without a word")
  func emptyPages() async throws {
    let result = try await SampleFiles.read("scanned-pages.pdf")
    #expect(result.text?.contains("Harbour dues für 2026") == true)
    #expect(result.lack == .noText)
    #expect(result.detail == "2 of 4 pages hold no text, such as scanned ones")
  }

  @Test("says of files embedded in a PDF")
  func portfolio() async throws {
    let result = try await SampleFiles.read("portfolio.pdf")
    #expect(result.text?.contains("Harbour dues für 2026") == true)
    #expect(result.lack == .unsupportedType)
    // The name stands across two of the pieces in which a file is read.
    for shift in [-15, -14, -7, -1, 0, 1] {
      let filler = [UInt8](repeating: UInt8(ascii: " "), count: (1 << 20) + shift - 9)
      let bytes = Array("%PDF-1.4\n".utf8) + filler + Array("/EmbeddedFiles".utf8)
      try await withReader("echo words") { extractor in
        #expect(extractor.text(of: bytes, name: "a.pdf", type: "").lack == .unsupportedType)
      }
    }
  }

  @Test("takes no end of a reader that nobody tells of for a good one")
  func ignoredChildren() async throws {
    await #expect(processExitsWith: .success) {
      signal(SIGCHLD, SIG_IGN)
      try await PDFTests().withReader("echo begun; exit 3") { extractor in
        let result = extractor.text(of: Array("%PDF-1.4\u{1}\0".utf8), name: "a.pdf", type: "")
        #expect(result.lack == .readerFailed)
        #expect(result.detail == "nothing tells how pdftotext 0.1 ended")
      }
    }
  }

  @Test("ends a reader that hangs, and keeps none of what it wrote")
  func hanging() async throws {
    try await withReader("echo begun; exec sleep 600") { extractor in
      let result = try await SampleFiles.read("dues.pdf", with: extractor)
      #expect(result.lack == .readerFailed)
      #expect(result.detail == "pdftotext 0.1 took more than 2 seconds")
    }
  }

  @Test("stops a reader that writes without end")
  func flooding() async throws {
    try await withReader("exec yes words") { extractor in
      let result = try await SampleFiles.read("dues.pdf", with: extractor)
      #expect(result.lack == .textLimit)
      #expect(result.text?.utf8.count == ExtractionLimits().textByteCount)
    }
  }

  @Test("gives a reader the file, a locale and nothing else, and lets it write no file")
  func confined() async throws {
    try await withTemporaryDirectory { outside in
      let target = outside.appendingPathComponent("written").path
      let script = """
        env | grep -v -E '^(PWD|OLDPWD|SHLVL|_)=' | sort
        ls /proc/self/fd | wc -l
        pwd
        head -c 5 /proc/self/fd/0; echo
        echo data > \(target)
        echo reached
        """
      try await withReader(script) { extractor in
        let result = try await SampleFiles.read("dues.pdf", with: extractor)
        let lines = try #require(result.text).split(separator: "\n").map(String.init)
        // ls itself opens the folder that it lists.
        #expect(lines == ["LC_ALL=C.UTF-8", "4", "/", "%PDF-"])
        #expect(result.detail.hasPrefix("pdftotext 0.1 was ended by signal "))
      }
      let written = try? Data(contentsOf: URL(fileURLWithPath: target))
      #expect(written?.isEmpty == true)
    }
  }

  @Test("names a reader that fails or is ended")
  func failing() async throws {
    try await withReader("exit 9") { extractor in
      let result = try await SampleFiles.read("dues.pdf", with: extractor)
      #expect(result.lack == .readerFailed)
      #expect(result.detail == "pdftotext 0.1 failed with status 9")
    }
    try await withReader("kill -11 $$") { extractor in
      let result = try await SampleFiles.read("dues.pdf", with: extractor)
      #expect(result.detail == "pdftotext 0.1 was ended by signal 11")
    }
  }
}
