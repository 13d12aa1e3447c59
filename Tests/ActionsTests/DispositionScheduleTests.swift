// SPDX-License-Identifier: Apache-2.0
import Actions
import Foundation
import Model
import Query
import Store
import Synchronization
import TestSupport
import Testing

/// Holds-and-retention sections 2 to 4 once more, in memory: what is in the store after any order of
/// captures, holds, releases, policies, plans, runs, crashes and restores (invariants H1, H3, H10).
private struct World {
  struct Message {
    var time: Instant
    var words: Set<String>
  }

  struct Conversation {
    var account: Int
    var created: Instant
    /// What the source has; a capture brings all of it.
    var messages: [Message] = []
    var title = 0
    var captured: Instant
    var isHere = true
    /// The turn of its last removal.
    var purged = -1
  }

  struct Hold {
    var accounts: Set<Int>
    var word: String?
    /// Nil while it is not released.
    var end: Instant?
  }

  struct Policy: Equatable {
    var action: RetentionAction
    var days: Int
    var start: RetentionStart
    /// Nil: everyone.
    var accounts: Set<Int>?
    var word: String?
    var mode: PolicyMode
  }

  struct Plan {
    var record: PlanRecord
    var listed: Set<Int>
    var policies: [Int: Policy]
    var turn: Int
  }

  var conversations: [Int: Conversation] = [:]
  var holds: [Int: Hold] = [:]
  var policies: [Int: Policy] = [:]
  var plan: Plan?
  var isArmed = true
  var turn = 0

  func isHeld(_ conversation: Conversation, at now: Instant) -> Bool {
    holds.values.contains { hold in
      hold.end.map { now < $0 } ?? true && hold.accounts.contains(conversation.account)
        && hold.word.map { word in conversation.messages.contains { $0.words.contains(word) } }
          ?? true
    }
  }

  func isDue(_ conversation: Conversation, at now: Instant) -> Bool {
    guard conversation.isHere, !isHeld(conversation, at: now) else { return false }
    var kept = Instant(ticks: .min)
    var named: Instant?
    var general: Instant?
    for policy in policies.values where policy.mode == .on {
      guard policy.accounts?.contains(conversation.account) ?? true else { continue }
      if let word = policy.word, !conversation.messages.contains(where: { $0.words.contains(word) })
      {
        continue
      }
      let start =
        switch policy.start {
        case .created: conversation.created
        case .captured: conversation.captured
        default: conversation.messages.map(\.time).max() ?? conversation.created
        }
      let end = start.advanced(byDays: policy.days)
      if policy.action != .delete { kept = max(kept, end) }
      guard policy.action != .retain else { continue }
      if policy.accounts == nil {
        general = min(general ?? end, end)
      } else {
        named = min(named ?? end, end)
      }
    }
    guard kept <= now, let date = named ?? general else { return false }
    return date <= now
  }

  func due(at now: Instant) -> Set<Int> {
    Set(conversations.filter { isDue($0.value, at: now) }.keys)
  }
}

/// A store and the model of it, driven by the same random schedule.
private struct Schedule {
  static let words = ["alpha", "beta", "gamma"]
  static let conversationCount = 100
  static let accountCount = 25

  var bench: PurgeBench
  var world = World()
  var random: Dice
  var saved: World?
  var seen: [String: Int] = [:]
  /// What happened, for a failure.
  var log: [String] = []

  struct Crash: Error {}

  var now: Instant { bench.clock.now }
  var snapshot: URL { bench.folder.appendingPathComponent("snapshot") }

  mutating func one(in count: Int) -> Bool { random.below(count) == 0 }

  mutating func note(_ what: String) {
    seen[what, default: 0] += 1
    if !what.hasPrefix("held") { log.append("\(world.turn) \(what)") }
  }

  // MARK: - Steps

