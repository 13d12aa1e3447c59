// SPDX-License-Identifier: Apache-2.0
import Foundation
import Production

extension Phase {
  /// Freezes a review set or exports it.
  func export(_ place: Workplace) throws -> Measurement {
    switch self {
    case .exportZip: try measureFiles { try export(place, to: place.zip, as: .zip(.store)) }
    case .exportZipDeflate:
      try measureFiles {
        try export(place, to: place.deflatedZip, as: .zip(.deflate(level: 6)))
      }
    case .exportTar:
      try measureFiles { try export(place, to: place.tar, as: .tarZstandard(level: 3)) }
    case .exportFolder: try measureFiles { try export(place, to: place.volume, as: .folder) }
    default: try measureReview(place)
    }
  }

  /// Writes the files of the exported folder by libarchive alone.
  func archive(_ place: Workplace, as format: RawArchive.Format) throws -> Measurement {
    let archive = place.folder.appendingPathComponent("raw." + format.rawValue)
    return try measureFiles {
      let result = try RawArchive.write(place.volume, to: archive, as: format)
      return (result.files, result.bytes)
    }
  }

  /// Checks the exported zip: its digest alone, or all that it says of itself.
  func check(_ place: Workplace) throws -> Measurement {
    try measureFiles {
      self == .verify
        ? try CustodyExport.verify(place.zip) : (1, try FileReading.hash(place.zip))
    }
  }

  private func export(
    _ place: Workplace, to volume: URL, as package: VolumePackage
  ) throws -> (files: Int, bytes: Int) {
    try CustodyExport.export(place, to: volume, as: package)
  }

  private func measureReview(_ place: Workplace) throws -> Measurement {
    let (duration, items) = try timed { try CustodyExport.review(place) }
    return try Measurement(duration: duration, counts: ["items": items])
  }

  private func measureFiles(
    _ body: () throws -> (files: Int, bytes: Int)
  ) throws -> Measurement {
    let (duration, result) = try timed(body)
    return try Measurement(
      duration: duration, counts: ["files": result.files, "bytes": result.bytes])
  }
}
