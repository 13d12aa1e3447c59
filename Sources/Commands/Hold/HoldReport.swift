// SPDX-License-Identifier: Apache-2.0
import Actions
import Model
import Store

/// What a hold covers and where it cannot protect (holds-and-retention section 2.3).
struct HoldReport: Displayable {
  static let recordType = "hold_report"
  static let plural = "holds"

  /// What one source has brought of one custodian.
  struct Capture {
    var custodian: Custodian
    var coverage: CaptureCoverage
  }

  var coverage: HoldCheck.Coverage
  var captures: [Capture] = []
  /// Open exceptions of the sources that the hold looks at.
  var exceptions: [ExceptionTotal] = []
  /// What was removed from the scope of the hold while it was in force.
  var purges = PurgesUnderHold()

  init(_ coverage: HoldCheck.Coverage, in catalog: Catalog) throws {
    self.coverage = coverage
    purges = try catalog.purges(under: coverage.hold)
    guard coverage.hold.state != .released else { return }
    for version in coverage.hold.versions where version.protects(at: catalog.now) {
      try add(version.definition.scope, in: catalog)
    }
  }

  private mutating func add(_ scope: Scope, in catalog: Catalog) throws {
    for id in scope.custodians {
      let person = try catalog.custodian("id:" + id)
      if captures.contains(where: { $0.custodian.key == person.key }) { continue }
      captures += try catalog.captureCoverage(of: person).map {
        Capture(custodian: person, coverage: $0)
      }
    }
    // Only a scope of sources alone tells which exceptions cannot concern it.
    let isOpen = scope.everyone || !scope.custodians.isEmpty || !scope.projects.isEmpty
    for total in try catalog.exceptionTotals(.open) {
      let concerns = isOpen || scope.sources.contains(total.sourceID.text)
      if concerns, !exceptions.contains(total) { exceptions.append(total) }
    }
  }

  var identifier: String { coverage.hold.id.text }

  private func exceptionCount(_ kind: ExceptionKind) -> Int {
    exceptions.reduce(0) { $0 + ($1.kind == kind ? $1.count : 0) }
  }

  /// Custodians of whom no source has brought anything.
  private var uncapturedKeys: Set<Int64> {
    let keys = Set(captures.map(\.custodian.key))
    let captured = captures.filter { $0.coverage.conversationCount > 0 }.map(\.custodian.key)
    return keys.subtracting(captured)
  }

  /// Their names.
  var uncaptured: [String] {
    let keys = uncapturedKeys
    var told: Set<Int64> = []
    return captures.map(\.custodian).filter { person in
      keys.contains(person.key) && told.insert(person.key).inserted
    }.map(\.name)
  }

  var needsAttention: Bool {
    !exceptions.isEmpty || coverage.unattributed > 0 || !uncaptured.isEmpty
      || purges != PurgesUnderHold()
  }

  /// Where the hold cannot protect, a record with a reason code each (section 2.3).
  var gaps: [HoldGap] {
    var gaps: [HoldGap] = []
    let nobody = uncapturedKeys
    for capture in captures where capture.coverage.conversationCount == 0 {
      gaps.append(
        HoldGap(
          code: nobody.contains(capture.custodian.key)
            ? .nothingCaptured : .sourceNeverCaptured, custodian: capture.custodian,
          source: capture.coverage.source.name))
    }
    for total in exceptions where total.kind == .gap {
      gaps.append(
        HoldGap(code: .capture(total.code), source: total.sourceName, count: total.count))
    }
    if coverage.unattributed > 0 {
      gaps.append(HoldGap(code: .notAttributed, count: coverage.unattributed))
    }
    if !purges.covered.isEmpty {
      gaps.append(HoldGap(code: .purgedUnderHold, count: purges.covered.count))
    }
    if !purges.undecided.isEmpty {
      gaps.append(HoldGap(code: .purgedInScope, count: purges.undecided.count))
    }
    return gaps
  }

  /// What a person should see to, one line each.
  var remarks: [String] {
    let name = "hold \(coverage.hold.name): "
    var lines = exceptions.map { total in
      "\(name)\(total.count) open \(total.kind == .gap ? "gaps" : "failures") \(total.code) in "
        + "source \(total.sourceName)"
    }
    if coverage.unattributed > 0 {
      lines.append(
        "\(name)\(coverage.unattributed) conversations are held until they are attributed")
    }
    lines += uncaptured.map { "\(name)nothing was captured of \($0)" }
    for purge in purges.covered {
      lines.append("\(name)\(purge.conversation) was purged at \(purge.time) although it was held")
    }
    for purge in purges.undecided {
      lines.append(
        "\(name)\(purge.conversation) of its scope was purged at \(purge.time); whether the query "
          + "covered it cannot be told any more")
    }
    return lines
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
    Field("unattributed", heading: "unattributed") { FieldValue($0.coverage.unattributed) },
    Field("open_gaps", heading: "gaps") { FieldValue($0.exceptionCount(.gap)) },
    Field("open_failures", heading: "failures") { FieldValue($0.exceptionCount(.failure)) },
    Field("not_captured") { FieldValue($0.uncaptured) },
    Field("attention", heading: "attention") { .boolean($0.needsAttention) },
    Field("captures") { report in
      .list(
        report.captures.map { capture in
          .object([
            .init("custodian", .text(capture.custodian.id.text)),
            .init("name", .text(capture.custodian.name)),
            .init("source", .text(capture.coverage.source.name)),
            .init("conversations", FieldValue(capture.coverage.conversationCount)),
            .init("newest_capture", FieldValue(capture.coverage.newestCapture)),
            .init("last_run", FieldValue(capture.coverage.lastRun)),
          ])
        })
    },
    Field("exceptions") { report in .list(report.exceptions.map(\.summary)) },
    Field("gaps") { report in .list(report.gaps.map(\.fieldValue)) },
    Field("purged_under_hold") {
      FieldValue($0.purges.covered.map(\PurgeRecord.conversation.text))
    },
    Field("purged_in_scope") {
      FieldValue($0.purges.undecided.map(\PurgeRecord.conversation.text))
    },
  ]
}

/// Where a hold cannot protect.
struct HoldGap {
  /// Why; the raw text is stable.
  enum Code {
    /// No source has brought anything of the person.
    case nothingCaptured
    /// One source has brought nothing of the person, others have.
    case sourceNeverCaptured
    /// Whose it is, or its project, is not known.
    case notAttributed
    case purgedUnderHold
    case purgedInScope
    /// A gap that captures recorded, such as `MISSING_AT_SOURCE` or `FILE_NOT_CAPTURED`.
    case capture(String)

    var text: String {
      switch self {
      case .nothingCaptured: "NOTHING_CAPTURED"
      case .sourceNeverCaptured: "SOURCE_NEVER_CAPTURED"
      case .notAttributed: "NOT_ATTRIBUTED"
      case .purgedUnderHold: "PURGED_UNDER_HOLD"
      case .purgedInScope: "PURGED_IN_SCOPE"
      case .capture(let code): code
      }
    }
  }

  var code: Code
  var custodian: Custodian?
  var source: String?
  var count = 1

  fileprivate var fieldValue: FieldValue {
    .object([
      .init("code", .text(code.text)), .init("custodian", FieldValue(custodian?.id)),
      .init("name", FieldValue(custodian?.name)), .init("source", FieldValue(source)),
      .init("count", FieldValue(count)),
    ])
  }
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