  mutating func step() throws {
    world.turn += 1
    try pass()
    try capture()
    try changeHolds()
    if world.policies.count < 3 || one(in: 4) { try changePolicies() }
    if !one(in: 3) { try makePlan() }
    if !world.isArmed, one(in: 2) {
      try bench.store.change(as: PurgeBench.actor) {
        _ = try $0.arm(confirmed: $0.catalog.disarming()?.reason)
      }
      world.isArmed = true
    }
    // A hold that comes after the plan and before the run.
    if one(in: 3) { try changeHolds() }
    if one(in: 4) { bench.clock.advance(days: 1 + random.below(5)) }
    try run(crashing: one(in: 3))
    if one(in: 2) { try run(crashing: false) }
    if one(in: 6) { try save() }
    if one(in: 8) { try restore() }
    try check()
  }

  private mutating func pass() throws {
    let days = one(in: 9) ? 36 + random.below(60) : random.below(12)
    bench.clock.advance(days: days)
    if days > 35 {
      world.isArmed = false
      note("clock")
    }
  }

  private mutating func capture() throws {
    var changed: [Int] = []
    for id in 0..<Self.conversationCount where one(in: 4) {
      let message = World.Message(
        time: now, words: Set([Self.words[random.below(3)], Self.words[random.below(3)]]))
      if var known = world.conversations[id] {
        if !known.isHere { note("captured again") }
        if one(in: 3) { known.title += 1 } else { known.messages.append(message) }
        known.captured = now
        known.isHere = true
        world.conversations[id] = known
      } else {
        world.conversations[id] = World.Conversation(
          account: id % Self.accountCount, created: now, messages: [message], captured: now)
      }
      changed.append(id)
    }
    let list = changed.compactMap { id in world.conversations[id].map { Self.json(id, $0) } }
    let file = bench.folder.appendingPathComponent("conversations.json")
    try JSONSerialization.data(withJSONObject: list, options: [.sortedKeys]).write(to: file)
    let report = try ImportAction(store: bench.store, actor: PurgeBench.actor).run([file.path])
    #expect(report.isClean)
  }

  private static func json(_ id: Int, _ conversation: World.Conversation) -> [String: Any] {
    [
      "uuid": "c\(id)", "name": "title \(conversation.title)",
      "created_at": conversation.created.rfc3339, "updated_at": conversation.captured.rfc3339,
      "account": ["uuid": "acc-\(conversation.account)"],
      "chat_messages": conversation.messages.enumerated().map { index, message in
        [
          "uuid": "c\(id)-\(index)", "sender": index.isMultiple(of: 2) ? "human" : "assistant",
          "text": message.words.sorted().joined(separator: " "),
          "created_at": message.time.rfc3339,
        ]
      },
    ]
  }

  private mutating func changeHolds() throws {
    var random = random
    var world = world
    let now = now
    try bench.store.change(as: PurgeBench.actor) { change in
      let matter = try change.catalog.matters(.open).first ?? change.createMatter(name: "case")
      for _ in 0..<3 {
        if random.below(3) == 0 {
          let accounts = Set((0...random.below(3)).map { _ in random.below(Self.accountCount) })
          let word = random.below(2) == 0 ? Self.words[random.below(3)] : nil
          let number = world.holds.count
          try change.createHold(
            name: "hold \(number)", in: matter,
            HoldDefinition(
              scope: Scope(custodians: try Self.custodians(accounts, change.catalog)),
              query: try Self.query(word, .hold, change)))
          world.holds[number] = World.Hold(accounts: accounts, word: word)
        } else if let number = world.holds.keys.sorted().dropFirst(
          random.below(max(1, world.holds.count))
        ).first {
          let record = try change.catalog.hold("hold \(number)")
          switch (record.state, world.holds[number]?.end) {
          case (.active, nil):
            let days = random.below(20)
            _ = try change.releaseHold(record, coolDown: Int64(days) * Instant.ticksPerDay)
            world.holds[number]?.end = now.advanced(byDays: days)
          case (.releasing, let end?) where now < end:
            _ = try change.reinstateHold(record)
            world.holds[number]?.end = nil
          default: #expect(record.state == .released)
          }
        }
      }
    }
    self.random = random
    self.world = world
  }

  private static func custodians(_ accounts: Set<Int>, _ catalog: Catalog) throws -> [String] {
    try accounts.map { try catalog.custodian("acc-\($0)").id.text }
  }

