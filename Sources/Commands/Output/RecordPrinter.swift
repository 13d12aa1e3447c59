// SPDX-License-Identifier: Apache-2.0
import Bytes

extension OutputSettings {
  /// Prints one object with all its fields; the schema is named as the command, `hold-show`.
  package func print<Row: Displayable>(_ row: Row, schema: String) throws {
    let fields = try fieldNames.map { try Row.fields(named: $0) } ?? Row.fields
    if printsIDsOnly {
      try console.output.write(row.identifier.escapedLine)
      try console.output.flush()
      return
    }
    guard format == .human else {
      try printMachineReadable(
        type: Row.recordType, fields.map { .init($0.name, $0.value(row)) }, schema: schema)
      return
    }
    try console.output.write(
      labelledLines(fields.map { ($0.label, $0.value(row)) }))
    try console.output.flush()
  }

  /// Prints one record in a format for programs.
  func printMachineReadable(
    type: String, _ members: [FieldValue.Member], schema: String
  ) throws {
    let output = console.output
    let typed = [.init("type", .text(type))] + members
    switch format {
    case .human, .json:
      var bytes: [UInt8] = []
      bytes.appendJSON(typed)
      bytes.append(UInt8(ascii: "\n"))
      try output.write(bytes)
    case .jsonl:
      var stream = try RecordStream(to: output, schema: schema)
      try stream.append(typed)
      try stream.finish(incomplete: false, partial: 0)
    case .csv:
      var bytes = Array((members.map(\.name).joined(separator: ",") + "\n").utf8)
      for (index, member) in members.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        bytes.appendCSV(member.value, csvSafety)
      }
      bytes.append(UInt8(ascii: "\n"))
      try output.write(bytes)
    }
    try output.flush()
  }
}

/// Lines of a label and a value, values in one column; what has several parts below its label.
///
/// - Parameters:
///   - values: In order; empty ones are left out.
///   - width: Of the labels' column; nil: as wide as the widest label.
/// - Returns: The lines.
func labelledLines(
  _ values: [(label: String, value: FieldValue)], width: Int? = nil
) -> String {
  let shown = values.filter { !$0.value.isEmpty }
  let width = (width ?? shown.map(\.label.displayWidth).max() ?? 0) + 1
  var text = ""
  for (label, value) in shown {
    let lines = valueLines(value)
    let padding = String(repeating: " ", count: width - label.displayWidth - 1)
    text += label + ":" + padding + " " + (lines.first ?? "") + "\n"
    for line in lines.dropFirst() {
      text += String(repeating: " ", count: width + 1) + line + "\n"
    }
  }
  return text
}

private func valueLines(_ value: FieldValue) -> [String] {
  switch value {
  case .list(let values) where values.contains(where: \.hasLineOfItsOwn):
    values.map { $0.shown() }
  case .passage:
    value.shown(keeping: .lineFeedAndTab).split(
      separator: "\n", omittingEmptySubsequences: false
    ).map(String.init)
  default: [value.shown()]
  }
}

extension FieldValue {
  /// Whether it takes a line in a list of several.
  fileprivate var hasLineOfItsOwn: Bool {
    switch self {
    case .object, .told: true
    default: false
    }
  }
}
