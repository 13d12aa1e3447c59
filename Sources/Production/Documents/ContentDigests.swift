// SPDX-License-Identifier: Apache-2.0
package import Bytes
import Model

/// What the content of a unit is told apart by (export-formats sections 12.2 and 12.3).
package struct ContentDigests: Sendable {
  /// Over time, speaker and digest of each event in scope; nil where a file is not in the capture, so
  /// that nothing can be called equal to it.
  package let content: SHA256Digest?
  /// What two copies must have alike, so that one may stand for the other.
  ///
  /// Over ``content`` and which of the events are responsive; where all are it is the same digest.
  package let equality: SHA256Digest?
  /// The digests of the events in scope in reading order: speaker, words and files, without times.
  package let events: [SHA256Digest]

  /// Reads the items of a unit that are not excluded, as they were captured: redactions do not count.
  package init(_ produced: ProducedUnit) {
    let unit = produced.unit
    var events: [SHA256Digest] = []
    var hasher = SHA256Hasher()
    hasher.update((unit.kind.rawValue + "\n").utf8.span)
    var isWhole = true
    var selections = ""
    for index in ThreadOrder(of: unit).order where produced.selection[index] != .excluded {
      let item = unit.items[index]
      selections += produced.selection[index] == .selected ? "s" : "c"
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
    let digest = isWhole ? hasher.finish() : nil
    content = digest
    equality = digest.map { digest in
      selections.contains("c")
        ? SHA256Digest(of: digest.hexadecimal + "\n" + selections + "\n") : digest
    }
    self.events = events
  }
}
