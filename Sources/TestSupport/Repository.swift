// SPDX-License-Identifier: Apache-2.0
package import Foundation

/// The files of the project that tests read where they lie.
package enum Repository {
  /// The folder with `Package.swift`.
  package static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Whether tests write what they got as the new expectation, and then fail.
  package static var isRecording: Bool {
    ProcessInfo.processInfo.environment["RECORD"] == "1"
  }

  /// The names of the files in a folder that end so, sorted, without that end.
  package static func names(in folder: String, ending suffix: String) -> [String] {
    let path = root.appendingPathComponent(folder).path
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.filter { $0.hasSuffix(suffix) }.map { String($0.dropLast(suffix.count)) }.sorted()
  }

  /// The text of a file, by its path from the root.
  package static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
  }

  /// Puts the files of the sample matter into a folder, where examples of the manual find them.
  package static func copySamples(to folder: URL) throws {
    for name in ["export.zip", "custodians.csv", "queries.txt"] {
      try FileManager.default.copyItem(
        at: root.appendingPathComponent("Samples/" + name),
        to: folder.appendingPathComponent(name))
    }
  }
}
