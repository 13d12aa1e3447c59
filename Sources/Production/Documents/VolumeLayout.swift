// SPDX-License-Identifier: Apache-2.0

/// How the files of a production are arranged.
package enum VolumeLayout: String, Sendable, CaseIterable {
  /// Load files, natives, texts and renderings in numbered folders (export-formats section 2).
  case volume
  /// The shape of reports on interactions with an AI (export-formats section 8).
  case report

  /// Where a file of a document lies.
  ///
  /// - Parameters:
  ///   - section: What kind of file.
  ///   - position: The document's position in its volume, from 0.
  ///   - name: The file's name.
  /// - Returns: The path from the volume's root, with `/`.
  func path(_ section: VolumeSection, position: Int, name: String) -> String {
    switch self {
    case .volume:
      return section.rawValue + "/" + digits(position / VolumeWriter.filesPerFolder + 1, 4) + "/"
        + name
    case .report:
      let folder =
        switch section {
        case .html: "transcripts"
        case .natives: "natives"
        case .text: "text"
        default: section.rawValue.lowercased()
        }
      return folder + "/" + name
    }
  }

  /// Where the list of exceptions lies.
  var exceptionsPath: String { self == .volume ? "LOGS/exceptions.csv" : "Errors.csv" }
}
