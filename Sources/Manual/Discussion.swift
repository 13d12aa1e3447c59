// SPDX-License-Identifier: Apache-2.0
import Model

/// The long text of a command's help, taken apart: prose, example lines, exit statuses.
struct Discussion {
  var paragraphs: [String] = []
  var examples: [String] = []
  var statuses: [ExitStatus] = []

  init(_ text: String?) {
    for part in (text ?? "").split(separator: "\n\n").map(String.init) {
      if part.hasPrefix("Examples:\n") {
        examples = part.split(separator: "\n").dropFirst().map {
          String($0.drop(while: \.isWhitespace))
        }
      } else if part.hasPrefix("Exit status: ") {
        statuses = part.dropFirst(13).split(separator: ",").compactMap { entry in
          entry.split(whereSeparator: \.isWhitespace).first.flatMap { Int32($0) }
            .flatMap(ExitStatus.init(rawValue:))
        }
      } else {
        paragraphs.append(part)
      }
    }
  }
}
