// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The hand-written sections of a page.
struct Fragment {
  /// The order that mandoc asks for.
  static let order = [
    "NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "ENVIRONMENT", "FILES", "EXIT STATUS", "EXAMPLES",
    "SEE ALSO", "STANDARDS", "CAVEATS", "BUGS", "NOTES",
  ]

  /// The text below each heading, by its name.
  private(set) var sections: [String: String] = [:]

  /// Reads a fragment; comments before the first heading are skipped.
  init(contentsOf file: URL) throws {
    var heading: String?
    for line in try String(contentsOf: file, encoding: .utf8).split(
      separator: "\n", omittingEmptySubsequences: false)
    {
      if line.hasPrefix(".Sh ") {
        let name = String(line.dropFirst(4))
        guard Fragment.order.contains(name) else {
          throw ManualError("\(file.lastPathComponent): unknown section \(name)")
        }
        heading = name
        sections[name] = ""
      } else if let heading, !line.isEmpty {
        sections[heading, default: ""] += line + "\n"
      }
    }
    guard sections["SEE ALSO"] != nil else {
      throw ManualError("\(file.lastPathComponent): the section SEE ALSO is missing")
    }
  }
}

/// Why the manual cannot be made.
struct ManualError: Error, CustomStringConvertible {
  var description: String

  init(_ description: String) {
    self.description = description
  }
}
