// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

@testable import Store

/// Builds units as a reader gives them, with native bytes of a shape of its own.
struct UnitBuilder {
  var unit: CapturedUnit

  init(
    _ nativeID: String, title: String = "", account: String? = "acc-1",
    created: String? = "2025-01-10T10:00:00Z", route: String = "claude.ai-export"
  ) {
    unit = CapturedUnit(kind: .conversation, route: route, nativeID: nativeID, native: [])
    unit.title = title
    unit.accountID = account
    unit.createdAt = created.map { SourceTime(text: $0) }
    unit.native = Array("{\"uuid\":\"\(nativeID)\",\"name\":\"\(title)\"|".utf8)
  }

  /// Adds an item; its native bytes are all that it is made of.
  mutating func add(
    _ nativeID: String?, _ kind: ItemKind = .prompt, _ texts: [String],
    time: String? = "2025-01-10T10:00:00Z", model: String? = nil, parent: String? = nil,
    files: [CapturedFile] = [], tools: [String] = []
  ) {
    let role: ItemRole =
      switch kind {
      case .response: .assistant
      case .system: .system
      default: .user
      }
    var native = "<\(nativeID ?? "")|\(kind)|\(time ?? "")|\(model ?? "")|\(parent ?? "")|"
    native += texts.joined(separator: "¶") + "|"
    native += files.map { $0.name + "=" + ($0.text ?? "-") }.joined(separator: ";")
    native += "|" + tools.joined(separator: ",") + ">"
    let start = unit.native.count
    unit.native += Array(native.utf8)
    var item = CapturedItem(
      kind: kind, role: role, nativeRole: kind == .response ? "assistant" : "human",
      nativeRange: start..<unit.native.count)
    item.nativeID = nativeID
    item.parentNativeID = parent
    item.time = time.map { SourceTime(text: $0) }
    item.model = model
    item.blocks = texts.map { ContentBlock(kind: .text, text: $0) }
    item.blocks += tools.map { ContentBlock(kind: .toolUse, text: "input of tool", name: $0) }
    item.files = files
    unit.items.append(item)
  }

  static func file(
    _ name: String, _ kind: CapturedFile.Kind = .attachment, text: String? = nil,
    type: String = "", nativeID: String? = nil
  ) -> CapturedFile {
    var file = CapturedFile(kind: kind, name: name)
    file.text = text
    file.type = type
    file.nativeID = nativeID
    return file
  }
}

/// A conversation with one message a text.
func conversation(
  _ nativeID: String, title: String = "", account: String? = "acc-1", _ texts: String...
) -> CapturedUnit {
  var builder = UnitBuilder(nativeID, title: title, account: account)
  for (index, text) in texts.enumerated() {
    builder.add("\(nativeID)-m\(index)", index.isMultiple(of: 2) ? .prompt : .response, [text])
  }
  return builder.unit
}

extension Store {
  /// Imports units as one run of a source that is made when it is new.
  @discardableResult
  func ingest(
    _ units: [CapturedUnit], source name: String = "import", laneCount: Int = 2,
    batchByteCount: Int = 24 << 20, capacity: Int = PartitionPlan.defaultCapacity
  ) throws -> IngestCounts {
    let (source, run) = try change(as: .test()) { change in
      let source = try change.sourceForImport(named: name)
      return (source, try change.startRun(.files, of: source))
    }
    let writer = try ContentWriter(
      store: self, actor: .test(), source: source.id, run: run.id, laneCount: laneCount,
      batchByteCount: batchByteCount, capacity: capacity)
    for unit in units { try writer.add(unit) }
    let counts = try writer.finish()
    try change(as: .test()) { change in
      var told = RunCounts()
      told.read = counts.read
      told.stored = counts.stored
      told.updated = counts.updated
      told.duplicates = counts.duplicates
      try change.finishRun(run, state: .complete, counts: told)
    }
    return counts
  }
}
