// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model
package import Store

extension RunRecord: Displayable {
  package static var recordType: String { "capture" }
  package static var plural: String { "captures" }
  package static var fields: [Field<RunRecord>] { headFields + countFields + tailFields }

  private static var headFields: [Field<RunRecord>] {
    [
      Field("id", heading: "ID") { .text($0.id.text) },
      Field("source", heading: "Source") { .text($0.sourceName) },
      Field("kind") { .text($0.kind.rawValue) },
      Field("state", heading: "State") { .text($0.state.rawValue) },
      Field("started", heading: "Started") { .time($0.started) },
      Field("finished") { FieldValue($0.finished) },
    ]
  }

  private static var countFields: [Field<RunRecord>] {
    [
      Field("read", heading: "Read") { FieldValue($0.counts.read) },
      Field("stored", heading: "Stored") { FieldValue($0.counts.stored) },
      Field("updated", heading: "Updated") { FieldValue($0.counts.updated) },
      Field("duplicates", heading: "Duplicates") { FieldValue($0.counts.duplicates) },
      Field("merged") { FieldValue($0.counts.merged) },
      Field("skipped") { FieldValue($0.counts.skipped) },
      Field("exceptions", heading: "Exceptions") { FieldValue($0.counts.exceptions) },
      Field("gaps", heading: "Gaps") { FieldValue($0.counts.gaps) },
      Field("conversations") { FieldValue($0.counts.conversations) },
      Field("blobs") { FieldValue($0.counts.blobs) },
      Field("recaptured") { FieldValue($0.counts.recaptured) },
    ]
  }

  private static var tailFields: [Field<RunRecord>] {
    [
      Field("bytes") { .byteCount($0.counts.byteCount) },
      Field("first_record") { FieldValue($0.counts.firstRecord) },
      Field("last_record") { FieldValue($0.counts.lastRecord) },
      Field("account") { .text($0.account) },
    ]
  }

  package var identifier: String { id.text }
}

/// A run with the files that it read.
struct RunWithInputs: Displayable {
  static let recordType = RunRecord.recordType
  static let plural = RunRecord.plural
  static var fields: [Field<RunWithInputs>] {
    RunRecord.fields.map { field in
      Field(field.name, heading: field.heading) { field.value($0.run) }
    } + [
      Field("inputs", heading: "Inputs") { run in .list(run.inputs.map(\.fieldValue)) }
    ]
  }

  var run: RunRecord
  var inputs: [RunInput]

  var identifier: String { run.identifier }
}

extension RunInput {
  fileprivate var fieldValue: FieldValue {
    .object([
      .init("path", .text(path)), .init("bytes", .byteCount(byteCount)),
      .init("sha256", FieldValue(digest?.hexadecimal)), .init("format", .text(format)),
      .init("outcome", .text(outcome.rawValue)),
    ])
  }
}
