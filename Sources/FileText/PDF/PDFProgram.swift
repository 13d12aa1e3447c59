// SPDX-License-Identifier: Apache-2.0
import CReader
import Glibc
import Model
import Synchronization

/// Where the program lies, looked for when the first PDF comes.
final class PDFLocation: Sendable {
  private let path: String?
  private let program = Mutex<PDFProgram??>(nil)

  /// - Parameter path: Folders with colons between them; nil for those of the environment.
  init(_ path: String?) {
    self.path = path
  }

  /// The program; nil where it is not installed.
  var found: PDFProgram? {
    program.withLock { program in
      if let program { return program }
      let found = PDFProgram.find(searching: path ?? PDFProgram.environmentPath)
      program = .some(found)
      return found
    }
  }
}

/// `pdftotext` of poppler, where it is installed.
///
/// It runs as a process of its own that gets the file as its input and nothing else, can write no
/// file, and is ended when it takes too much memory, time or room.
struct PDFProgram: Sendable {
  private let path: String
  /// Such as `pdftotext 22.12.0`.
  let version: String

  static var environmentPath: String {
    unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? ""
  }

  /// Looks for the program.
  ///
  /// - Parameter path: Folders with colons between them; those that are not absolute do not count.
  /// - Returns: Nil where it is not, or does not tell its version.
  static func find(searching path: String) -> PDFProgram? {
    for folder in path.split(separator: ":") where folder.hasPrefix("/") {
      let candidate = folder + "/pdftotext"
      guard unsafe access(String(candidate), X_OK) == 0 else { continue }
      let null = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
      guard null >= 0 else { return nil }
      defer { close(null) }
      var limits = ExtractionLimits()
      limits.programSeconds = 10
      guard
        let told = try? ChildReader(
          program: String(candidate), arguments: ["-v"], input: null, limits: limits
        ).run({ _ in true }),
        let line = told.errors.split(whereSeparator: \.isNewline).first
      else { continue }
      let words = line.split(separator: " ")
      // "pdftotext version 22.12.0"
      guard words.count >= 3, words[0] == "pdftotext" else { continue }
      return PDFProgram(path: String(candidate), version: "pdftotext " + words[2])
    }
    return nil
  }

  /// Reads a PDF.
  ///
  /// - Parameters:
  ///   - descriptor: Of the file.
  ///   - limits: What the program may use.
  ///   - sink: Gets the text.
  /// - Returns: What it tells of the pages.
  /// - Throws: `ExtractionFailure`.
  func read(
    _ descriptor: Int32, limits: ExtractionLimits, into sink: TextSink
  ) throws -> PDFPages {
    var pages = PDFPages()
    let decoder = CharsetDecoder("UTF-8")
    let child = ChildReader(
      program: path, arguments: ["-enc", "UTF-8", "-eol", "unix", "/proc/self/fd/0", "-"],
      input: descriptor, limits: limits)
    let end = try child.run(
      { piece in
        var text = decoder?.decode(piece) ?? []
        pages.take(&text)
        sink.append(text[...])
        return !sink.isCut
      }, errors: { pages.hear($0) })
    switch end.outcome {
    case .ended(0), .stopped: return pages
    case .late:
      throw ExtractionFailure(
        .readerFailed, "\(version) took more than \(limits.programSeconds) seconds")
    case .ended where end.errors.contains("Incorrect password"):
      throw ExtractionFailure(.passwordProtected, "it is encrypted")
    case .ended(1), .ended(3): throw ExtractionFailure(.decodeError, "it is damaged")
    case .ended(let status):
      throw ExtractionFailure(.readerFailed, "\(version) failed with status \(status)")
    case .unknown:
      throw ExtractionFailure(.readerFailed, "nothing tells how \(version) ended")
    case .killed(let signal):
      throw ExtractionFailure(.readerFailed, "\(version) was ended by signal \(signal)")
    }
  }
}
