// SPDX-License-Identifier: Apache-2.0
package import Bytes

/// What was read of a captured file's bytes.
package struct FileReading: Sendable, Hashable {
  /// Of the bytes; nil where they stand in a record and were not looked at.
  package var digests: FileDigests?
  /// Why there is no text, or not all of it; nil when all was read.
  package var lack: ProblemCode?
  /// What is lacking, in a few words; empty when nothing is.
  package var note: String
  /// What the text was read as or by; empty when it could not be read.
  package var reader: String

  package init(digests: FileDigests?, lack: ProblemCode?, note: String, reader: String) {
    self.digests = digests
    self.lack = lack
    self.note = note
    self.reader = reader
  }
}

extension CapturedFile {
  /// Why no search sees the text of the file, or not all of it; nil when it sees all.
  package var lack: ProblemCode? {
    if let reading { return reading.lack }
    return text == nil ? .fileNotCaptured : nil
  }

  /// What a person is told of it; empty when all of the text is searched.
  package var lackNote: String {
    guard let lack else { return "" }
    if lack == .fileNotCaptured { return "not captured" }
    let part = text == nil ? "not searchable" : "searchable in part"
    let note = reading?.note ?? ""
    return note.isEmpty ? part : part + ": " + note
  }
}
