// SPDX-License-Identifier: Apache-2.0
import Bytes

/// A field of a result that is a list too long to be in memory.
package struct LongList {
  /// The field's name.
  package var name: String
  /// Calls a body with each value, in order.
  package var read: ((FieldValue) throws -> Void) throws -> Void

  package init(_ name: String, _ read: @escaping ((FieldValue) throws -> Void) throws -> Void) {
    self.name = name
    self.read = read
  }
}

extension OutputSettings {
  /// Prints one object as ``print(_:schema:)`` does, with a field that is a long list.
  ///
  /// - Parameters:
  ///   - row: The object.
  ///   - schema: Named as the command, such as `retention-certificate`.
  ///   - list: The field; read only where it is asked for.
  /// - Throws: What the list throws; ``ClosedPipe``, or ``CommandFailure`` when the output cannot be
  ///   written.
  package func print<Row: Displayable>(
    _ row: Row, schema: String, streaming list: LongList
  ) throws {
    let fields = try fieldNames.map { try Row.fields(named: $0) } ?? Row.fields
    guard !printsIDsOnly, fields.contains(where: { $0.name == list.name }) else {
      return try print(row, schema: schema)
    }
    switch format {
    case .human: try printLines(row, fields, list)
    case .json:
      try writeJSON(row, fields, list) { try console.output.write($0) }
      try console.output.write("\n")
    case .jsonl:
      var stream = try RecordStream(to: console.output, schema: schema)
      try stream.append { write in try writeJSON(row, fields, list, write) }
      try stream.finish(incomplete: false, partial: 0)
    case .csv: try printCSV(row, fields, list)
    }
    try console.output.flush()
  }

  private func writeJSON<Row: Displayable>(
    _ row: Row, _ fields: [Field<Row>], _ list: LongList, _ write: ([UInt8]) throws -> Void
  ) throws {
    var bytes: [UInt8] = []
    bytes.append("{\"type\":")
    bytes.appendJSONString(Row.recordType)
    for field in fields {
      bytes.append(",")
      bytes.appendJSONString(field.name)
      bytes.append(":")
      if field.name == list.name {
        bytes.append("[")
        var isFirst = true
        try list.read { value in
          if !isFirst { bytes.append(",") }
          isFirst = false
          bytes.appendJSON(value)
          try write(bytes)
          bytes.removeAll(keepingCapacity: true)
        }
        bytes.append("]")
      } else {
        bytes.appendJSON(field.value(row))
      }
    }
    bytes.append("}")
    try write(bytes)
  }

  /// Each value of the list takes a line of its own.
  private func printLines<Row: Displayable>(
    _ row: Row, _ fields: [Field<Row>], _ list: LongList
  ) throws {
    let output = console.output
    let values = fields.map { (label: $0.label, value: $0.value(row)) }
    let shown = zip(fields, values).filter { $0.name == list.name || !$1.value.isEmpty }
    let width = shown.map(\.1.label.displayWidth).max() ?? 0
    for (field, line) in shown {
      guard field.name == list.name else {
        try output.write(labelledLines([line], width: width))
        continue
      }
      var label = line.label + ":"
      try list.read { value in
        let padding = String(repeating: " ", count: max(0, width + 1 - label.displayWidth))
        try output.write(label + padding + " " + value.shown() + "\n")
        label = ""
      }
    }
  }

  private func printCSV<Row: Displayable>(
    _ row: Row, _ fields: [Field<Row>], _ list: LongList
  ) throws {
    let output = console.output
    try output.write(fields.map(\.name).joined(separator: ",") + "\n")
    for (index, field) in fields.enumerated() {
      var bytes: [UInt8] = index > 0 ? [UInt8(ascii: ",")] : []
      if field.name == list.name {
        // One cell, as a short list has.
        var isEmpty = true
        try list.read { value in
          bytes.append(isEmpty ? "\"" : "; ")
          isEmpty = false
          var cell: [UInt8] = []
          cell.appendCSV(.list([value]), csvSafety)
          let isQuoted = cell.first == UInt8(ascii: "\"")
          bytes.append(contentsOf: isQuoted ? cell.dropFirst().dropLast() : cell[...])
          try output.write(bytes)
          bytes.removeAll(keepingCapacity: true)
        }
        if !isEmpty { bytes.append("\"") }
      } else {
        bytes.appendCSV(field.value(row), csvSafety)
      }
      try output.write(bytes)
    }
    try output.write("\n")
  }
}
