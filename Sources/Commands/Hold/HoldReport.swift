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

  init(_ coverage: HoldCheck.Coverage, in catalog: Catalog) throws {
    self.coverage = coverage
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

  /// Names of custodians of whom no source has brought anything.
  var uncaptured: [String] {
    var names: [String] = []
    for capture in captures where !names.contains(capture.custodian.name) {
      let own = captures.filter { $0.custodian.key == capture.custodian.key }
      if own.allSatisfy({ $0.coverage.newestCapture == nil }) {
        names.append(capture.custodian.name)
      }
    }
    return names
  }

  var needsAttention: Bool {
    !exceptions.isEmpty || coverage.unattributed > 0 || !uncaptured.isEmpty
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
          ])
        })
    },
    Field("exceptions") { report in .list(report.exceptions.map(\.summary)) },
  ]
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
