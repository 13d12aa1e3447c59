// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// One edit of an artifact, by the tool `artifacts` or by a tag in older text.
struct ArtifactEdit {
  enum Change {
    /// `create` and `rewrite`: the text is set.
    case set(String)
    /// `update`: the first occurrence of the old text becomes the new one.
    case replace(old: String, new: String)
    /// A command that is not known, or without its texts.
    case unknown
  }

  var id: String?
  var title: String?
  var type: String?
  var change: Change

  init(id: String?, title: String?, type: String?, change: Change) {
    self.id = id
    self.title = title
    self.type = type
    self.change = change
  }

  /// Reads the input of the tool.
  init(_ cursor: inout JSONCursor, _ flags: inout [RecordFlag]) throws(JSONError) {
    self.init(id: nil, title: nil, type: nil, change: .unknown)
    guard try cursor.entersObject(&flags) else { return }
    var command: String?
    var content: String?
    var old: String?
    var new: String?
    while let key = try cursor.nextKey() {
      if cursor.matches(key, "id") {
        id = try cursor.identifier(&flags)
      } else if cursor.matches(key, "command") {
        command = try cursor.string(&flags)
      } else if cursor.matches(key, "type") {
        type = try cursor.identifier(&flags)
      } else if cursor.matches(key, "title") {
        title = try cursor.identifier(&flags)
      } else if cursor.matches(key, "content") {
        content = try cursor.string(&flags)
      } else if cursor.matches(key, "old_str") {
        old = try cursor.string(&flags)
      } else if cursor.matches(key, "new_str") {
        new = try cursor.string(&flags)
      } else {
        try cursor.skipValue()
      }
    }
    switch (command, content, old) {
    case ("update", _, let old?): change = .replace(old: old, new: new ?? "")
    case ("create", let content?, _), ("rewrite", let content?, _): change = .set(content)
    default: break
    }
  }
}

/// An edit and the file of its item that shows the version it made.
struct ArtifactStep {
  /// The index among the item's files.
  var file: Int
  var edit: ArtifactEdit
}
