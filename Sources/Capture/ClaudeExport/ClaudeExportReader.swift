// SPDX-License-Identifier: Apache-2.0
import Model

/// Reads the files of claude.ai data exports.
final class ClaudeExportReader: RecordReader {
  private var manifests: [(path: String, parts: [String])] = []

  func read(_ record: NativeRecord, into sink: any RecordSink) throws {
    switch record.format {
    case .claudeUsers: try sink.take(ClaudeExport.parsePerson(native: record.bytes))
    case .claudeManifest:
      manifests.append((record.path, try ClaudeExport.manifestParts(native: record.bytes)))
      try sink.skip(.listing, count: 1)
    case .claudeProjects:
      try sink.take(ClaudeExport.parseProject(native: record.bytes, path: record.path))
    case .claudeMemories: try sink.take(ClaudeExport.parseMemory(native: record.bytes))
    default:
      try sink.take(ClaudeExport.parseConversation(native: record.bytes, path: record.path))
    }
  }

  func finish(into sink: any RecordSink) throws {
    for manifest in manifests {
      for part in manifest.parts {
        let name = part.split(separator: "/").last.map(String.init) ?? ""
        guard !sink.hasSeen(fileName: name) else { continue }
        try sink.lack(
          CaptureProblem(
            code: .partMissing, path: manifest.path, object: part,
            detail: "the manifest lists this part, and it is not among the files"))
      }
    }
    manifests = []
  }
}
