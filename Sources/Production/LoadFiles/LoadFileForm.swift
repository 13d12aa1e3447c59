// SPDX-License-Identifier: Apache-2.0
package import Model

/// The text encoding of a DAT load file.
package enum LoadFileEncoding: String, Sendable, CaseIterable {
  /// UTF-8 with a byte order mark, which importers need to detect it.
  case utf8WithMark = "utf-8-bom"
  case utf8 = "utf-8"
  /// UTF-16, little endian, with a byte order mark.
  case utf16 = "utf-16le"
  /// Windows-1252; what it lacks becomes `?` and is recorded.
  case windows1252 = "cp1252"
}

/// What becomes of þ and ® inside a value of a DAT load file.
package enum LoadFileEscape: String, Sendable, CaseIterable {
  /// þ becomes `th`, ® becomes `(R)`, both recorded.
  case replace
  /// þ is doubled and ® kept.
  case double
}

/// How dates are written in load files.
package enum LoadFileDateFormat: String, Sendable, CaseIterable {
  case monthDayYear = "MM/DD/YYYY"
  case compact = "YYYYMMDD"
  case iso = "YYYY-MM-DD"
}

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
  /// Whether CSV files begin with a byte order mark, for spreadsheets.
  package var csvHasMark = false

  package init() {}

  /// Whether it is the form that an export has by itself.
  package var isUsual: Bool { self == LoadFileForm() }

  /// As manifests and the audit log have it.
  package var values: [String: JSONValue] {
    [
      Key.encoding: .string(encoding.rawValue), Key.escape: .string(escape.rawValue),
      Key.dateFormat: .string(dateFormat.rawValue),
      Key.formulas: .string(csvIsRaw ? Formulas.raw : Formulas.neutralised),
      Key.mark: .boolean(csvHasMark),
    ]
  }

  /// Reads ``values`` among the members of an object; nil where one is lacking or means nothing.
  ///
  /// - Parameter object: The options of a manifest or of the ledger.
  init?(_ object: JSONValue) {
    func text(_ key: String) -> String { object[key]?.stringValue ?? "" }
    guard let encoding = LoadFileEncoding(rawValue: text(Key.encoding)),
      let escape = LoadFileEscape(rawValue: text(Key.escape)),
      let dateFormat = LoadFileDateFormat(rawValue: text(Key.dateFormat)),
      case .boolean(let mark)? = object[Key.mark],
      [Formulas.raw, Formulas.neutralised].contains(text(Key.formulas))
    else { return nil }
    self.encoding = encoding
    self.escape = escape
    self.dateFormat = dateFormat
    csvIsRaw = text(Key.formulas) == Formulas.raw
    csvHasMark = mark
  }

  private enum Key {
    static let encoding = "dat_encoding"
    static let escape = "dat_escape"
    static let dateFormat = "dat_dates"
    static let formulas = "csv_formulas"
    static let mark = "csv_byte_order_mark"
  }

  private enum Formulas {
    static let raw = "raw"
    static let neutralised = "neutralised"
  }
}
