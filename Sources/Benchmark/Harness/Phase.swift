// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// A piece of work that is measured in a process of its own.
///
/// The order is that of a run: what needs the files of another phase comes after it.
enum Phase: String, CaseIterable, ExpressibleByArgument {
  case readBytes = "read-bytes"
  case hash
  case readJSON = "read-json"
  case capture
  case rawTokenize = "raw-tokenize"
  case tokenize
  /// Looks for sensitive types, without storing what it finds.
  case detect
  case rawIndex = "raw-index"
  case importing = "import"
  /// Builds the index of the whole store anew, which the cost of purging is set against.
  case reindex
  case purge
  case decide
  case review
  case exportFolder = "export-folder"
  case rawZip = "raw-zip"
  case exportZip = "export-zip"
  case rawZipDeflate = "raw-zip-deflate"
  case exportZipDeflate = "export-zip-deflate"
  case rawTar = "raw-tar"
  case exportTar = "export-tar"
  case rawVerify = "raw-verify"
  case verify

  /// Does the work.
  func run(in place: Workplace) throws -> Measurement {
    switch self {
    case .readBytes, .hash, .readJSON, .capture, .rawTokenize, .tokenize, .detect:
      try read(place)
    case .rawIndex, .importing: try index(place)
    case .reindex: try reindex(place)
    case .purge: try purge(place)
    case .decide: try decide(place)
    case .review, .exportFolder, .exportZip, .exportZipDeflate, .exportTar: try export(place)
    case .rawZip: try archive(place, as: .zip)
    case .rawZipDeflate: try archive(place, as: .zipDeflate)
    case .rawTar: try archive(place, as: .tarZstd)
    case .rawVerify, .verify: try check(place)
    }
  }

  private func reindex(_ place: Workplace) throws -> Measurement {
    let (duration, processorSeconds) = try CustodyReindex.run(place)
    return try Measurement(
      duration: duration, processorSeconds: processorSeconds, counts: [:])
  }

  private func purge(_ place: Workplace) throws -> Measurement {
    let outcome = try CustodyPurge.purge(place)
    return try Measurement(
      duration: outcome.duration, processorSeconds: outcome.processorSeconds,
      counts: ["conversations": outcome.conversations, "messages": outcome.messages])
  }

  private func decide(_ place: Workplace) throws -> Measurement {
    let (duration, count) = try CustodyRetention.decide(place)
    var measurement = try Measurement(duration: duration, counts: ["conversations": count])
    // Counted when the peak of memory is known.
    measurement.counts["messages"] = try CustodyImport.storedMessageCount(place)
    return measurement
  }
}
