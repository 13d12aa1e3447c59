// SPDX-License-Identifier: Apache-2.0
import Model
import Query
import Retention

/// The readings of a stored query.
struct QueryReadings {
  /// Every reading that may select something: with the persons of each moment, as they are, and as
  /// they were or are.
  var all: [QueryReading]
  /// Those that must all select what is to be deleted: with the persons of the last moment, and with
  /// every identity that they had at first or have now.
  var strict: [QueryReading]
}

extension Catalog {
  /// A stored query in every reading: with the persons as they were when it was written, as they are,
  /// and as they are with what they lost less than a cool-down ago.
  ///
  /// All readings of a query that names nobody are the same one.
  ///
  /// - Parameters:
  ///   - query: As stored.
  ///   - moments: When it was written, and when it was taken over unchanged.
  ///   - created: Since when persons keep their identities.
  ///   - coolDown: In ticks.
  ///   - purpose: What the query is for.
  /// - Returns: The readings, or why it cannot be read.
  /// - Throws: `StoreError` when the catalog cannot be read.
  func readings(
    of query: StoredQuery, at moments: [Instant], since created: Instant, coolDown: Int64,
    purpose: QueryPurpose
  ) throws -> Result<QueryReadings, StoreError> {
    var options = QueryOptions(clock: created, purpose: purpose, unavailable: [])
    options.isRecorded = true
    let now = try QueryCompiler.compile(query.normalForm, options: options, directory: directory)
    let standing = try QueryCompiler.compile(
      query.normalForm, options: options,
      directory: directory(ofHoldSince: created, coolDown: coolDown))
    // The normal form lists the identities of its day, so that it reads as then without a directory.
    options.expandsIdentities = false
    let then = QueryCompiler.compile(
      query.normalForm, options: options, directory: EmptyDirectory())
    guard let thenNode = then.node, let nowNode = now.node, let standingNode = standing.node else {
      let error = (then.errors + now.errors + standing.errors).first
      return .failure(StoreError(.usage, error?.message ?? "it has no meaning"))
    }
    guard !now.identities.isEmpty else {
      let only = QueryReading(thenNode)
      return .success(QueryReadings(all: [only], strict: [only]))
    }
    let readings =
      moments.map { QueryReading(thenNode, moment: .at($0)) }
      + [QueryReading(standingNode), QueryReading(nowNode)]
    return .success(
      QueryReadings(
        all: readings.reduce(into: []) { if !$0.contains($1) { $0.append($1) } },
        strict: [QueryReading(standingNode)]
          + moments.suffix(1).map { QueryReading(thenNode, moment: .onceKnown($0)) }))
  }
}
