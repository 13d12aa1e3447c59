// SPDX-License-Identifier: Apache-2.0
package import Bytes
import Model

/// What the content of a unit is told apart by (export-formats sections 12.2 and 12.3).
package struct ContentDigests: Sendable {
  /// Over time, speaker and digest of each event in scope; nil where a file is not in the capture, so
  /// that nothing can be called equal to it.
  package let content: SHA256Digest?
  /// The digests of the events in scope in reading order: speaker, words and files, without times.
  package let events: [SHA256Digest]

  /// Reads the items of a unit that are not excluded, as they were captured: redactions do not count.
  package init(_ produced: ProducedUnit) {
    let unit = produced.unit
    var events: [SHA256Digest] = []
    var hasher = SHA256Hasher()
    hasher.update((unit.kind.rawValue + "\n").utf8.span)
    var isWhole = true
    for index in ThreadOrder(of: unit).order where produced.selection[index] != .excluded {
      let item = unit.items[index]
      let files = item.files.map { file -> EventView.Attachment in
        // Of the bytes where they are here, else of the text.
        let digest =
          file.reading?.digests?.sha256 ?? file.text.map { SHA256Digest(of: $0).hexadecimal }
        if digest == nil { isWhole = false }
        return EventView.Attachment(name: file.name, number: "", sha256: digest)
      }
      let hash = EventView.hash(
        role: item.role, body: EventView.body(of: EventView.blocks(of: item)), attachments: files)
      let line =
        (item.time?.instant?.rfc3339 ?? "") + "\u{1F}" + item.role.rawValue + "\u{1F}" + hash + "\n"
      hasher.update(line.utf8.span)
      if let digest = SHA256Digest(hexadecimal: hash) { events.append(digest) }
    }
    content = isWhole ? hasher.finish() : nil
    self.events = events
  }
}
