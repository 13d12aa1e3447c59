// SPDX-License-Identifier: Apache-2.0
package import Foundation

/// Replaces what differs from run to run, so that output can be compared whole: identifiers,
/// digests, times near now, the folder of the run.
package func masked(_ text: String, folder: URL) -> String {
  var text = text
  for path in [folder.path, folder.resolvingSymlinksInPath().path] {
    text = text.replacingOccurrences(of: path, with: "FOLDER")
  }
  text = text.replacing(#/\b([a-z]+)_[a-z2-7]{26}\b/#) { "\($0.output.1)_ID" }
  text = text.replacing(#/\b[0-9a-f]{64}\b/#) { _ in "SHA256" }
  let now = Date().timeIntervalSince1970
  text = text.replacing(
    #/\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z/#
  ) { match in
    let whole = match.output.0.prefix(19) + "Z"
    guard let date = try? Date(String(whole), strategy: .iso8601) else {
      return String(match.output.0)
    }
    return abs(date.timeIntervalSince1970 - now) < 60 * 86_400 ? "TIME" : String(match.output.0)
  }
  return text
}
