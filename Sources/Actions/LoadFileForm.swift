// SPDX-License-Identifier: Apache-2.0
import Model
package import Production

/// How the load files of a volume are written (export-formats sections 4.1 and 4.5); the usual form
/// by itself.
package struct LoadFileForm: Sendable, Hashable {
  package var encoding = LoadFileEncoding.utf8WithMark
  package var escape = LoadFileEscape.replace
  /// Of the DAT and the CSV alike.
  package var dateFormat = LoadFileDateFormat.monthDayYear
  /// Whether values of the CSV stand as they are, without an apostrophe before what a spreadsheet would
  /// run.
  package var csvIsRaw = false
  /// Whether CSV files begin with a byte order mark.
  package var csvHasMark = false

  package init() {}

  /// Whether it is the form that an export has by itself.
  package var isUsual: Bool { self == LoadFileForm() }

  /// As the audit event has it, in the words of the manifest.
  var values: [String: JSONValue] {
    [
      "dat_encoding": .string(encoding.rawValue), "dat_escape": .string(escape.rawValue),
      "dat_dates": .string(dateFormat.rawValue),
      "csv_formulas": csvIsRaw ? "raw" : "neutralised",
      "csv_byte_order_mark": .boolean(csvHasMark),
    ]
  }

  func apply(to options: inout VolumeOptions) {
    options.encoding = encoding
    options.escape = escape
    options.dateFormat = dateFormat
    options.csvIsRaw = csvIsRaw
    options.csvHasMark = csvHasMark
  }
}
