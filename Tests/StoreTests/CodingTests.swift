// SPDX-License-Identifier: Apache-2.0
import Model
import Query
import TestSupport
import Testing

@testable import Store

@Suite("Coding")
struct CodingTests {
  private static func item(_ number: Int) -> String {
    ObjectID.item(route: "r", conversationID: "c", itemID: String(number)).text
  }

  private static func search(_ now: Instant) -> SearchDefinition {
    SearchDefinition(
      query: "q", normalForm: "q", dialect: "keyql", scope: Scope(everyone: true), asOf: now)
  }

  /// A set with some items of one conversation.
  private func withSet(
    items count: Int, _ body: (Change, ReviewSet, [ReviewItem]) throws -> Void
  ) async throws {
    try await withStore { store in
      try store.change(as: .test()) { change in
        let run = try change.startRun(.files, of: try change.sourceForImport(named: "import"))
        let conversation = try change.insertConversation(
          "c", source: try change.catalog.source("import"), run: run)
        let set = try change.createReviewSet(name: "S", in: change.createMatter(name: "M"))
        let load = try change.startLoad(Self.search(change.now), into: set)
        let items = (0..<count).map {
          ReviewItem(
            conversation: conversation, item: Self.item($0), version: 1, conversationVersion: 1,
            isContext: false)
        }
        try change.addItems(items, to: load, of: set)
        try change.freezeLoad(load, of: set)
        try body(change, set, items)
      }
    }
  }

  private func edit(
    _ sets: [ReviewTag] = [], clear: [ReviewTag] = [], removes: Bool = false
  ) -> ItemEdit {
    var edit = ItemEdit()
    edit.sets = sets
    edit.clears = clear
    edit.removes = removes
    return edit
  }

