// SPDX-License-Identifier: Apache-2.0
import Bytes
import Synchronization
import XML

/// What an EDRM XML load file says of a document.
struct EDRMRecord: Sendable {
  /// A file that a document names.
  struct File: Sendable, Hashable {
    var path: String
    var byteCount: String
    var md5: String
  }

  var number: String
  var files: [File] = []
}

/// What an EDRM XML load file holds.
struct EDRMFacts: Sendable {
  var documents: [EDRMRecord] = []
  /// Parents by child.
  var parents: [String: String] = [:]
}

/// Takes in an EDRM XML load file while its bytes pass, and validates it.
final class EDRMIntake: Sendable {
  private let path: String
  // One piece after another; the lock is there for the compiler.
  private let reading: Mutex<Reading>

  private struct Reading {
    var stream: XMLStream<Receiver>?
    var failure: XMLError?
  }

  init(_ path: String) {
    self.path = path
    reading = Mutex(Reading())
  }

  func read(_ piece: Span<UInt8>) {
    reading.withLock { reading in
      guard reading.failure == nil else { return }
      do throws(XMLError) {
        if reading.stream == nil { reading.stream = try EDRMIntake.stream(for: piece) }
        try reading.stream?.read(piece)
      } catch {
        reading.failure = error
      }
    }
  }

  // The version stands in the first element.
  private static func stream(for piece: Span<UInt8>) throws(XMLError) -> XMLStream<Receiver> {
    var head: [UInt8] = []
    head.append(piece.extracting(..<min(piece.count, 512)))
    let isFirst = String(decoding: head, as: UTF8.self).contains("MinorVersion=\"1\"")
    return try XMLStream(
      schema: try XMLSchema(EDRMSchema.text(isFirst ? .minor1 : .minor2)), receiver: Receiver())
  }

  /// What was found, and what is wrong with the file.
  func finish() -> (facts: EDRMFacts?, defect: VerificationProblem?) {
    reading.withLock { reading in
      do throws(XMLError) {
        if let failure = reading.failure { throw failure }
        guard let stream = reading.stream else {
          throw XMLError(.notWellFormed, "the document is empty")
        }
        try stream.finish()
        return (stream.receiver?.facts ?? EDRMFacts(), nil)
      } catch {
        return (
          nil, VerificationProblem(code: .malformed, path: path, detail: error.description)
        )
      }
    }
  }

  private struct Receiver: XMLStreamReceiver {
    var facts = EDRMFacts()

    mutating func begin(_ element: String, _ attributes: [String: String]) {
      switch element {
      case "Document": facts.documents.append(EDRMRecord(number: attributes["DocID"] ?? ""))
      case "ExternalFile":
        guard !facts.documents.isEmpty else { return }
        facts.documents[facts.documents.count - 1].files.append(
          EDRMRecord.File(
            path: (attributes["FilePath"] ?? "") + "/" + (attributes["FileName"] ?? ""),
            byteCount: attributes["FileSize"] ?? "", md5: attributes["Hash"] ?? ""))
      case "Relationship":
        facts.parents[attributes["ChildDocId"] ?? ""] = attributes["ParentDocId"] ?? ""
      default: break
      }
    }

    mutating func end(_ element: String, text: String) {}
  }
}
