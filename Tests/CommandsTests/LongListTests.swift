// SPDX-License-Identifier: Apache-2.0
import Bytes
import Commands
import Model
import Testing

/// An object with a list that is printed piece by piece reads as if it had been in memory.
@Suite("Long lists in results")
struct LongListTests {
  private struct Row: Displayable {
    static let recordType = "row"
    static let plural = "rows"
    static let fields: [Field<Row>] = [
      Field("first") { _ in .text("=1+1, \"quoted\"") },
      Field("many_things") { .list($0.values) },
      Field("nothing") { _ in .missing },
      Field("a_last_and_long_name") { _ in .integer(7) },
    ]

    var values: [FieldValue]
    var identifier: String { "row_1" }
  }

  private static let lists: [[FieldValue]] = [
    [],
    [.told("one", .object([.init("a", .text("x; \"y\"\n"))]))],
    (0..<3).map { .told("thing \($0)", .object([.init("n", .integer($0))])) },
  ]

  private func printed(
    _ format: OutputFormat, _ names: [String]?, _ body: (OutputSettings) throws -> Void
  ) rethrows -> String {
    let output = ByteSink(descriptor: nil)
    let console = Console(
      environment: [:], output: output, errors: ByteSink(descriptor: nil), inputIsTerminal: false,
      outputIsTerminal: false, errorIsTerminal: false, now: { Instant(ticks: 0) },
      readLine: { nil })
    try body(OutputSettings(console: console, format: format, fieldNames: names))
    return String(decoding: output.contents, as: UTF8.self)
  }

  @Test(arguments: [OutputFormat.json, .jsonl, .csv, .human], lists)
  func sameBytes(format: OutputFormat, values: [FieldValue]) throws {
    for names in [nil, ["many_things"], ["a_last_and_long_name", "many_things"], ["first"]] {
      let whole = try printed(format, names) {
        try $0.print(Row(values: values), schema: "row-show")
      }
      var readCount = 0
      let streamed = try printed(format, names) { settings in
        try settings.print(
          Row(values: []), schema: "row-show",
          streaming: LongList("many_things") { body in
            for value in values {
              readCount += 1
              try body(value)
            }
          })
      }
      // Without values the label is left out, but its column is not.
      if format == .human, values.isEmpty {
        #expect(!streamed.contains("many things"))
      } else {
        #expect(streamed == whole)
      }
      #expect(readCount == (names == ["first"] ? 0 : values.count))
    }
  }
}
