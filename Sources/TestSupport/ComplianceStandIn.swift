// SPDX-License-Identifier: Apache-2.0
package import Foundation

/// The stand-in for the Compliance API, `Tests/StandIn/compliance_api.py`, as a process of its own
/// that ends with the value.
package final class ComplianceStandIn: @unchecked Sendable {
  /// What the journal tells of a request.
  package struct Request: Sendable, Hashable {
    package var method: String
    package var path: String
    package var query: String
    package var status: Int
    /// The fault that was played, or empty.
    package var fault: String
    /// Whether a key came with it.
    package var hasKey: Bool
  }

  /// Why the stand-in did not do what a test asked.
  package struct Failure: Error {
    package var message: String
  }

  package let folder: URL
  package let baseURL: String
  private let process: Process
  private let input: FileHandle
  private let output: FileHandle
  private let lock = NSLock()
  private var pending: [UInt8] = []

  /// The key of the fixtures that reads everything.
  package static let key = "sk-ant-api01-test-reader-0123456789"

  /// Starts it.
  ///
  /// - Parameters:
  ///   - folder: New; gets the fixture and the journal.
  ///   - fixture: The arguments of `company.py` beside the folder, such as `small`.
  ///   - faults: A fault script, or nil.
  ///   - changes: Made to the fixture.
  /// - Throws: `Failure` when it does not start.
  package init(
    in folder: URL, fixture: [String] = ["small"], faults: String? = nil,
    changes: (inout [String: Any]) -> Void = { _ in }
  ) throws {
    self.folder = folder
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let scripts = Repository.root.appendingPathComponent("Tests/StandIn")
    let maker = Process()
    maker.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    maker.arguments =
      ["python3", "-B", scripts.appendingPathComponent("company.py").path, fixture[0], folder.path]
      + fixture.dropFirst()
    try maker.run()
    maker.waitUntilExit()
    let file = folder.appendingPathComponent("fixture.json")
    let read = try JSONSerialization.jsonObject(with: Data(contentsOf: file))
    guard var state = read as? [String: Any] else { throw Failure(message: "no fixture") }
    changes(&state)
    try JSONSerialization.data(withJSONObject: state, options: .sortedKeys).write(to: file)
    if let faults {
      try Data(faults.utf8).write(to: folder.appendingPathComponent("faults.json"))
    }
    process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "python3", "-B", scripts.appendingPathComponent("compliance_api.py").path, folder.path,
    ]
    let (to, from) = (Pipe(), Pipe())
    process.standardInput = to
    process.standardOutput = from
    input = to.fileHandleForWriting
    output = from.fileHandleForReading
    try process.run()
    var bytes: [UInt8] = []
    while !bytes.contains(10) {
      let data = output.availableData
      guard !data.isEmpty else { throw Failure(message: "the stand-in did not start") }
      bytes += data
    }
    guard let port = Int(String(decoding: bytes.prefix { $0 != 10 }, as: UTF8.self)) else {
      throw Failure(message: "the stand-in told no port")
    }
    baseURL = "http://127.0.0.1:\(port)"
  }

  deinit { stop() }

  /// Ends it.
  package func stop() {
    try? input.close()
    if process.isRunning { process.terminate() }
  }

  /// Gives it a command, JSON, and waits for the answer.
  @discardableResult
  package func command(_ json: String) throws -> [String: Any] {
    try lock.withLock {
      try input.write(contentsOf: Data((json.replacing("\n", with: " ") + "\n").utf8))
      while true {
        if let end = pending.firstIndex(of: 10) {
          let line = Data(pending[..<end])
          pending.removeSubrange(...end)
          guard let answer = try JSONSerialization.jsonObject(with: line) as? [String: Any],
            answer["error"] == nil
          else { throw Failure(message: String(decoding: line, as: UTF8.self)) }
          return answer
        }
        let data = output.availableData
        guard !data.isEmpty else { throw Failure(message: "the stand-in has ended") }
        pending += data
      }
    }
  }

  /// Changes its state.
  package func mutate(_ operations: String...) throws {
    try command(#"{"mutate":[\#(operations.joined(separator: ","))]}"#)
  }

  /// Replaces the fault script.
  package func setFaults(_ rules: String...) throws {
    try command(#"{"faults":[\#(rules.joined(separator: ","))]}"#)
  }

  /// How many requests it has had.
  package func requestCount() throws -> Int { try command("{}")["requests"] as? Int ?? -1 }

  /// The paths of all DELETE requests that it has had.
  package func deletes() throws -> [String] { try command("{}")["deletes"] as? [String] ?? [] }

  /// What it was asked, in order.
  package func journal(from first: Int = 0) throws -> [Request] {
    let text = try String(
      contentsOf: folder.appendingPathComponent("journal.jsonl"), encoding: .utf8)
    return try text.split(separator: "\n").dropFirst(first).map { line in
      let entry = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      return Request(
        method: entry?["method"] as? String ?? "", path: entry?["path"] as? String ?? "",
        query: entry?["query"] as? String ?? "", status: entry?["status"] as? Int ?? 0,
        fault: entry?["fault"] as? String ?? "", hasKey: entry?["key"] as? Bool ?? false)
    }
  }
}
