// SPDX-License-Identifier: Apache-2.0
import FileText
import Foundation
import Model
import TestSupport
import Testing

/// The files that `make_files.py` writes, made once for all tests.
enum SampleFiles {
  private static let folder = Task {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("custody-test-files-" + UUID().uuidString, isDirectory: true)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let script = Repository.root.appendingPathComponent("Tests/FileTextTests/make_files.py").path
    let result = try await Tool.run("python3", [script, folder.path], in: folder)
    guard result.status == 0 else { throw MakingFailed(errors: result.errorText) }
    return folder
  }

  private struct MakingFailed: Error {
    var errors: String
  }

  /// The bytes of a file.
  static func bytes(_ name: String) async throws -> [UInt8] {
    try await [UInt8](Data(contentsOf: folder.value.appendingPathComponent(name)))
  }

  /// What is read of a file, as the extractor gives it.
  static func read(
    _ name: String, as given: String? = nil, type: String = "",
    with extractor: FileTextExtractor = FileTextExtractor()
  ) async throws -> FileTextResult {
    let path = try await folder.value.appendingPathComponent(name).path
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    return extractor.text(of: descriptor, name: given ?? name, type: type)
  }
}
