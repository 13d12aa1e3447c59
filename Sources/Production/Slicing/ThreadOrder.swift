// SPDX-License-Identifier: Apache-2.0
package import Model

/// How the items of a unit are shown: reading order, visible branch, forks, edits.
///
/// Order follows parent links, not time (export-formats section 12.3); without any, the source's.
package struct ThreadOrder: Sendable {
  /// Indexes of the items in reading order: every branch after its fork, older branches first.
  package let order: [Int]
  /// Whether each item lies on the visible branch.
  package private(set) var isVisible: [Bool]
  /// Whether each item is a prompt that replaced an earlier sibling prompt, or was replaced.
  package private(set) var isEdited: [Bool]
  // Which sibling an item is, at forks; nil where it has no siblings.
  private var siblingIndex: [Int?]
  private let parents: [Int?]

  /// Reads the parent links of a unit.
  package init(of unit: CapturedUnit) {
    let thread = ConversationThread(of: unit)
    order = thread.depthFirstOrder
    parents = thread.parents
    let count = unit.items.count
    isEdited = Array(repeating: false, count: count)
    siblingIndex = Array(repeating: nil, count: count)
    // What is no conversation has no branches: its items stand side by side.
    guard unit.kind == .conversation else {
      isVisible = Array(repeating: true, count: count)
      return
    }
    isVisible = Array(repeating: false, count: count)
    for index in thread.visibleBranch { isVisible[index] = true }
    for siblings in thread.children + [thread.roots] where siblings.count > 1 {
      noteSiblings(siblings, unit.items)
    }
  }

  /// The path of sibling indexes from the root, such as `0.0.1`, with the forks alone.
  ///
  /// An item without siblings adds nothing, so that the path stays short in a long conversation.
  package func branchID(of index: Int) -> String {
    var path: [String] = []
    var next: Int? = index
    while let current = next {
      if let sibling = siblingIndex[current] { path.append(String(sibling)) }
      next = parents[current]
    }
    return path.isEmpty ? "0" : path.reversed().joined(separator: ".")
  }

  private mutating func noteSiblings(_ siblings: [Int], _ items: [CapturedItem]) {
    for (position, index) in siblings.enumerated() { siblingIndex[index] = position }
    // Roots whose missing parents differ replace nothing.
    let prompts = Dictionary(
      grouping: siblings.filter { items[$0].kind == .prompt }, by: { items[$0].parentNativeID })
    for group in prompts.values where group.count > 1 {
      for index in group { isEdited[index] = true }
    }
  }
}
