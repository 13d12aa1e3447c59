// SPDX-License-Identifier: Apache-2.0
import Bytes

/// The tables of a volume or report that grow while documents are written.
final class LayoutTables {
  /// The tables with their paths.
  private(set) var files: [(path: String, file: OutputFile)] = []
  private let options: VolumeOptions
  private let report: CSVEncoder
  // What each table takes of a family, in the order of `files`.
  private var parts: [(RenderedFamily) -> [UInt8]] = []

  /// Begins the tables.
  init(
    _ options: VolumeOptions, name: String, renderer: FamilyRenderer, sink: any VolumeSink
  ) throws {
    self.options = options
    report = renderer.report
    switch options.layout {
    case .volume:
      let names = FieldRow.names(extraFields: options.effectiveExtraFields)
      let concordance = try open("DATA/\(name).dat", in: sink) { $0.concordance }
      try concordance.write(renderer.concordance.prologue.span)
      try concordance.write(renderer.concordance.header(names).span)
      try start(try open("DATA/\(name).csv", in: sink) { $0.csv }, header: names)
      let numbers = try open(LogIntake.numbers, in: sink) { $0.numbers }
      try start(numbers, header: LogIntake.headers[LogIntake.numbers] ?? [])
    case .report:
      try start(try open("Items.csv", in: sink) { $0.items }, header: ReportItem.header)
      try start(
        try open("Messages.csv", in: sink) { $0.messages },
        header: ReportMessage.header + (options.reportHasBodies ? ["Body"] : []))
    }
    let exceptions = try open(options.layout.exceptionsPath, in: sink) { $0.exceptions }
    try start(exceptions, header: ExceptionRow.header)
  }

  /// Adds a family.
  func add(_ family: RenderedFamily) throws {
    for (table, part) in zip(files, parts) { try table.file.write(part(family).span) }
  }

  /// Writes the header of a table for people.
  func start(_ file: OutputFile, header: [String]) throws {
    if options.loadFiles.csvHasMark {
      let mark = ByteOrderMark.utf8
      try file.write(mark.span)
    }
    try file.write(report.record(header).span)
  }

  private func open(
    _ path: String, in sink: any VolumeSink, _ part: @escaping (RenderedFamily) -> [UInt8]
  ) throws -> OutputFile {
    let file = try sink.open(path)
    files.append((path, file))
    parts.append(part)
    return file
  }
}
