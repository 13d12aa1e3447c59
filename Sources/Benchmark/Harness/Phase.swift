// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation

/// A piece of work that is measured in a process of its own.
enum Phase: String, CaseIterable, ExpressibleByArgument {
  case readBytes = "read-bytes"
  case hash
  case readJSON = "read-json"
  case rawTokenize = "raw-tokenize"
  case tokenize
  case capture
  case rawIndex = "raw-index"
  case importing = "import"

  /// Does the work.
  func run(in place: Workplace) throws -> Measurement {
    switch self {
    case .readBytes:
      let (duration, bytes) = try timed { try FileReading.readBytes(place.corpus) }
      return try Measurement(duration: duration, counts: ["bytes": bytes])
    case .hash:
      let (duration, bytes) = try timed { try FileReading.hash(place.corpus) }
      return try Measurement(duration: duration, counts: ["bytes": bytes])
    case .readJSON:
      let (duration, result) = try timed { try FileReading.readMessages(place.corpus) }
      return try Measurement(
        duration: duration, counts: ["bytes": result.bytes, "messages": result.messages])
    case .rawTokenize: return try Measurement(tokenizing: try Tokenizing.raw(place.corpus))
    case .tokenize: return try Measurement(tokenizing: try Tokenizing.custody(place.corpus))
    case .capture:
      let (duration, result) = try timed { try CustodyImport.capture(place) }
      return try Measurement(
        duration: duration, counts: ["bytes": result.bytes, "messages": result.messages])
    case .importing:
      try place.removeStore()
      let (duration, messages) = try timed { try CustodyImport.importAll(place) }
      return try Measurement(
        duration: duration,
        counts: ["messages": messages, "bytes": try byteCount(of: place.store)])
    case .rawIndex:
      let result = try RawIndex.build(
        place.rawIndex.path, from: place.corpus, tuning: place.tuning)
      return try Measurement(
        duration: result.duration,
        counts: [
          "messages": result.messages, "textBytes": result.textBytes,
          "bytes": try byteCount(of: place.rawIndex),
        ])
    }
  }
}

extension Measurement {
  fileprivate init(tokenizing outcome: Tokenizing.Outcome) throws {
    try self.init(
      duration: outcome.duration,
      counts: [
        "bytes": outcome.textByteCount, "tokens": outcome.tokenCount,
        "messages": outcome.messageCount,
      ])
  }
}

/// The bytes of a file, or of all files in a folder.
func byteCount(of place: URL) throws -> Int {
  let own = try place.resourceValues(forKeys: [.fileSizeKey, .isDirectoryKey])
  guard own.isDirectory == true else { return own.fileSize ?? 0 }
  let names = try FileManager.default.subpathsOfDirectory(atPath: place.path)
  return try names.reduce(0) { sum, name in
    let file = place.appendingPathComponent(name)
    let values = try file.resourceValues(forKeys: [.fileSizeKey, .isRegularFileKey])
    return sum + (values.isRegularFile == true ? values.fileSize ?? 0 : 0)
  }
}
