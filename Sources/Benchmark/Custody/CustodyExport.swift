// SPDX-License-Identifier: Apache-2.0
import Actions
import Foundation
import Model
import Production
import Query
import Store

/// Our side of review sets, exports and their verification.
enum CustodyExport {
  private static let setName = "benchmark"
  /// Items that are selected at most; with their context it can be more.
  private static let itemLimit = 100_000

  /// Freezes the oldest items of the store into a new set.
  ///
  /// - Returns: the items selected.
  static func review(_ place: Workplace) throws -> Int {
    let actor = AuditActor.current(program: "benchmark", command: "review")
    let store = try Store.open(at: place.store.path, access: .writing)
    let set = try store.change(as: actor) { change in
      try change.createReviewSet(
        name: setName, in: try change.createMatter(name: "benchmark"))
    }
    var scope = ScopeRequest()
    scope.everyone = true
    let question = try Question(
      nil, scope: scope, interval: try interval(place), zone: "UTC", matter: nil,
      options: QueryOptions(clock: Instant.now()), store: store)
    let load = try ReviewAction(store: store, actor: actor).add(
      .question(question), to: set, context: .conversation)
    return load.itemCount + load.contextCount
  }

  /// Exports the set.
  ///
  /// - Returns: the files of the volume and their bytes.
  static func export(
    _ place: Workplace, to volume: URL, as package: VolumePackage
  ) throws -> (files: Int, bytes: Int) {
    let store = try Store.open(at: place.store.path, access: .writing)
    let set = try store.read { catalog in
      try catalog.reviewSet(setName, in: try catalog.matter("benchmark"))
    }
    var request = ExportRequest(output: volume.path, package: package)
    request.replacesExisting = true
    // That is measured on its own.
    request.isVerified = false
    let actor = AuditActor.current(program: "benchmark", command: "export")
    let result = try ExportAction(store: store, actor: actor).run(set, request)
    return (
      result.reports.reduce(0) { $0 + $1.fileCount },
      Int(result.reports.reduce(0) { $0 + $1.byteCount })
    )
  }

  /// Verifies a volume.
  ///
  /// - Returns: the files of the volume and their bytes.
  static func verify(_ volume: URL) throws -> (files: Int, bytes: Int) {
    let report = try VolumeVerifier.verify(volume.path)
    guard report.isIntact else {
      throw CorpusError("the volume is not intact: \(report.problems[0])")
    }
    return (report.fileCount, Int(report.byteCount))
  }

  /// The time before which about `itemLimit` items lie, as the raw index tells it.
  private static func interval(_ place: Workplace) throws -> Model.TimeInterval {
    let database = try SQLiteDatabase(place.rawIndex.path)
    let time = try database.prepare(
      "SELECT time FROM message WHERE time > 0 ORDER BY time LIMIT 1 OFFSET ?")
    time.bind(Int64(itemLimit), at: 1)
    guard try time.step() else { return TimeInterval() }
    return TimeInterval(before: Instant(ticks: time.integer(0)))
  }
}
