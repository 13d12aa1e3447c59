// SPDX-License-Identifier: Apache-2.0
import Actions
import Model
import Store

/// What a hold covers and where it cannot protect (holds-and-retention section 2.3).
struct HoldReport: Displayable {
  static let recordType = "hold_report"
  static let plural = "holds"

  var coverage: HoldCheck.Coverage
  /// The custodians whom the hold names; all, where it is on everyone.
  private(set) var persons: [Custodian] = []
  /// What each source has brought of each of them.
  private(set) var captures: [CaptureCoverage] = []
  /// Open exceptions of captures that concern what the hold names.
  var exceptions: [ExceptionTotal] = []
  /// What sources in scope delete by themselves.
  var retentions: [(source: SourceRecord, retention: SourceRetention)] = []
  /// What was removed from the scope of the hold while it was in force.
  var purges = PurgesUnderHold()
  /// Who has not answered a notice of the hold in time.
  private(set) var overdue: [NoticeStanding] = []
  /// Where the hold cannot protect, each an exception record (section 2.3).
  private(set) var gaps: [HoldGap] = []
  /// Those that a person has dealt with.
  private(set) var settled: Set<HoldGap> = []

  /// Puts together what is known of a hold.
  ///
  /// - Parameters:
  ///   - coverage: What the hold covers.
  ///   - facts: Of all holds that are reported on, this one among them.
  /// - Throws: `StoreError` when the catalog cannot be read.
  init(_ coverage: HoldCheck.Coverage, from facts: HoldReportFacts) throws {
    self.coverage = coverage
    let hold = coverage.hold
    purges = facts.purges[hold.id] ?? PurgesUnderHold()
    overdue = try facts.catalog.overdueNotices(of: hold)
    let scopes =
      hold.state == .released
      ? []
      : hold.versions.filter { $0.protects(at: facts.catalog.now) }.map(\.definition.scope)
    let people = try facts.people(in: scopes)
    persons = people.persons
    captures = people.captures
    exceptions = facts.exceptions[hold.id] ?? []
    note(scopes, try facts.retentions())
    let own = retentionGaps + holdGaps
    gaps = people.gaps + own
    settled = people.settled
    for gap in own where try facts.catalog.isResolved(gap) { settled.insert(gap) }
  }

  /// Takes in what concerns a hold of all that sources delete.
  private mutating func note(
    _ scopes: [Scope], _ retentions: [(source: SourceRecord, retention: SourceRetention)]
  ) {
    let isOnEveryone = scopes.contains(where: \.everyone)
    let namesProjects = scopes.contains { !$0.projects.isEmpty }
    let sources = Set(scopes.flatMap(\.sources))
    let brought = Set(captures.filter { $0.conversationCount > 0 }.map(\.source.key))
    self.retentions = retentions.filter { source, _ in
      isOnEveryone || namesProjects || sources.contains(source.id.text)
        || brought.contains(source.key)
    }
  }

  var identifier: String { coverage.hold.id.text }

  private func exceptionCount(_ kind: ExceptionKind) -> Int {
    exceptions.reduce(0) { $0 + ($1.kind == kind ? $1.count : 0) }
  }

  /// The ids of the persons that were looked at.
  var custodians: Set<String> { Set(persons.map(\.id.text)) }

  /// Names of custodians of whom no source has brought anything.
  var uncaptured: [String] {
    let names = names
    return gaps.filter { $0.code == .nothingCaptured }.compactMap { names[$0.object] }
  }

  /// By the ids of the persons.
  private var names: [String: String] {
    Dictionary(uniqueKeysWithValues: persons.map { ($0.id.text, $0.name) })
  }

  private var openGaps: [HoldGap] { gaps.filter { !settled.contains($0) } }

  /// What is open, and conversations of nobody, of which there may be more than when somebody
  /// dealt with them.
  var needsAttention: Bool {
    !exceptions.isEmpty || coverage.unattributed > 0 || !openGaps.isEmpty || !overdue.isEmpty
  }

  /// Sources that delete by themselves: a hold has no end, so any period is shorter than it needs.
  private var retentionGaps: [HoldGap] {
    retentions.map { source, retention in
      HoldGap(
        .sourceDeletes, source: source.key, hold: coverage.hold.key,
        detail: "the source \(source.name) deletes \(retention.words); what was captured stays "
          + "here, what was not is lost then")
    }
  }

  /// What is the hold's own.
  private var holdGaps: [HoldGap] {
    let hold = coverage.hold
    var gaps: [HoldGap] = []
    if coverage.unattributed > 0 {
      gaps.append(
        HoldGap(
          .notAttributed, hold: hold.key,
          detail: coverage.unattributed == 1
            ? "1 conversation is held until it is attributed"
            : "\(coverage.unattributed) conversations are held until they are attributed"))
    }
    gaps += purges.covered.map { purge in
      HoldGap(
        .purgedUnderHold, hold: hold.key, object: purge.conversation.text,
        detail: "\(purge.conversation) was purged at \(purge.time) although it was held")
    }
    gaps += purges.undecided.map { purge in
      HoldGap(
        .purgedInScope, hold: hold.key, object: purge.conversation.text,
        detail: "\(purge.conversation) of its scope was purged at \(purge.time); whether the query "
          + "covered it cannot be told any more")
    }
    return gaps
  }

