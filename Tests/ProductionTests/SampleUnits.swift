// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import Model
import Production

/// One message of a made-up conversation.
struct SampleMessage {
  var id: String?
  var parent: String?
  var role = ItemRole.user
  var time: String?
  var text = ""
  var files: [CapturedFile] = []
  var selection = ItemSelection.selected
  var flags: [RecordFlag] = []
  var model: String?
}

/// Makes a unit whose native bytes and ranges fit its items, as a capture reader would.
func sampleUnit(
  id: String = "conv-1", title: String = "Supply agreement", kind: UnitKind = .conversation,
  leaf: String? = nil, _ messages: [SampleMessage]
) -> ProducedUnit {
  var native: [UInt8] = []
  native.append("{\"uuid\":\(JSONValue.string(id).canonical),\"chat_messages\":[")
  var items: [CapturedItem] = []
  for (index, message) in messages.enumerated() {
    if index > 0 { native.append(", ") }
    let start = native.count
    let value: JSONValue = [
      "uuid": JSONValue(message.id), "text": .string(message.text),
      "created_at": JSONValue(message.time),
    ]
    native.append(value.canonical)
    var item = CapturedItem(
      kind: message.role == .user ? .prompt : .response, role: message.role,
      nativeRole: message.role.rawValue, nativeRange: start..<native.count)
    item.nativeID = message.id
    item.parentNativeID = message.parent
    item.time = message.time.map { SourceTime(text: $0) }
    item.blocks = [ContentBlock(kind: .text, text: message.text)]
    item.files = message.files
    item.flags = message.flags
    item.model = message.model
    items.append(item)
  }
  native.append("],\"name\":\(JSONValue.string(title).canonical)}")
  var unit = CapturedUnit(
    kind: kind, route: "claude.ai-export", nativeID: id, native: native)
  unit.title = title
  unit.items = items
  unit.currentLeafID = leaf
  unit.createdAt = messages.first?.time.map { SourceTime(text: $0) }
  var produced = ProducedUnit(
    id: .conversation(route: "claude.ai-export", nativeID: id), unit: unit,
    selection: messages.map(\.selection),
    custodian: ProducedCustodian(
      fullName: "Ada Byron", emailAddress: "ada.byron@example.com", accountID: "user_01AB"),
    sourcePath: "export.zip!/conversations.json")
  produced.capturedAt = Instant(rfc3339: "2026-04-01T00:00:00Z")
  return produced
}

/// A file with its text.
func sampleFile(
  _ name: String, text: String?, kind: CapturedFile.Kind = .attachment, type: String = "",
  version: Int? = nil
) -> CapturedFile {
  var file = CapturedFile(kind: kind, name: name)
  file.text = text
  file.type = type
  file.version = version
  return file
}

/// Options that any test may start from.
func sampleOptions() throws -> VolumeOptions {
  VolumeOptions(
    numbers: try ControlNumbers(), date: CivilDate(year: 2026, month: 3, day: 2),
    tool: ToolIdentity(name: "custody", version: "0.1.0"))
}

/// A load of three items that a query selected in the whole store.
func sampleLoad(_ query: String) -> ProductionLoad {
  ProductionLoad(
    number: 1, reach: .everyone, query: query, zone: "UTC", created: Instant(ticks: 0),
    account: "ada", selectedCount: 3, newCount: 3)
}

/// Conversations with everything that a load file or page may trip over.
func hostileUnits() -> [ProducedUnit] {
  let hostile =
    "=HYPERLINK(\"http://x\") þ Þ ® \u{14} \0 \u{1B}[31m \u{202E}evil\r\nnext\rlast <b>&'\"; \u{2028}"
  var first = sampleUnit(
    title: hostile,
    [
      SampleMessage(
        id: "m1", time: "2026-03-01T09:00:00.123456Z", text: "Please list the clauses.\nAll.",
        files: [
          sampleFile("agreement.txt", text: "hello, text"), sampleFile("photo;1.png", text: nil),
          sampleFile("../../etc/passwd", text: ""),
        ]),
      SampleMessage(
        id: "m2", parent: "m1", role: .assistant, time: "2026-03-01T09:00:04.5Z", text: hostile,
        files: [
          sampleFile(
            "Rates", text: "|a|b|", kind: .artifact, type: "text/markdown", version: 1)
        ], model: "claude-example-1"),
      SampleMessage(
        id: "m3", parent: "m1", role: .assistant, time: "2026-03-01T10:00:00Z",
        text: "Another answer"),
      SampleMessage(
        id: "m4", parent: "m3", time: "2026-03-02T00:00:00Z", text: "Thanks", selection: .context),
      SampleMessage(
        id: "m5", parent: "m3", time: "2026-03-02T00:05:00Z", text: "", selection: .excluded),
    ])
  first.project = "-Project; \"quoted\""
  first.problems = [
    CaptureProblem(
      code: .decodeError, path: "x", object: "m2", detail: "@bad, \"quoted\"\nsecond line")
  ]
  let second = sampleUnit(
    id: "conv-2", title: "",
    [SampleMessage(id: nil, time: nil, text: "no time at all")])
  var third = sampleUnit(
    id: "proj-1", title: "Ünïcode 计划", kind: .project,
    [
      SampleMessage(id: "p1", role: .system, time: "2025-12-31T23:59:59Z", text: "Instructions"),
      SampleMessage(
        id: "p2", role: .system, time: "2026-01-01T00:00:00Z", text: "Doc", selection: .excluded),
    ])
  third.duplicates = [
    SuppressedDuplicate(
      sourceID: "proj-2", custodian: ProducedCustodian(fullName: "Grace Hopper"),
      path: "other.zip!/projects.json", method: "family-sha256", hash: "00", scope: "global")
  ]
  return [first, second, third]
}

/// Output and status of another program.
func run(
  _ program: String, _ arguments: [String], in folder: URL? = nil,
  environment: [String: String] = [:]
) throws -> (status: Int32, output: String) {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = [program] + arguments
  process.currentDirectoryURL = folder
  process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
  let pipe = Pipe()
  process.standardOutput = pipe
  process.standardError = pipe
  try process.run()
  let bytes = pipe.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return (process.terminationStatus, String(decoding: bytes, as: UTF8.self))
}

/// Writes a volume of the units into a folder and gives its report.
@discardableResult
func export(
  _ units: [ProducedUnit], to folder: URL, _ options: VolumeOptions? = nil
) throws -> VolumeReport {
  let reports = try VolumeExporter(options ?? sampleOptions())
    .write(SequenceSource(units), to: folder.path)
  guard let report = reports.first, reports.count == 1 else {
    throw ProductionError(.invalidSource, "one volume was expected")
  }
  return report
}
