// SPDX-License-Identifier: Apache-2.0

/// How the items of a conversation hang together (claude-capture-formats section 6.5).
///
/// Items are named by their index in native order. With parent links they form trees: an item
/// whose parent is not there is a root, a cycle is cut at its first item, several roots are
/// allowed. Without any parent link each item follows the one before it.
package struct ConversationThread: Sendable {
  /// What the thread needs to know of an item.
  package struct Node: Sendable {
    package var id: String?
    package var parentID: String?
    package var time: Instant?

    package init(id: String?, parentID: String?, time: Instant?) {
      self.id = id
      self.parentID = parentID
      self.time = time
    }
  }

  /// The parent of each item; nil for a root.
  package let parents: [Int?]
  /// The children of each item, oldest first, native order among equals.
  package let children: [[Int]]
  /// The items without a parent, oldest first, native order among equals.
  package let roots: [Int]
  /// The visible branch, from its root to its tip; empty without items.
  package let visibleBranch: [Int]
  /// The items whose parent is not in the conversation, in native order.
  package let withMissingParent: [Int]
  /// The items at which a cycle was cut, in native order.
  package let cutCycles: [Int]
  /// The items with an id that one before them has, in native order.
  package let repeatedIDs: [Int]

  /// Builds the thread of a unit's items.
  package init(of unit: CapturedUnit) {
    self.init(
      unit.items.map {
        Node(id: $0.nativeID, parentID: $0.parentNativeID, time: $0.time?.instant)
      }, currentLeafID: unit.currentLeafID, hasParentLinks: unit.hasParentLinks)
  }

  /// Builds a thread.
  ///
  /// - Parameters:
  ///   - nodes: The items in native order.
  ///   - currentLeafID: The item at the tip of the visible branch, where the source tells it;
  ///     otherwise the newest leaf is the tip.
  ///   - hasParentLinks: Whether the source has parent links even if no item names a parent: then
  ///     all are roots.
  package init(_ nodes: [Node], currentLeafID: String? = nil, hasParentLinks: Bool = false) {
    let hasLinks = hasParentLinks || nodes.contains { $0.parentID != nil }
    var places: [String: Int] = [:]
    places.reserveCapacity(nodes.count)
    var repeated: [Int] = []
    for (index, node) in nodes.enumerated() {
      guard let id = node.id, let first = places.updateValue(index, forKey: id) else { continue }
      places[id] = first
      repeated.append(index)
    }
    repeatedIDs = repeated
    var missing: [Int] = []
    var parents =
      hasLinks
      ? linkParents(nodes, places, &missing)
      : nodes.indices.map { $0 == 0 ? nil : $0 - 1 }
    cutCycles = cut(&parents)
    withMissingParent = missing
    var children = [[Int]](repeating: [], count: nodes.count)
    var roots: [Int] = []
    let byTime = nodes.indices.sorted {
      (nodes[$0].time?.ticks ?? .min, $0) < (nodes[$1].time?.ticks ?? .min, $1)
    }
    for index in hasLinks ? byTime : Array(nodes.indices) {
      if let parent = parents[index] {
        children[parent].append(index)
      } else {
        roots.append(index)
      }
    }
    let told = currentLeafID.flatMap { places[$0] }
    let newest = byTime.last { children[$0].isEmpty }
    visibleBranch = path(to: told ?? newest, parents)
    self.parents = parents
    self.children = children
    self.roots = roots
  }

  /// All items, parents before their children, branch after branch.
  package var depthFirstOrder: [Int] {
    var order: [Int] = []
    order.reserveCapacity(parents.count)
    var pending = Array(roots.reversed())
    while let index = pending.popLast() {
      order.append(index)
      pending.append(contentsOf: children[index].reversed())
    }
    return order
  }
}

private func linkParents(
  _ nodes: [ConversationThread.Node], _ places: [String: Int], _ missing: inout [Int]
) -> [Int?] {
  nodes.indices.map { index in
    guard let parentID = nodes[index].parentID else { return nil }
    if let parent = places[parentID] { return parent }
    missing.append(index)
    return nil
  }
}

/// Makes the first item of each cycle a root; gives those items in order.
private func cut(_ parents: inout [Int?]) -> [Int] {
  // 0: not seen, else the number of the walk that saw it first.
  var walks = [Int](repeating: 0, count: parents.count)
  var result: [Int] = []
  for start in parents.indices where walks[start] == 0 {
    var index: Int? = start
    while let current = index, walks[current] == 0 {
      walks[current] = start + 1
      index = parents[current]
    }
    guard let meeting = index, walks[meeting] == start + 1 else { continue }
    var first = meeting
    var next = parents[meeting]
    while let current = next, current != meeting {
      first = min(first, current)
      next = parents[current]
    }
    parents[first] = nil
    result.append(first)
  }
  return result.sorted()
}

private func path(to tip: Int?, _ parents: [Int?]) -> [Int] {
  var reversed: [Int] = []
  var index = tip
  while let current = index {
    reversed.append(current)
    index = parents[current]
  }
  return reversed.reversed()
}
