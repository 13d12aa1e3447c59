// SPDX-License-Identifier: Apache-2.0
import Model
import Query
import Retention
import Testing

@testable import Store

/// One thing that a hold may cover: whose it is, when it was, and which word it says.
private struct Point: Hashable {
  var owner: Int
  var day: Int
  var word: String
}

/// Section 2.2 once more over a universe so small that what a wording covers is a plain set.
private struct ModelHold {
  struct Wording: Equatable {
    var everyone = false
    var owners: Set<Int> = []
    var query: String?
    var since: Int?
    var before: Int?

    static let universe: [Point] = (0..<4).flatMap { owner in
      (-1...6).flatMap { day in
        ["soup", "salt"].map { Point(owner: owner, day: day, word: $0) }
      }
    }

    /// Whom and when it names, whatever the query.
    var place: Set<Point> {
      Set(
        Self.universe.filter { point in
          (everyone || owners.contains(point.owner)) && (since ?? Int.min) <= point.day
            && point.day < (before ?? Int.max)
        })
    }

    var covered: Set<Point> { place.filter { query == nil || $0.word == query } }
  }

  var said: [(wording: Wording, end: Int?)]

  var isStanding: Bool { said.last?.end == nil }
  var wording: Wording { said[said.count - 1].wording }

  static func falls(from old: Wording, to new: Wording) -> Bool {
    !old.place.isSubset(of: new.place) || (new.query != nil && new.query != old.query)
  }

  func held(at day: Int) -> Set<Point> {
    var held: Set<Point> = []
    for (wording, end) in said where end.map({ day < $0 }) ?? true {
      held.formUnion(wording.covered)
    }
    return held
  }

  mutating func say(_ new: Wording, at day: Int, coolDown: Int) {
    guard new != wording else { return }
    said[said.count - 1].end = Self.falls(from: wording, to: new) ? day + coolDown : day
    said.append((new, nil))
  }

  mutating func release(at day: Int, coolDown: Int) { said[said.count - 1].end = day + coolDown }

  /// Whether there was something to take back.
  mutating func reinstate(at day: Int, coolDown: Int) -> Bool {
    let cooling = said.indices.filter { said[$0].end.map { day < $0 } ?? false }
    if isStanding {
      guard let back = cooling.last(where: { Self.falls(from: said[$0].wording, to: wording) })
      else { return false }
      say(said[back].wording, at: day, coolDown: coolDown)
    } else if cooling.last == said.count - 1 {
      said[said.count - 1].end = nil
    } else if let back = cooling.last {
      said.append((said[back].wording, nil))
    } else {
      return false
    }
    return true
  }
}

/// An item that says one word.
private struct WordItem: DatedItem {
  var word: String

  func seen(at moment: DirectoryMoment) -> WordItem { self }
  func segments(of property: Property) -> [String] { [word] }
  func fileTexts() -> [String] { [] }
  func keywords(of property: Property) -> [String] { [] }
  func identities(of property: Property) -> [ItemIdentity] { [] }
  func time(of property: Property) -> Instant? { nil }
  func integer(of property: Property) -> Int64? { nil }
  func boolean(of property: Property) -> Bool? { nil }
}

@Suite("Schedules of changes of holds")
struct HoldScheduleTests {
  private struct Generator {
    var state: UInt64

