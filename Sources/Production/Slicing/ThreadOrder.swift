// SPDX-License-Identifier: Apache-2.0
package import Model

/// How the items of a unit hang together: reading order, branches, edits.
///
/// Order follows parent links, not time (export-formats section 12.3); without any, the source's.
package struct ThreadOrder: Sendable {
  /// Indexes of the items in reading order: every branch after its fork, older branches first.
  package private(set) var order: [Int]
  /// Whether each item lies on the visible branch.
  package private(set) var isVisible: [Bool]
  /// Whether each item is a prompt that replaced an earlier sibling prompt, or was replaced.
  package private(set) var isEdited: [Bool]
  // Which sibling an item is, at forks; nil where it has no siblings.
  private var siblingIndex: [Int?]
  private var parent: [Int?]

  /// Reads the parent links of a unit.
  ///
  /// A parent that is not in the unit makes a root; links in a circle are cut at their first item.
  package init(of unit: CapturedUnit) {
    let items = unit.items
    var positions: [String: Int] = [:]
    for (index, item) in items.enumerated() {
      if let id = item.nativeID, positions[id] == nil { positions[id] = index }
    }
    parent = items.map { item in item.parentNativeID.flatMap { positions[$0] } }
    isVisible = Array(repeating: true, count: items.count)
    isEdited = Array(repeating: false, count: items.count)
    siblingIndex = Array(repeating: nil, count: items.count)
    order = Array(items.indices)
    guard items.contains(where: { $0.parentNativeID != nil }) else { return }

    cutCircles()
    var children: [[Int]] = Array(repeating: [], count: items.count)
    var roots: [Int] = []
    for index in items.indices {
      if let above = parent[index] { children[above].append(index) } else { roots.append(index) }
    }
    sortByTime(&roots, items)
    for index in children.indices where children[index].count > 1 {
      sortByTime(&children[index], items)
      noteSiblings(children[index], items)
    }
    if roots.count > 1 { noteSiblings(roots, items) }
    order = preorder(roots: roots, children: children)
    showBranch(endingAt: tip(of: unit, children: children, positions: positions))
  }

  /// The path of sibling indexes from the root, such as `0.0.1`, with the forks alone: an item
  /// without siblings adds nothing, so that the path stays short in a long conversation.
  package func branchID(of index: Int) -> String {
    var path: [String] = []
    var next: Int? = index
    while let current = next {
      if let sibling = siblingIndex[current] { path.append(String(sibling)) }
      next = parent[current]
    }
    return path.isEmpty ? "0" : path.reversed().joined(separator: ".")
  }

  private mutating func cutCircles() {
    // 0 not seen, 1 on the way up now, 2 known to end at a root.
    var state = Array(repeating: UInt8(0), count: parent.count)
    for start in parent.indices {
      var path: [Int] = []
      var next: Int? = start
      while let current = next, state[current] == 0 {
        state[current] = 1
        path.append(current)
        next = parent[current]
      }
      if let current = next, state[current] == 1 {
        let circle = path[(path.firstIndex(of: current) ?? 0)...]
        if let first = circle.min() { parent[first] = nil }
      }
      for index in path { state[index] = 2 }
    }
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

  private func preorder(roots: [Int], children: [[Int]]) -> [Int] {
    var result: [Int] = []
    result.reserveCapacity(children.count)
    var stack = Array(roots.reversed())
    while let index = stack.popLast() {
      result.append(index)
      stack.append(contentsOf: children[index].reversed())
    }
    return result
  }

  // The tip that the source names, else the newest leaf (claude-capture-formats section 6.5).
  private func tip(of unit: CapturedUnit, children: [[Int]], positions: [String: Int]) -> Int? {
    if let id = unit.currentLeafID, let index = positions[id] { return index }
    var newest: Int?
    for index in children.indices where children[index].isEmpty {
      guard let best = newest else {
        newest = index
        continue
      }
      if isLater(unit.items[index], than: unit.items[best]) { newest = index }
    }
    return newest
  }

  private mutating func showBranch(endingAt tip: Int?) {
    guard let tip else { return }
    isVisible = Array(repeating: false, count: isVisible.count)
    var next: Int? = tip
    while let current = next {
      isVisible[current] = true
      next = parent[current]
    }
  }
}

private func isLater(_ item: CapturedItem, than other: CapturedItem) -> Bool {
  switch (item.time?.instant, other.time?.instant) {
  case (let time?, let otherTime?): time >= otherTime
  case (nil, _?): false
  default: true
  }
}

private func sortByTime(_ indexes: inout [Int], _ items: [CapturedItem]) {
  // Where a time is missing the order of the source decides for all.
  guard indexes.allSatisfy({ items[$0].time?.instant != nil }) else { return }
  indexes.sort { left, right in
    let leftTime = items[left].time?.instant ?? Instant(ticks: 0)
    let rightTime = items[right].time?.instant ?? Instant(ticks: 0)
    return (leftTime, left) < (rightTime, right)
  }
}
