// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import Model

@testable import Capture

/// Keeps all that a session hands over.
final class Recorder: CaptureHandler {
  private(set) var units: [CapturedUnit] = []
  private(set) var people: [CapturedPerson] = []
  private(set) var failures: [CaptureProblem] = []
  private(set) var lacks: [CaptureProblem] = []
  private(set) var files: [CapturedFileReport] = []
  private(set) var skipped: [SkipReason: Int] = [:]
  private(set) var duplicateCount = 0

  func take(_ unit: CapturedUnit) { units.append(unit) }
  func take(_ person: CapturedPerson) { people.append(person) }
  func fail(_ problem: CaptureProblem) { failures.append(problem) }
  func lack(_ problem: CaptureProblem) { lacks.append(problem) }
  func finish(_ file: CapturedFileReport) { files.append(file) }
  func skip(_ reason: SkipReason, count: Int) { skipped[reason, default: 0] += count }
  func noteDuplicates(_ count: Int) { duplicateCount += count }
  func breathe(path: String, byteCount: Int64) {}

  /// The units but for those that keep what could not be read.
  var parsed: [CapturedUnit] { units.filter { !$0.isUnreadable } }

  /// What could not be read and was kept.
  var kept: [String] {
    units.filter(\.isUnreadable).map { String(decoding: $0.native, as: UTF8.self) }
  }

  /// The failures as code and path below a folder.
  func failureCodes(below folder: URL) -> [String] {
    failures.map {
      $0.code.rawValue + " " + $0.path.replacingOccurrences(of: folder.path, with: "")
    }
  }
}

extension CapturedUnit {
  fileprivate var isUnreadable: Bool { UnreadableRecord.isUnit(nativeID, native) }
}

/// Reads paths to the end.
func capture(_ paths: URL..., forced: CaptureFormat? = nil) throws -> Recorder {
  let recorder = Recorder()
  try CaptureSession(forced: forced, handler: recorder).read(paths.map(\.path))
  return recorder
}

/// A conversation's JSON with one message or several.
func conversationJSON(
  _ messages: String..., id: String = "c1", fields: String = ""
) -> String {
  #"{"uuid":"\#(id)","name":"Title","created_at":"2026-02-03T04:05:06.123456Z","#
    + #""updated_at":"2026-02-03T04:06:00Z","account":{"uuid":"a1"},\#(fields)"#
    + #""chat_messages":[\#(messages.joined(separator: ","))]}"#
}

/// A message's JSON; `fields` are further members.
func messageJSON(
  _ id: String, sender: String = "assistant", parent: String? = nil,
  time: String = "2026-02-03T04:05:06Z", fields: String = #""content":[]"#
) -> String {
  let link = parent.map { #""parent_message_uuid":"\#($0)","# } ?? ""
  return #"{"uuid":"\#(id)","sender":"\#(sender)",\#(link)"created_at":"\#(time)",\#(fields)}"#
}

func parse(_ json: String) throws -> CapturedUnit {
  try ClaudeExport.parseConversation(native: Array(json.utf8), path: "export.json")
}

/// The item of a message with the given content blocks.
func item(content: String) throws -> CapturedItem {
  try parse(conversationJSON(messageJSON("m1", fields: #""content":\#(content)"#))).items[0]
}

/// Runs a Python script with arguments; an independent maker of archives.
func python(_ script: String, _ arguments: String...) throws {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = ["python3", "-c", script] + arguments
  try process.run()
  process.waitUntilExit()
  guard process.terminationStatus == 0 else { throw PythonFailure() }
}

struct PythonFailure: Error {}