    mutating func below(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(bound))
    }
  }

  private struct World {
    var store: Store
    var clock: TestClock
    var people: [String] = []
    var accounts: [Int64] = []
    var start = Instant(ticks: 0)

    func day(_ number: Int) -> Instant {
      Instant(ticks: start.ticks + Int64(number) * Instant.ticksPerDay)
    }

    var today: Int { Int((clock.now.ticks - start.ticks) / Instant.ticksPerDay) }

    func definition(_ wording: ModelHold.Wording, _ change: Change) throws -> HoldDefinition {
      var query: StoredQuery?
      if let text = wording.query {
        let compiled = try QueryCompiler.compile(
          text, options: QueryOptions(clock: change.now, purpose: .hold),
          directory: change.catalog.directory)
        query = StoredQuery(
          text: text, dialect: "keyql", normalForm: try #require(compiled.normalForm),
          resolved: "{}")
      }
      return HoldDefinition(
        scope: Scope(
          everyone: wording.everyone, custodians: wording.owners.map { people[$0] }.sorted()),
        query: query,
        interval: Model.TimeInterval(
          since: wording.since.map(day), before: wording.before.map(day)))
    }

    func held() throws -> Set<Point> {
      let rules = try store.read { try $0.holdRules() }
      return Set(
        ModelHold.Wording.universe.filter { point in
          let unit = UnitFacts(
            accounts: [accounts[point.owner]], isAttributed: true, projects: [], sources: [])
          return !rules.protections(
            of: WordItem(word: point.word), ItemFacts(time: day(point.day)), in: unit,
            at: clock.now
          ).isEmpty
        })
    }
  }

  private static func wording(
    after old: ModelHold.Wording, _ random: inout Generator
  )
    -> ModelHold.Wording
  {
    var new = old
    switch random.below(8) {
    case 0: new.everyone.toggle()
    case 1: new.owners.insert(random.below(4))
    case 2: new.owners.remove(random.below(4))
    case 3: new.query = [nil, "soup", "salt"][random.below(3)]
    case 4: new.since = random.below(2) == 0 ? nil : random.below(3)
    case 5: new.before = random.below(2) == 0 ? nil : 3 + random.below(3)
    case 6: new.owners = [random.below(4)]
    default:
      new.query = ["soup", "salt"][random.below(2)]
      new.owners.insert(random.below(4))
    }
    return !new.everyone && new.owners.isEmpty ? old : new
  }

  @Test("protect what an independent model of wordings and cool-downs protects", arguments: 1...24)
  func agreesWithModel(seed: Int) async throws {
    let clock = TestClock()
    try await withStore(clock: clock) { store in
      var random = Generator(state: UInt64(seed) &* 0x9E37_79B9_7F4A_7C15)
      var world = World(store: store, clock: clock)
      world.start = clock.now
      try store.change(as: .test()) { change in
        for number in 0..<4 {
          let person = try change.createCustodian(
            name: "P\(number)", identities: [IdentityDefinition(.account, "u\(number)")])
          world.people.append(person.id.text)
          world.accounts.append(try change.accountKey(route: "r", nativeID: "u\(number)"))
        }
      }
      let first = ModelHold.Wording(owners: [random.below(4)])
      var models = [
        ModelHold(said: [(first, nil)]),
        ModelHold(said: [(.init(owners: [0], query: "salt"), nil)]),
      ]
      let matter = try store.change(as: .test()) { change in
        let matter = try change.createMatter(name: "M")
        for (index, model) in models.enumerated() {
          try change.createHold(
            name: "H\(index)", in: matter, try world.definition(model.wording, change))
        }
        return matter
      }
      var isOpen = true
      for step in 0..<40 {
        let index = random.below(models.count)
        let hold = try store.read { try $0.hold("H\(index)") }
        let coolDown = random.below(6)
        let ticks = Int64(coolDown) * Instant.ticksPerDay
        let today = world.today
        switch random.below(10) {
        case 0, 1, 2, 3:
          let new = Self.wording(after: models[index].wording, &random)
          let code = status {
            try store.change(as: .test()) {
              _ = try $0.updateHold(hold, to: try world.definition(new, $0), coolDown: ticks)
            }
          }
          #expect((code == nil) == models[index].isStanding)
          if code == nil { models[index].say(new, at: today, coolDown: coolDown) }
        case 4:
          let code = status {
            try store.change(as: .test()) { _ = try $0.releaseHold(hold, coolDown: ticks) }
          }
          #expect((code == nil) == models[index].isStanding)
          if code == nil { models[index].release(at: today, coolDown: coolDown) }
        case 5, 6:
          let code = status {
            try store.change(as: .test()) { _ = try $0.reinstateHold(hold, coolDown: ticks) }
          }
          let isBack = isOpen && models[index].reinstate(at: today, coolDown: coolDown)
          #expect((code == nil) == isBack, "\(seed) \(step)")
        case 7 where isOpen:
          try store.change(as: .test()) {
            _ = try $0.closeMatter(matter, releasingHoldsAfter: ticks)
          }
          for index in models.indices where models[index].isStanding {
            models[index].release(at: today, coolDown: coolDown)
          }
          isOpen = false
        case 7, 8:
          try store.change(as: .test()) { _ = try $0.reopenMatter(matter) }
          isOpen = true
        default: clock.advance(days: random.below(4))
        }
        let expected = models.reduce(into: Set<Point>()) { $0.formUnion($1.held(at: world.today)) }
        #expect(try world.held() == expected, "seed \(seed), step \(step)")
        let versions = try store.read { try $0.hold("H\(index)").versions.count }
        #expect(versions == models[index].said.count)
      }
    }
  }
}