  private static func query(
    _ word: String?, _ purpose: QueryPurpose, _ change: Change
  ) throws -> StoredQuery? {
    try word.flatMap { word in
      StoredQuery(
        try QueryCompiler.compile(
          word, options: QueryOptions(clock: change.now, purpose: purpose),
          directory: change.catalog.directory))
    }
  }

  private mutating func changePolicies() throws {
    var random = random
    var world = world
    try bench.store.change(as: PurgeBench.actor) { change in
      let number = random.below(6)
      if world.policies[number] != nil, random.below(3) == 0 {
        _ = try change.deletePolicy(change.catalog.policy("policy \(number)"))
        world.policies[number] = nil
        return
      }
      let policy = World.Policy(
        action: RetentionAction.allCases[min(2, random.below(4))], days: 1 + random.below(40),
        start: [.created, .lastActivity, .captured][random.below(3)],
        accounts: random.below(2) == 0
          ? nil : Set((0..<8).map { _ in random.below(Self.accountCount) }),
        word: random.below(2) == 0 ? Self.words[random.below(3)] : nil,
        mode: [.on, .on, .on, .off, .simulate][random.below(5)])
      let definition = PolicyDefinition(
        action: policy.action, period: .days(policy.days), start: policy.start,
        scope: PolicyScope(
          everyone: policy.accounts == nil,
          included: PolicyNames(
            custodians: try Self.custodians(policy.accounts ?? [], change.catalog))),
        condition: try Self.query(policy.word, .condition, change), mode: policy.mode)
      if world.policies[number] == nil {
        try change.createPolicy(name: "policy \(number)", kind: .policy, definition)
      } else {
        try change.updatePolicy(change.catalog.policy("policy \(number)"), to: definition)
      }
      world.policies[number] = policy
    }
    self.random = random
    self.world = world
  }

  private mutating func makePlan() throws {
    let record = try bench.plan()
    let due = world.due(at: now)
    #expect(
      Set(try bench.store.read { try $0.entries(of: record) }.filter { $0.state == .due }.map(\.id))
        == Set(due.map { bench.id("c\($0)") }))
    world.plan = World.Plan(
      record: record, listed: due, policies: world.policies, turn: world.turn)
    note(due.isEmpty ? "empty plan" : "plan")
  }

  private mutating func run(crashing: Bool) throws {
    guard let plan = world.plan else { return }
    let due = plan.listed.filter { id in
      world.conversations[id].map { world.isDue($0, at: now) && $0.purged < plan.turn } ?? false
    }
    if !world.isArmed {
      #expect(exitStatus { _ = try bench.run(plan.record) } == .disarmed)
      note("disarmed")
      return
    }
    if plan.policies != world.policies {
      #expect(exitStatus { _ = try bench.run(plan.record) } == .stale)
      note("stale")
      return
    }
    if crashing {
      let countdown = Countdown(random.below(9))
      do {
        _ = try bench.run(plan.record) { _ in
          if countdown.isOver() { throw Crash() }
        }
      } catch is Crash {
        note("crash")
      }
      // Whole or gone: what is gone was due.
      for id in plan.listed where world.conversations[id]?.isHere == true {
        guard try !bench.isHere("c\(id)") else { continue }
        #expect(due.contains(id))
        bury(id)
      }
      return
    }
    let result = try bench.run(plan.record)
    #expect(result.purged == due.count)
    let left = plan.listed.filter { id in
      world.conversations[id].map { $0.isHere && $0.purged < plan.turn } ?? false
    }
    #expect(result.skippedCount == left.subtracting(due).count)
    #expect(result.pending == nil)
    if !due.isEmpty { note("run") }
    if result.skippedCount > 0 { note("skipped") }
    for id in due { bury(id) }
  }

  private mutating func bury(_ id: Int) {
    world.conversations[id]?.isHere = false
    world.conversations[id]?.purged = world.turn
  }

  private mutating func save() throws {
    try? FileManager.default.removeItem(at: snapshot)
    try FileManager.default.copyItem(
      at: URL(fileURLWithPath: bench.store.folder), to: snapshot)
    saved = world
  }

  private mutating func restore() throws {
    guard var earlier = saved else { return }
    try bench.store.close()
    let folder = URL(fileURLWithPath: bench.store.folder)
    try FileManager.default.removeItem(at: folder)
    try FileManager.default.copyItem(at: snapshot, to: folder)
    bench = PurgeBench(folder: bench.folder, store: try bench.opened(), clock: bench.clock)
    try bench.store.change(as: PurgeBench.actor) { try $0.disarm(.restored) }
    earlier.isArmed = false
    // Turns go on, so that an old plan stays older than what comes.
    earlier.turn = world.turn
    world = earlier
    note("restore")
  }

  // MARK: - Checks

  private func storedIDs() throws -> Set<String> {
    let catalog = try DirectConnection(path: bench.store.folder + "/catalog.sqlite", access: .read)
    let rows = try catalog.prepare("SELECT id FROM conversation")
    var ids: Set<String> = []
    while try rows.step() { ids.insert(rows.text(0)) }
    return ids
  }

  private mutating func check() throws {
    let here = world.conversations.filter(\.value.isHere)
    #expect(try storedIDs() == Set(here.keys.map { bench.id("c\($0)").text }))
    let searcher = try Searcher(bench.store)
    #expect(try searcher.itemCount(.all) == here.values.reduce(0) { $0 + $1.messages.count })
    for word in Self.words {
      let count = here.values.reduce(0) { sum, conversation in
        sum + conversation.messages.count { $0.words.contains(word) }
      }
      #expect(
        try searcher.itemCount(.text(TextMatch(tokens: [word]), in: .fullText)) == count)
    }
    for conversation in world.conversations.values where world.isHeld(conversation, at: now) {
      note(conversation.isHere ? "held" : "held again after removal")
    }
  }
}

