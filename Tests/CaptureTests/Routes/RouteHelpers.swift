// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
import Testing

@testable import Capture

/// Writes files and reads them all as one capture.
func capture(files: [(name: String, text: String)], forced: CaptureFormat? = nil) throws -> Recorder
{
  try withFiles(files) { try capture($0, forced: forced) }
}

/// Runs a body with a new folder of files, and removes the folder afterwards.
func withFiles<Result>(
  _ files: [(name: String, text: String)], _ body: (URL) throws -> Result
) throws -> Result {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("custody-test-" + UUID().uuidString, isDirectory: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  for file in files {
    let place = folder.appendingPathComponent(file.name)
    try FileManager.default.createDirectory(
      at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(file.text.utf8).write(to: place)
  }
  return try body(folder)
}

extension Recorder {
  /// Records that were counted: items that stand for one, merged ones, skipped ones, duplicates,
  /// failures and people.
  var countedRecords: Int {
    units.map { $0.recordCount + $0.mergedCount + $0.skipped.values.reduce(0, +) }.reduce(0, +)
      + skipped.values.reduce(0, +) + duplicateCount + failures.count + people.count
  }

  /// Records that were skipped, in units and outside, by reason.
  var allSkipped: [SkipReason: Int] {
    units.reduce(into: skipped) { $0.merge($1.skipped, uniquingKeysWith: +) }
  }

  /// The units with what was read.
  var readUnits: [CapturedUnit] { units.filter(\.skipped.isEmpty) }

  /// The only unit, or the only one with something that was read.
  var unit: CapturedUnit {
    get throws {
      let found = units.count == 1 ? units : readUnits
      try #require(found.count == 1)
      return found[0]
    }
  }
}

extension CapturedUnit {
  /// What a conversation of calls begins with: its id up to the digest of who asked what.
  var beginning: String { String(nativeID.prefix { $0 != "~" }) }

  /// The item with a native id.
  func item(_ id: String) throws -> CapturedItem {
    try #require(items.first { $0.nativeID == id })
  }

  /// The native bytes of an item.
  func native(of item: CapturedItem) -> String {
    String(decoding: native[item.nativeRange], as: UTF8.self)
  }

  /// What parsing the native bytes again gives.
  func parsedAgain() throws -> CapturedUnit {
    try CaptureRoutes.parse([native], kind: kind, route: route, nativeID: nativeID)
  }
}

/// What is equal when stored records are parsed again.
func summary(_ unit: CapturedUnit) -> [String] {
  [unit.nativeID, unit.title] + unit.flags.map(\.rawValue)
    + unit.items.map { item in
      "\(item.nativeID ?? "-") < \(item.parentNativeID ?? "-") \(item.kind) \(item.role) "
        + "\(item.provenance.text) \(item.time?.text ?? "-") \(item.model ?? "-") "
        + "\(item.flags.map(\.rawValue)) \(item.aliases) \(unit.native(of: item)) "
        + item.blocks.map { "\($0.kind.rawValue) \($0.name): \($0.text)" }.joined(separator: "|")
        + item.files.map { "\($0.kind) \($0.name) \($0.type)" }.joined(separator: "|")
    }
}
