// SPDX-License-Identifier: Apache-2.0
package import Model

/// What could be read of a file.
package struct FileTextResult: Sendable, Hashable {
  /// The text; nil when there is none, and then `lack` says why.
  package var text: String?
  /// Why there is no text, or not all of it; nil when all was read.
  package var lack: ProblemCode?
  /// What is lacking, in a few words that quote nothing of the file; empty when nothing is.
  package var detail: String
  /// What the text was read as or by, such as `PDF, pdftotext 22.12.0`.
  package var reader: String

  package init(text: String?, lack: ProblemCode?, detail: String = "", reader: String) {
    self.text = text
    self.lack = lack
    self.detail = detail
    self.reader = reader
  }
}