/// Counts down across the steps of a run.
private final class Countdown: Sendable {
  private let left: Mutex<Int>

  init(_ left: Int) { self.left = Mutex(left) }

  func isOver() -> Bool {
    left.withLock { left in
      left -= 1
      return left < 0
    }
  }
}

@Suite("Random schedules of capture, hold, policy, plan, run, crash and restore")
struct DispositionScheduleTests {
  /// Each conversation of a store is a schedule of its own.
  private static let storeCount: Int = {
    let environment = ProcessInfo.processInfo.environment
    let isLong = environment["CUSTODY_LONG_TESTS"] != nil
    return (isLong ? 1_000_000 : 20_000) / Schedule.conversationCount
  }()

  @Test("end as the model says")
  func schedules() async throws {
    let seen = try await withTaskExecutorPreference(SlowWork.executor) {
      var seen: [String: Int] = [:]
      for seed in 0..<Self.storeCount {
        seen.merge(try await Self.play(seed: seed), uniquingKeysWith: +)
      }
      return seen
    }
    for event in [
      "plan", "run", "skipped", "stale", "disarmed", "clock", "crash", "restore", "held",
      "captured again",
    ] {
      #expect(seen[event, default: 0] > 0, "no \(event) in \(seen)")
    }
  }

  /// Plays one store to its end, and tells what happened.
  private static func play(seed: Int) async throws -> [String: Int] {
    var seen: [String: Int] = [:]
    try await PurgeBench.with { bench in
      try bench.store.change(as: PurgeBench.actor) { change in
        for account in 0..<Schedule.accountCount {
          try change.createCustodian(
            name: "Person \(account)",
            identities: [IdentityDefinition(.account, "acc-\(account)")])
        }
      }
      var schedule = Schedule(bench: bench, random: Dice(state: UInt64(seed) &* 77 &+ 1))
      for _ in 0..<10 { try schedule.step() }
      // What a crash left to do is done by the next command.
      #expect(try schedule.bench.store.finishRemovals(as: PurgeBench.actor) == nil)
      let findings = try schedule.bench.findings()
      #expect(findings == [], "\(findings) in schedule \(seed): \(schedule.log)")
      #expect(try schedule.bench.store.read { try $0.verifyAudit().isSound })
      seen = schedule.seen
    }
    return seen
  }
}
