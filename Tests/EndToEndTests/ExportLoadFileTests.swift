// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@Suite("Load files in the form that a program wants")
struct ExportLoadFileTests {
  private static let store = ["--store", "store"]

  private static func prepare(_ folder: URL) async throws {
    func message(_ id: String, _ time: String) -> String {
      """
      {"uuid":"\(id)","sender":"human","created_at":"2025-03-01T\(time):00Z",\
      "content":[{"type":"text","text":"words"}]}
      """
    }
    let text = """
      [{"uuid":"c1","name":"=þ® Ü 計","created_at":"2025-03-01T00:00:00Z","account":{"uuid":"a1"},\
      "chat_messages":[\(message("m1", "00:00")),\(message("m2", "00:30")),\
      \(message("m3", "03:00"))]}]
      """
    try Data(text.utf8).write(to: folder.appendingPathComponent("conversations.json"))
    for words in [
      ["init", "store"], store + ["import", "conversations.json"],
      store + ["case", "create", "Matter"],
      store + ["review", "create", "Set", "--case", "Matter"],
      store + ["review", "add", "Set", "--everyone", "--all"],
    ] {
      try await run(words, in: folder)
    }
  }

  @discardableResult
  private static func run(
    _ words: [String], status: Int32 = 0, in folder: URL
  ) async throws -> ToolResult {
    let result = try await Tool.run("custody", words, in: folder)
    #expect(result.status == status, "\(words): \(result.outputText)\(result.errorText)")
    return result
  }

  private static func export(_ output: String, _ more: [String]) -> [String] {
    store + ["export", "create", "--review", "Set", "--output", output] + more
  }

  /// Prints what Python's own readers find in the load files.
  private static let reader = """
    import csv, io, sys
    folder, encoding = sys.argv[1:]
    def rows(data, encoding, **form):
        return list(csv.DictReader(io.StringIO(data.decode(encoding), newline=''), strict=True, **form))
    with open(folder + '/DATA/VOL001.dat', 'rb') as file: data = file.read()
    dat = rows(data, encoding, delimiter='\\x14', quotechar='þ')
    with open(folder + '/DATA/VOL001.csv', 'rb') as file: table = file.read()
    (line,) = rows(table, 'utf-8-sig')
    (row,) = dat
    print(data[:3].hex(), row['SUBJECT'], row['DATESENT'], row['DATETIMESENT'], row['CONFIDENTIALITY'])
    print(table[:3].hex(), line['SUBJECT'], line['DATESENT'], line['CONFIDENTIALITY'])
    """

  @Test(
    "encoding, escapes, dates, formulas and the designation are as asked, and recorded",
    arguments: [
      (
        [], "utf-8-sig", "efbbbf =th(R) Ü 計 03/01/2025 03/01/2025 00:00:00 \n",
        "424547 '=þ® Ü 計 03/01/2025 \n"
      ),
      (
        ["--dat-encoding", "utf-8"], "utf-8",
        "c3be42 =th(R) Ü 計 03/01/2025 03/01/2025 00:00:00 \n",
        "424547 '=þ® Ü 計 03/01/2025 \n"
      ),
      (
        [
          "--dat-encoding", "utf-16le", "--dat-escape", "double", "--date-format", "YYYYMMDD",
          "--csv-raw", "--csv-bom", "--confidentiality", "CONFIDENTIAL",
        ], "utf-16", "fffefe =þ® Ü 計 20250301 03/01/2025 00:00:00 CONFIDENTIAL\n",
        "efbbbf =þ® Ü 計 20250301 CONFIDENTIAL\n"
      ),
      (
        ["--dat-encoding", "cp1252", "--date-format", "YYYY-MM-DD"], "cp1252",
        "fe4245 =th(R) Ü ? 2025-03-01 03/01/2025 00:00:00 \n", "424547 '=þ® Ü 計 2025-03-01 \n"
      ),
    ])
  func forms(_ options: [String], _ encoding: String, _ dat: String, _ csv: String) async throws {
    try await withTemporaryDirectory { folder in
      try await Self.prepare(folder)
      try await Self.run(Self.export("VOL001", options), in: folder)
      let told = try await Tool.run("python3", ["-c", Self.reader, "VOL001", encoding], in: folder)
      #expect(told.outputText == dat + csv, "\(told.errorText)")
      try await Self.run(["export", "verify", "VOL001"], in: folder)
      let ledger = try await Tool.run(
        "python3",
        [
          "-c",
          """
          import json, sqlite3
          asked, = sqlite3.connect('store/catalog.sqlite').execute('SELECT options FROM export')
          asked = json.loads(asked[0])
          with open('VOL001/MANIFEST/manifest.json') as file:
              options = json.load(file)['options']
          form = dict(asked['load_files'], confidentiality=asked['confidentiality'])
          assert len(form) == 6 and all(options[name] == form[name] for name in form), form
          """,
        ], in: folder)
      #expect(ledger.status == 0, "\(ledger.errorText)")
    }
  }

  @Test("a silence of a length of time cuts a conversation, under numbers of its own")
  func silence() async throws {
    try await withTemporaryDirectory { folder in
      try await Self.prepare(folder)
      for (output, slice, numbers) in [
        ("a/VOL001", "gap:90m", "1-2"), ("b/VOL001", "gap:1d", "3-3"),
        ("c/VOL001", "gap:20m", "4-6"), ("d/VOL001", "gap:5400s", "1-2"),
      ] {
        let made = try await Self.run(
          Self.export(output, ["--slice", slice, "--json"]), in: folder)
        let object = try #require(
          try JSONSerialization.jsonObject(with: Data(made.outputText.utf8)) as? [String: Any])
        #expect("\(object["first"] ?? "")-\(object["last"] ?? "")" == numbers, "\(slice)")
        try await Self.run(["export", "verify", output], in: folder)
      }
    }
  }

  @Test("what is no form is refused before anything is written")
  func refused() async throws {
    try await withTemporaryDirectory { folder in
      try await Self.prepare(folder)
      for wrong in [
        ["--slice", "gap"], ["--slice", "gap:"], ["--slice", "gap:0s"], ["--slice", "gap:1mo"],
        ["--slice", "gap:-1h"], ["--slice", "week"], ["--dat-encoding", "ascii"],
        ["--date-format", "DD.MM.YYYY"], ["--confidentiality", "a\nb"],
        ["--confidentiality", String(repeating: "x", count: 201)],
        ["--layout", "report", "--csv-raw"], ["--layout", "report", "--dat-encoding", "cp1252"],
      ] {
        let refused = try await Self.run(Self.export("VOL001", wrong), status: 2, in: folder)
        #expect(refused.outputText.isEmpty)
      }
      #expect(
        !FileManager.default.fileExists(atPath: folder.appendingPathComponent("VOL001").path))
    }
  }
}
