// SPDX-License-Identifier: Apache-2.0
import GRDB
import Model
import Query

extension Catalog {
  /// Refuses another name for a source where a hold that protects, or a policy or label that is not
  /// off, asks for sources in its query and would select something else then.
  ///
  /// - Parameters:
  ///   - source: As it is.
  ///   - name: What it is to be called.
  /// - Throws: `StoreError` with `.held` for a hold, `.denied` for a policy or label.
  func requireRenamable(_ source: SourceRecord, to name: String) throws {
    let before = StubItem(keywords: [.source: [source.id.text, source.name]])
    let after = StubItem(keywords: [.source: [source.id.text, name]])
    func decidesOtherwise(_ query: StoredQuery?) throws -> Bool {
      try query.map(sourceConditions)?.contains {
        try Evaluation.matches($0, before) != Evaluation.matches($0, after)
      } ?? false
    }
    for hold in try holds() where hold.state != .released {
      for version in hold.versions where version.protects(at: now) {
        guard try decidesOtherwise(version.definition.query) else { continue }
        let until =
          version.ends.map { ", which protects until \($0.flooredToSecond.rfc3339)" } ?? ""
        throw StoreError(
          .held,
          "the source \(source.name) keeps its name, as a query of the hold \(hold.name) of the case "
            + "\(hold.matter.name)\(until) would select something else; word it by \(source.id)",
          objects: [hold.id.text])
      }
    }
    for policy in try policies() where policy.definition.mode != .off {
      guard try decidesOtherwise(policy.definition.condition) else { continue }
      throw StoreError(
        .denied,
        "the source \(source.name) keeps its name, as the condition of the \(policy.kind.rawValue) "
          + "\(policy.name) would select something else; word it by \(source.id)",
        objects: [policy.id.text])
    }
  }

  /// What a query wants of sources; of one that cannot be read nothing, as it selects all.
  private func sourceConditions(_ query: StoredQuery) -> [QueryNode] {
    var options = QueryOptions(clock: now, unavailable: [])
    options.isRecorded = true
    options.expandsIdentities = false
    var found: [QueryNode] = []
    var rest = [
      QueryCompiler.compile(query.normalForm, options: options, directory: EmptyDirectory()).node
    ].compactMap(\.self)
    while let node = rest.popLast() {
      switch node {
      case .restriction(let restriction) where restriction.property == .source:
        found.append(node)
      case .and(let parts), .or(let parts): rest += parts
      case .not(let inner): rest.append(inner)
      default: break
      }
    }
    return found
  }
}
