// SPDX-License-Identifier: Apache-2.0
import Model

/// Rebuilds the versions of the artifacts of a conversation (claude-capture-formats section 6.3).
///
/// An update changes the text that the artifact has on the message's own branch: siblings do not
/// see each other's edits. Versions are numbered in native order over all branches.
struct ArtifactHistory {
  /// The most bytes of rebuilt text in one conversation.
  ///
  /// Each update makes a whole new text, so a small record could ask for any amount; past this the
  /// versions are named without text.
  static let byteLimit = 64 << 20

  private struct State {
    var text: String?
    var title: String
    var type: String
  }

  /// The artifacts as they stand on the way from a root to an item.
  ///
  /// One table for all: what an item changes is taken back when another branch is entered, so a
  /// conversation costs what it changes, not its artifacts times its messages.
  private struct Branch {
    private(set) var states: [String: State] = [:]
    /// The items on the way, and how many changes were made before each.
    private var items: [(item: Int, changeCount: Int)] = []
    /// What was there before each change.
    private var changes: [(id: String, before: State?)] = []

    /// Goes on to an item, back to its parent first; items come depth first.
    mutating func enter(_ item: Int, after parent: Int?) {
      while let last = items.last, last.item != parent {
        while changes.count > last.changeCount, let change = changes.popLast() {
          states[change.id] = change.before
        }
        items.removeLast()
      }
      items.append((item, changes.count))
    }

    mutating func set(_ state: State, of id: String) {
      changes.append((id, states.updateValue(state, forKey: id)))
    }
  }

  private var steps: [(item: Int, step: ArtifactStep)] = []

  mutating func add(_ new: [ArtifactStep], item: Int) {
    for step in new { steps.append((item, step)) }
  }

  /// Fills the files that stand for versions.
  func rebuild(in unit: inout CapturedUnit, along thread: ConversationThread, path: String) {
    guard !steps.isEmpty else { return }
    var versions: [String: Int] = [:]
    var stepsOfItem: [Int: [ArtifactStep]] = [:]
    for (item, step) in steps {
      var version = 1
      if let id = step.edit.id {
        version = versions[id, default: 0] + 1
        versions[id] = version
      }
      unit.items[item].files[step.file].version = version
      unit.items[item].files[step.file].nativeID = step.edit.id
      stepsOfItem[item, default: []].append(step)
    }
    var branch = Branch()
    var byteCount = 0
    var gaps: [Int: [CaptureProblem]] = [:]
    for item in thread.depthFirstOrder {
      branch.enter(item, after: thread.parents[item])
      for step in stepsOfItem[item] ?? [] {
        var file = unit.items[item].files[step.file]
        let previous = step.edit.id.flatMap { branch.states[$0] }
        var state = State(
          text: nil, title: step.edit.title ?? previous?.title ?? "",
          type: step.edit.type ?? previous?.type ?? "")
        state.text = apply(step.edit.change, to: previous?.text, &unit.items[item].flags)
        byteCount += state.text?.utf8.count ?? 0
        file.name = state.title
        file.type = state.type
        file.text = byteCount <= ArtifactHistory.byteLimit ? state.text : nil
        if file.text == nil {
          gaps[item, default: []].append(
            CaptureProblem(
              code: .fileNotCaptured, path: path,
              object: unit.items[item].nativeID ?? "message \(item + 1)",
              detail: state.text == nil
                ? "the text before an edit of an artifact is not in the record"
                : "the artifact versions of the conversation pass"
                  + " \(ArtifactHistory.byteLimit) bytes; this one is left in the native record"))
          state.text = nil
        }
        unit.items[item].files[step.file] = file
        if let id = step.edit.id { branch.set(state, of: id) }
      }
    }
    for item in unit.items.indices { unit.gaps.append(contentsOf: gaps[item] ?? []) }
  }

  private func apply(
    _ change: ArtifactEdit.Change, to previous: String?, _ flags: inout [RecordFlag]
  ) -> String? {
    switch change {
    case .set(let text): return text
    case .replace(let old, let new):
      if let previous, let text = replacingFirst(old, by: new, in: previous) { return text }
      flags.insert(.artifactUpdateMissed)
      return previous
    case .unknown:
      flags.insert(.artifactUpdateMissed)
      return previous
    }
  }
}

/// Replaces the first occurrence of a text by bytes, without any equivalence of characters; nil
/// when there is none, or when the old text is empty.
///
/// - Complexity: linear, whatever the texts are (Knuth, Morris, Pratt).
private func replacingFirst(_ old: String, by new: String, in text: String) -> String? {
  let pattern = Array(old.utf8)
  let bytes = Array(text.utf8)
  guard !pattern.isEmpty, pattern.count <= bytes.count else { return nil }
  var borders = [0]
  borders.reserveCapacity(pattern.count)
  var length = 0
  for index in 1..<pattern.count {
    while length > 0, pattern[index] != pattern[length] { length = borders[length - 1] }
    if pattern[index] == pattern[length] { length += 1 }
    borders.append(length)
  }
  var matched = 0
  for index in bytes.indices {
    while matched > 0, bytes[index] != pattern[matched] { matched = borders[matched - 1] }
    if bytes[index] == pattern[matched] { matched += 1 }
    guard matched == pattern.count else { continue }
    let start = index + 1 - matched
    return String(
      decoding: bytes[..<start] + Array(new.utf8) + bytes[(index + 1)...], as: UTF8.self)
  }
  return nil
}
