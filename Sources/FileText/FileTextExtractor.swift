// SPDX-License-Identifier: Apache-2.0
import Glibc
import Model

/// Takes the text out of files that strangers wrote.
///
/// What a file is, its content says; nothing is loaded from elsewhere, nothing is written, and
/// memory and time are bounded whatever the file holds.
package struct FileTextExtractor: Sendable {
  /// Rises when the same file may give another text.
  package static let version = 1

  private let limits: ExtractionLimits
  private let program: PDFLocation

  /// Prepares an extractor.
  ///
  /// - Parameters:
  ///   - limits: How much is read of one file.
  ///   - path: Where programs are looked for, folders with colons between them; by default as the
  ///     environment says.
  package init(
    limits: ExtractionLimits = ExtractionLimits(),
    searching path: String? = nil
  ) {
    self.limits = limits
    program = PDFLocation(path)
  }

  /// Whether PDF can be read.
  package var readsPDF: Bool { program.found != nil }

  /// Takes the text out of a file.
  ///
  /// - Parameters:
  ///   - descriptor: Readable and seekable; its position changes, and the caller closes it.
  ///   - name: The file's name.
  ///   - type: Its media type as declared; empty where none is.
  /// - Returns: The text, or why there is none.
  package func text(of descriptor: Int32, name: String, type: String) -> FileTextResult {
    text(of: DescriptorFeed(descriptor), name: name, type: type)
  }

  /// The same of bytes in memory.
  package func text(of bytes: [UInt8], name: String, type: String) -> FileTextResult {
    text(of: MemoryFeed(bytes[...]), name: name, type: type)
  }

  private func text(of feed: any ByteFeed, name: String, type: String) -> FileTextResult {
    let extraction = Extraction(limits: limits, program: program)
    var reader = ""
    extraction.noting {
      reader = try extraction.read(feed, name: name, type: type, depth: 0)
    }
    return result(of: extraction, reader: reader)
  }

  private func result(of extraction: Extraction, reader: String) -> FileTextResult {
    let sink = extraction.sink
    // A text is a row of a table, in which nothing may follow a zero.
    sink.replaceZeros()
    if sink.isCut {
      extraction.note(
        ExtractionFailure(.textLimit, "cut at \(limits.textByteCount) bytes of text"))
    }
    // The gravest limit first: what was cut is told before what lies in it.
    let failures =
      extraction.failures.filter { $0.code == .textLimit }
      + extraction.failures.filter { $0.code != .textLimit }
    guard let failure = failures.first else {
      return FileTextResult(text: sink.text, lack: nil, reader: reader)
    }
    return FileTextResult(
      text: sink.hasText() ? sink.text : nil, lack: failure.code, detail: failure.detail,
      reader: reader)
  }
}