  @Test("tags belong to groups whose choice never changes, and names differ whatever the case")
  func definitions() async throws {
    try await withSet(items: 1) { change, set, items in
      let yes = try change.createTag(name: "Yes", in: set, group: "G", choice: .one)
      let no = try change.createTag(name: "No", in: set, group: "g")
      #expect(no.choice == .one)
      #expect(status { try change.createTag(name: "YES", in: set, group: "H") } == .exists)
      #expect(
        status { try change.createTag(name: "X", in: set, group: "G", choice: .many) } == .exists)
      #expect(try change.catalog.tag("yES", of: set) == yes)
      #expect(status { _ = try change.catalog.tags(["yes", "what"], of: set) } == .notFound)
      #expect(status { try edit([yes, no]).check() } == .usage)
      #expect(status { try edit([yes], clear: [yes]).check() } == .usage)
      let act = try change.startCoding(.tag, of: set, asked: [:])
      try change.code(edit([yes]), items, by: act, of: set)
      _ = try change.finishCoding(act, of: set)
      #expect(status { try change.deleteTag(yes, of: set) } == .denied)
      try change.deleteTag(no, of: set)
      #expect(try change.catalog.tags(of: set) == [yes])
    }
  }

  /// What is borne, written down a second time: an act keeps what each item bore before and after it.
  private struct Model {
    var borne: [[String]]
    var acts: [[Int: (before: [String], after: [String])]] = []
    /// The group of each tag where one excludes the others.
    let exclusive: [String: String]

    mutating func act(_ chosen: [Int], _ change: (inout [String]) -> Void) -> Int {
      var effects: [Int: (before: [String], after: [String])] = [:]
      for index in chosen {
        let before = borne[index]
        change(&borne[index])
        borne[index].sort()
        if borne[index] != before { effects[index] = (before, borne[index]) }
      }
      acts.append(effects)
      return effects.count
    }

    func isSound(_ tags: [String]) -> Bool {
      let groups = tags.compactMap { exclusive[$0] }
      return Set(groups).count == groups.count
    }

    mutating func undo(_ number: Int) -> (changed: Int, skipped: Int) {
      var counts = (changed: 0, skipped: 0)
      var effects: [Int: (before: [String], after: [String])] = [:]
      for (index, effect) in acts[number] {
        let touched = Set(effect.before).symmetricDifference(effect.after)
        let now = Set(borne[index])
        let wanted = now.subtracting(touched).union(touched.intersection(effect.before)).sorted()
        if now.intersection(touched) == touched.intersection(effect.before) { continue }
        guard now.intersection(touched) == touched.intersection(effect.after), isSound(wanted)
        else {
          counts.skipped += 1
          continue
        }
        effects[index] = (borne[index], wanted)
        borne[index] = wanted
        counts.changed += 1
      }
      acts.append(effects)
      return counts
    }
  }

  @Test("random acts and undoing leave what a model says", arguments: [1, 2, 3, 4] as [UInt64])
  func randomActs(seed: UInt64) async throws {
    try await withSet(items: 7) { change, set, items in
      var dice = Dice(state: seed)
      var tags: [String: ReviewTag] = [:]
      for (name, group, choice) in [
        ("a", "one", TagChoice.one), ("b", "one", .one), ("c", "one", .one), ("x", "many", .many),
        ("y", "many", .many),
      ] {
        tags[name] = try change.createTag(name: name, in: set, group: group, choice: choice)
      }
      var model = Model(
        borne: Array(repeating: [], count: items.count),
        exclusive: ["a": "one", "b": "one", "c": "one"])
      var acts: [Coding] = []
      for _ in 0..<120 {
        let chosen = items.indices.filter { _ in dice.below(2) == 0 }
        let name = ["a", "b", "c", "x", "y"][dice.below(5)]
        let tag = try #require(tags[name])
        let kind = dice.below(5)
        var counts = (changed: 0, skipped: 0)
        let act: Coding
        if kind == 4, !acts.isEmpty {
          let number = dice.below(acts.count)
          act = try change.startCoding(
            .undo, of: set, asked: [:], undoing: acts[number])
          var place: ItemKey?
          repeat {
            place = try change.undo(acts[number], by: act, of: set, after: place, limit: 2)
          } while place != nil
          counts = model.undo(number)
        } else {
          act = try change.startCoding(.tag, of: set, asked: [:])
          let chosenItems = chosen.map { items[$0] }
          switch kind {
          case 0, 4:
            try change.code(edit([tag]), chosenItems, by: act, of: set)
            let exclusive = model.exclusive
            counts.changed = model.act(chosen) { borne in
              guard !borne.contains(name) else { return }
              if let group = exclusive[name] {
                borne.removeAll { exclusive[$0] == group }
              }
              borne.append(name)
            }
          case 1, 2:
            try change.code(edit(clear: [tag]), chosenItems, by: act, of: set)
            counts.changed = model.act(chosen) { $0.removeAll { $0 == name } }
          default:
            try change.code(edit(removes: true), chosenItems, by: act, of: set)
            counts.changed = model.act(chosen) { if !$0.contains("-") { $0.append("-") } }
          }
        }
        let done = try change.finishCoding(act, of: set)
        acts.append(done)
        #expect(done.changed == counts.changed)
        #expect(done.skipped == counts.skipped)
        let facts = try change.catalog.reviewFacts(
          of: items.map { ItemKey(conversation: $0.conversation, item: $0.item) }, in: set)
        var there: Set<String> = []
        try change.catalog.forEachItem(of: set) { there.insert($0.item) }
        for (index, item) in items.enumerated() {
          let key = ItemKey(conversation: item.conversation, item: item.item)
          #expect(facts[key]?.tags == model.borne[index].filter { $0 != "-" })
          #expect(there.contains(item.item) == !model.borne[index].contains("-"))
        }
      }
      let counts = try change.catalog.tagCounts(of: set)
      for (name, tag) in tags {
        #expect(
          counts[tag.key] ?? 0
            == model.borne.count { $0.contains(name) && !$0.contains("-") })
      }
    }
  }

  @Test("notes are written once, taken back, and given back")
  func notes() async throws {
    try await withSet(items: 3) { change, set, items in
      var edit = ItemEdit()
      edit.note = "look"
      let act = try change.startCoding(.note, of: set, asked: [:])
      #expect(try change.code(edit, items.prefix(2), by: act, of: set).changed == 2)
      #expect(try change.code(edit, items, by: act, of: set).already == 2)
      func texts() throws -> [String] {
        var texts: [String] = []
        try change.catalog.forEachNote(of: set) { texts.append($0.text) }
        return texts
      }
      #expect(try texts().count == 3)
      let undo = try change.startCoding(.undo, of: set, asked: [:], undoing: act)
      #expect(try change.undoTexts(act, by: undo, of: set) == 3)
      #expect(try texts().isEmpty)
      let redo = try change.startCoding(.undo, of: set, asked: [:], undoing: undo)
      #expect(try change.undoTexts(undo, by: redo, of: set) == 3)
      #expect(try texts() == ["look", "look", "look"])
      let again = try change.startCoding(.undo, of: set, asked: [:], undoing: redo)
      #expect(try change.undoTexts(redo, by: again, of: set) == 3)
      #expect(try texts().isEmpty)
      let back = try change.startCoding(.undo, of: set, asked: [:], undoing: again)
      #expect(try change.undoTexts(again, by: back, of: set) == 3)
      #expect(try texts().count == 3)
    }
  }

  @Test("a taking back that was stopped is no taking back, and goes on where it was")
  func stoppedUndo() async throws {
    try await withSet(items: 5) { change, set, items in
      let tag = try change.createTag(name: "a", in: set, group: "G", choice: .many)
      func act(_ body: (Coding) throws -> Void) throws -> Coding {
        let act = try change.startCoding(.tag, of: set, asked: [:])
        try body(act)
        return try change.finishCoding(act, of: set)
      }
      let first = try act { try change.code(edit([tag]), items, by: $0, of: set) }
      let stopped = try change.startCoding(.undo, of: set, asked: [:], undoing: first)
      _ = try change.undo(first, by: stopped, of: set, limit: 2)
      #expect(try change.catalog.lastCoding(of: set)?.id == first.id)
      #expect(try change.catalog.takingBack(first) == nil)
      let now = try change.catalog.coding(first.id.text, of: set)
      var second = try #require(try change.catalog.stoppedTakingBack(now))
      #expect(second.id == stopped.id)
      second = try change.resumeCoding(second, of: set, reason: "")
      var place: ItemKey?
      repeat { place = try change.undo(now, by: second, of: set, after: place) } while place != nil
      let done = try change.finishCoding(second, of: set)
      #expect(done.changed == 5)
      #expect(done.already == 0)
      #expect(done.skipped == 0)
      #expect(try change.catalog.stoppedTakingBack(now) == nil)
      #expect(try change.catalog.lastCoding(of: set) == nil)
      // Done again: it stands, and is the newest that does.
      let redo = try change.startCoding(.undo, of: set, asked: [:], undoing: done)
      _ = try change.undo(done, by: redo, of: set)
      #expect(try change.finishCoding(redo, of: set).changed == 5)
      #expect(try change.catalog.lastCoding(of: set)?.id == first.id)
      // One that was taken back itself is not gone on with.
      let other = try act { try change.code(edit([tag]), items, by: $0, of: set) }
      let taken = try change.startCoding(.undo, of: set, asked: [:], undoing: other)
      let back = try change.startCoding(.undo, of: set, asked: [:], undoing: taken)
      _ = try change.finishCoding(back, of: set)
      #expect(try change.catalog.stoppedTakingBack(other) == nil)
    }
  }

  @Test("a tag that was deleted meanwhile does not give its place to another one")
  func deletedTag() async throws {
    try await withSet(items: 1) { change, set, items in
      let old = try change.createTag(name: "old", in: set, group: "G", choice: .many)
      try change.deleteTag(old, of: set)
      let new = try change.createTag(name: "new", in: set, group: "G", choice: .many)
      #expect(new.key == old.key)
      let act = try change.startCoding(.tag, of: set, asked: [:])
      #expect(status { try change.code(edit([old]), items, by: act, of: set) } == .stale)
    }
  }

  @Test("an item that is selected again after it was removed is back, context stays away")
  func readding() async throws {
    try await withSet(items: 2) { change, set, items in
      let act = try change.startCoding(.remove, of: set, asked: [:])
      try change.code(edit(removes: true), items, by: act, of: set)
      #expect(try change.catalog.itemCounts(of: set) == (0, 0))
      #expect(try change.catalog.removedCount(of: set) == 2)
      #expect(try change.catalog.reviewSets(keeping: items[0].conversation).isEmpty)
      let load = try change.startLoad(Self.search(change.now), into: set)
      var context = items[1]
      context.isContext = true
      try change.addItems([items[0], context], to: load, of: set)
      #expect(try change.catalog.itemCounts(of: set) == (0, 0))
      try change.freezeLoad(load, of: set)
      #expect(try change.catalog.itemCounts(of: set) == (1, 0))
      #expect(try change.catalog.reviewSets(keeping: items[0].conversation) == [set])
    }
  }

  @Test(
    "a query inside a set equals the evaluator on each frozen item", arguments: [1, 2] as [UInt64])
  func queriesInside(seed: UInt64) async throws {
    try await withStore { store in
      var matter = RandomMatter(seed: seed)
      var dice = Dice(state: seed)
      let first = (0..<25).map { matter.unit("c\($0)") }
      try store.ingest(first, batchByteCount: 6_000, capacity: 40)
      var items: [ReviewItem] = []
      let before = try Searcher(store)
      var selected = SelectedItems()
      try before.select(.all, into: &selected)
      try before.forEachConversation(of: selected) { id, members in
        let key = try store.read { try $0.conversation(id).key }
        items += members.filter { _ in dice.below(4) != 0 }.map {
          ReviewItem(
            conversation: key, item: $0.id.text, version: $0.version,
            conversationVersion: $0.conversationVersion, isContext: dice.below(3) == 0)
        }
      }
      // What changes afterwards is not what was frozen.
      try store.ingest(first.prefix(15).map { matter.changed($0) }, batchByteCount: 6_000)
      let set = try store.change(as: .test()) { change in
        let set = try change.createReviewSet(name: "S", in: change.createMatter(name: "M"))
        let load = try change.startLoad(Self.search(change.now), into: set)
        try change.addItems(items, to: load, of: set)
        try change.freezeLoad(load, of: set)
        for name in ["red", "green"] {
          let tag = try change.createTag(name: name, in: set, group: "G")
          let act = try change.startCoding(.tag, of: set, asked: [:])
          try change.code(
            edit([tag]), items.filter { _ in dice.below(3) == 0 }, by: act, of: set)
          _ = try change.finishCoding(act, of: set)
        }
        return set
      }
      let searcher = try Searcher(store)
      let finder = SetFinder(store, set, searcher)
      let tags: [QueryNode] = [
        .text(TextMatch(tokens: ["red"]), in: .property(.tag)),
        .restriction(PropertyRestriction(property: .tag, condition: .exists)),
        .not(
          .restriction(
            PropertyRestriction(property: .tag, condition: .wholeText("green", isPrefix: false)))),
      ]
      for number in 0..<60 {
        let content = matter.node(depth: 2)
        let tag = tags[dice.below(3)]
        let node: QueryNode =
          switch number % 5 {
          case 0: content
          case 1: .and([content, tag])
          case 2: .or([content, tag])
          case 3: .not(.or([tag, .not(content)]))
          default: .or([.and([tag, content]), .not(tag)])
          }
        var expected: Set<String> = []
        let evaluator = Evaluator(node)
        for item in items {
          let place = try store.read { try $0.place(of: item.conversation) }
          let stored = try searcher.frozen(item, of: place.id, partition: place.partition)
          let key = ItemKey(conversation: item.conversation, item: item.item)
          let facts = try store.read { try $0.reviewFacts(of: [key], in: set) }
          let reviewed = ReviewedItem(
            stored: stored, set: set, facts: facts[key] ?? ReviewFacts())
          if try evaluator.matches(reviewed) { expected.insert(item.item) }
        }
        var found: [String] = []
        try finder.forEachBatch(matching: node) { found += $0.map(\.item) }
        #expect(Set(found) == expected, "\(node)")
        #expect(found.count == Set(found).count)
      }
    }
  }
}
