// SPDX-License-Identifier: Apache-2.0
import Bytes

/// What a command did to an object; its name is what the command is called.
package enum ChangeVerb: String, Sendable {
  case initialize = "init"
  case create
  case update
  case delete
  case add
  case remove
  case merge
  case `import`
  case sync
  case resolve
  case close
  case reopen
  case release
  case reinstate
  case lock
  case plan
  case reindex
  case upgrade
  case export
  case anchor
  case restore
  case approve
  case run
  case arm
  case send
  case acknowledge
  case analyze
  case withdraw

  /// `created`, `added`.
  var past: String {
    switch self {
    case .initialize: "initialized"
    case .add: "added to"
    case .remove: "removed from"
    case .import: "imported"
    case .sync: "synced"
    case .reopen: "reopened"
    case .export: "exported"
    case .anchor: "anchored"
    case .reindex: "reindexed"
    case .plan: "planned"
    case .lock: "locked"
    case .send: "issued"
    case .run: "ran"
    case .arm: "armed"
    case .withdraw: "withdrew an answer to"
    case .create, .update, .delete, .merge, .resolve, .close, .release, .reinstate, .upgrade,
      .approve, .restore, .acknowledge, .analyze:
      rawValue + (rawValue.hasSuffix("e") ? "d" : "ed")
    }
  }
}

/// One change of state, told after it happened, or under `--dry-run` instead of it.
package struct ChangeRecord: Sendable {
  /// How many members a change met, by what became of them.
  package struct Counts: Sendable, Equatable {
    /// Changed now.
    package var added: Int
    /// In the wanted state before.
    package var already: Int
    package var skipped: Int
    package var failed: Int

    package init(added: Int = 0, already: Int = 0, skipped: Int = 0, failed: Int = 0) {
      self.added = added
      self.already = already
      self.skipped = skipped
      self.failed = failed
    }
  }

  package var verb: ChangeVerb
  /// The noun, such as `hold`.
  package var object: String
  /// The object's id, or what names it where it has none; empty where a dry run makes none.
  package var id: String
  package var name: String?
  package var isDryRun: Bool
  /// Nil where the details say what was counted.
  package var counts: Counts?
  /// Further fields, in order.
  package var details: [FieldValue.Member]

  package init(
    _ verb: ChangeVerb, _ object: String, id: String, name: String? = nil, isDryRun: Bool,
    counts: Counts? = Counts(), details: [FieldValue.Member] = []
  ) {
    self.verb = verb
    self.object = object
    self.id = id
    self.name = name
    self.isDryRun = isDryRun
    self.counts = counts
    self.details = details
  }

  fileprivate var members: [FieldValue.Member] {
    var members: [FieldValue.Member] = [
      .init("verb", .text(verb.rawValue)), .init("object", .text(object)),
      .init("id", FieldValue(id.isEmpty ? nil : id)), .init("name", FieldValue(name)),
      .init("dry_run", .boolean(isDryRun)),
    ]
    members += countMembers
    return members + details
  }

  private var countMembers: [FieldValue.Member] {
    guard let counts else { return [] }
    return [
      .init("added", FieldValue(counts.added)), .init("already", FieldValue(counts.already)),
      .init("skipped", FieldValue(counts.skipped)), .init("failed", FieldValue(counts.failed)),
    ]
  }

  fileprivate var line: String {
    var line = isDryRun ? "dry run, nothing changed: would have " : ""
    // "would have run", though it "ran".
    line += isDryRun && verb == .run ? verb.rawValue : verb.past
    line += " " + object + (id.isEmpty ? "" : " " + id)
    if let name, name != id { line += " (" + name + ")" }
    let told = (countMembers + details).filter { $0.value != .integer(0) }
    let parts = told.filter { !$0.value.isEmpty }.map {
      $0.name.split(separator: "_").joined(separator: " ") + " " + $0.value.shown()
    }
    return parts.isEmpty ? line : line + ": " + parts.joined(separator: ", ")
  }
}

extension OutputSettings {
  /// Prints what a command changed.
  ///
  /// A reader that went away does not turn a change that happened into a failure.
  /// The schema is named as the command, such as `hold-create`.
  package func print(_ change: ChangeRecord, schema: String) throws {
    do {
      if printsIDsOnly {
        try console.output.write(change.id.escapedLine)
        try console.output.flush()
      } else if format == .human {
        if verbosity >= .normal { try console.output.write(change.line.escapedLine) }
        try console.output.flush()
      } else {
        try printMachineReadable(type: "change", change.members, schema: schema)
      }
    } catch is ClosedPipe {}
  }
}