  /// What a person should see to, one line each.
  var remarks: [String] {
    let name = "hold \(coverage.hold.name): "
    let lines = exceptions.map { total in
      let noun = total.kind == .gap ? "gap" : "failure"
      return "\(name)\(total.count) open \(noun)\(total.count == 1 ? "" : "s") \(total.code) in "
        + "source \(total.sourceName)"
    }
    return lines + gapRemarks.map { name + $0 }
      + overdue.map { "\(name)the answer of \($0.custodian.name) to the notice is overdue" }
  }

  /// How many gaps of a kind are told one by one; a hold on everyone may have thousands.
  private static let toldGapCount = 10

  /// The open gaps, each kind of them summed up where there are many.
  private var gapRemarks: [String] {
    let counts = Dictionary(grouping: openGaps, by: \.kind).mapValues(\.count)
    var told: [HoldGap.Kind: Int] = [:]
    return openGaps.flatMap { gap -> [String] in
      let place = told[gap.kind, default: 0]
      told[gap.kind] = place + 1
      if place < Self.toldGapCount { return [gap.detail] }
      let rest = (counts[gap.kind] ?? 0) - Self.toldGapCount
      return place == Self.toldGapCount ? ["\(rest) more like this (\(gap.code.rawValue))"] : []
    }
  }

  static let fields: [Field<HoldReport>] = [
    Field("id", heading: "id") { FieldValue($0.coverage.hold.id) },
    Field("name", heading: "name") { .text($0.coverage.hold.name) },
    Field("case", heading: "case") { .text($0.coverage.hold.matter.name) },
    Field("state", heading: "state") { .text($0.coverage.hold.state.rawValue) },
    Field("protects_until") { FieldValue($0.coverage.hold.protectsUntil) },
    Field("conversations", heading: "conversations") { FieldValue($0.coverage.conversations) },
    Field("items", heading: "items") { FieldValue($0.coverage.items) },
    Field("not_known", heading: "not known") { FieldValue($0.coverage.uncertain) },
    Field("not_known_items") { FieldValue($0.coverage.uncertainItems) },
    Field("joined") { FieldValue($0.coverage.joined) },
    Field("unattributed", heading: "unattributed") { FieldValue($0.coverage.unattributed) },
    Field("open_gaps", heading: "gaps") { FieldValue($0.exceptionCount(.gap) + $0.openGaps.count) },
    Field("open_failures", heading: "failures") { FieldValue($0.exceptionCount(.failure)) },
    Field("overdue_notices") { FieldValue($0.overdue.map(\.custodian.id.text)) },
    Field("not_captured") { FieldValue($0.uncaptured) },
    Field("attention", heading: "attention") { .boolean($0.needsAttention) },
    Field("captures") { report in
      .list(
        report.captures.map { capture in
          .object([
            .init("custodian", .text(capture.custodian.id.text)),
            .init("name", .text(capture.custodian.name)),
            .init("source", .text(capture.source.name)),
            .init("conversations", FieldValue(capture.conversationCount)),
            .init("newest_capture", FieldValue(capture.newestCapture)),
            .init("last_run", FieldValue(capture.lastRun)),
          ])
        })
    },
    Field("exceptions") { report in .list(report.exceptions.map(\.summary)) },
    Field("gaps") { report in .list(report.gapRecords) },
    Field("purged_under_hold") {
      FieldValue($0.purges.covered.map(\PurgeRecord.conversation.text))
    },
    Field("purged_in_scope") {
      FieldValue($0.purges.undecided.map(\PurgeRecord.conversation.text))
    },
  ]
}

extension HoldReport {
  /// The gaps in one list: those of captures with how many there are, and those of the hold.
  fileprivate var gapRecords: [FieldValue] {
    let captured = exceptions.filter { $0.kind == .gap }.map { total in
      Self.gapRecord(total.code, source: total.sourceName, count: total.count)
    }
    let names = names
    let sources = Dictionary(
      captures.map { ($0.source.key, $0.source.name) }
        + retentions.map { ($0.source.key, $0.source.name) }
    ) { first, _ in first }
    return gaps.map { gap in
      Self.gapRecord(
        gap.code.rawValue, object: gap.object, name: names[gap.object],
        source: gap.source.flatMap { sources[$0] },
        count: gap.code == .notAttributed ? coverage.unattributed : 1,
        isOpen: !settled.contains(gap))
    } + captured
  }

  private static func gapRecord(
    _ code: String, object: String = "", name: String? = nil, source: String?, count: Int,
    isOpen: Bool = true
  ) -> FieldValue {
    .object([
      .init("code", .text(code)), .init("object", .text(object)), .init("name", FieldValue(name)),
      .init("source", FieldValue(source)), .init("count", FieldValue(count)),
      .init("state", .text(isOpen ? "open" : "resolved")),
    ])
  }
}

extension HoldGap {
  fileprivate struct Kind: Hashable {
    var code: Code
    var source: Int64?
  }

  fileprivate var kind: Kind { Kind(code: code, source: source) }
}

extension ExceptionTotal {
  /// The total in one line of another object.
  var summary: FieldValue {
    .object([
      .init("source", .text(sourceName)), .init("kind", .text(kind.rawValue)),
      .init("code", .text(code)), .init("count", FieldValue(count)),
    ])
  }
}
