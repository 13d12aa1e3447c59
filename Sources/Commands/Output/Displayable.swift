// SPDX-License-Identifier: Apache-2.0

/// A result that every format can print: its fields are given once.
package protocol Displayable: Sendable {
  /// The `type` of its records, such as `hold`.
  static var recordType: String { get }
  /// What several of them are called, such as `holds`.
  static var plural: String { get }
  /// All fields in the order of output; their names are stable.
  static var fields: [Field<Self>] { get }
  /// What `--id-only` prints.
  var identifier: String { get }
}

/// One field of a result.
package struct Field<Row>: Sendable {
  /// The name in JSON, in the header of CSV and in `--fields`.
  package var name: String
  /// The heading of the column in a table for people; nil leaves the field out of such tables
  /// unless it is asked for.
  package var heading: String?
  package var value: @Sendable (Row) -> FieldValue

  package init(
    _ name: String, heading: String? = nil, _ value: @escaping @Sendable (Row) -> FieldValue
  ) {
    self.name = name
    self.heading = heading
    self.value = value
  }

  /// The words beside a single value: the heading, or the name with blanks.
  var label: String {
    heading ?? name.map { $0 == "_" ? " " : String($0) }.joined()
  }
}
