// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport

/// Runs programs that are struck at one of the changes that they make to files of a folder.
struct FaultInjection {
  enum Mode: String, CaseIterable {
    /// The process dies before the change.
    case kill
    /// Half of a write is done, and the process dies.
    case tear
    /// The change fails.
    case fail
    /// The disk is full from there on.
    case full
  }

  private let library: URL
  private let folder: URL

  /// Builds the library that strikes.
  ///
  /// - Parameter folder: Where it goes, and where programs run.
  /// - Throws: `NoCompiler` where it cannot be built: what it tests would not be tested.
  init(in folder: URL) async throws {
    library = folder.appendingPathComponent("faults.so")
    self.folder = folder
    let source = Repository.root.appendingPathComponent("Tests/EndToEndTests/Faults/faults.c").path
    let built = try await Tool.run(
      "cc", ["-shared", "-fPIC", "-O1", "-o", library.path, source, "-ldl"], in: folder)
    guard built.status == 0 else { throw NoCompiler(detail: built.errorText) }
  }

  struct NoCompiler: Error {
    var detail: String
  }

  /// Runs custody on a store.
  ///
  /// - Parameters:
  ///   - words: Its arguments.
  ///   - store: The name of a store in the folder: only changes of its files count.
  ///   - mode: What happens.
  ///   - number: At which change, from 1; 0: at none.
  /// - Returns: How it ended, and how many changes it made; nil when it died.
  /// - Throws: When it cannot be run.
  func run(
    _ words: [String], on store: String, _ mode: Mode = .kill, at number: Int = 0
  ) async throws -> (result: ToolResult, changeCount: Int?) {
    let report = folder.appendingPathComponent("changes-\(store)")
    try? FileManager.default.removeItem(at: report)
    let root = folder.resolvingSymlinksInPath().appendingPathComponent(store).path
    let result = try await Tool.run(
      "custody", ["--store", store] + words, in: folder,
      environment: [
        "LD_PRELOAD": library.path, "FAULT_ROOT": root, "FAULT_AT": String(number),
        "FAULT_MODE": mode.rawValue, "FAULT_REPORT": report.path,
      ])
    let text = try? String(contentsOf: report, encoding: .utf8)
    return (result, text.flatMap { Int($0.dropLast()) })
  }
}
