// SPDX-License-Identifier: Apache-2.0
import GRDB
package import Model
package import Retention

/// The directory of persons at several moments.
package struct DirectoryMoments: Sendable {
  let now: SearchDirectory
  let moments: [DirectoryMoment: SearchDirectory]

  /// Reads the directory as it is and as it was.
  ///
  /// - Parameters:
  ///   - db: The catalog.
  ///   - wanted: The moments beside now.
  /// - Throws: `StoreError` when the catalog cannot be read.
  init(_ db: Database, _ wanted: some Sequence<DirectoryMoment>) throws {
    now = try SearchDirectory(db)
    var moments: [DirectoryMoment: SearchDirectory] = [:]
    for moment in wanted where moments[moment] == nil {
      switch moment {
      case .now: break
      case .at(let time): moments[moment] = try now.seen(at: time, db)
      case .onceKnown(let time):
        moments[moment] = try now.seen(at: time, fallingBackToNow: true, db)
      }
    }
    self.moments = moments
  }

  /// The directory at a moment; nil when it was not read.
  subscript(_ moment: DirectoryMoment) -> SearchDirectory? {
    moment == .now ? now : moments[moment]
  }
}

/// All that holds are decided from at one time: the rules in force, and the persons that their
/// queries name.
package struct HoldSituation: Sendable {
  package let rules: HoldRules
  /// When it was read, or the later time that it is asked about.
  package let now: Instant
  package let directories: DirectoryMoments
  /// The rules by what they name.
  let index: HoldIndex
  let twins = TwinMemory()

  init(rules: HoldRules, now: Instant, directories: DirectoryMoments) {
    self.rules = rules
    self.now = now
    self.directories = directories
    index = HoldIndex(rules.rules)
  }

  /// The places of the rules in force whose scope a unit lies in or may lie in, ascending.
  func rules(near unit: UnitFacts) -> [Int] {
    index.candidates(unit).filter { rules.rules[$0].protects(at: now) }
  }
}

extension Catalog {
  /// The holds in force and the directory that they are decided with.
  ///
  /// A change reads it inside its own transaction: then a hold that was committed before always
  /// counts.
  ///
  /// - Parameters:
  ///   - coolDown: Of identities that a person lost, in ticks.
  ///   - isWanted: Which rules.
  /// - Returns: The situation.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package func holdSituation(
    coolDown: Int64 = Change.defaultCoolDown, where isWanted: (HoldRule) -> Bool = { _ in true }
  ) throws -> HoldSituation {
    let rules = HoldRules(try holdRules(coolDown: coolDown).rules.filter(isWanted))
    let moments = Set(
      rules.rules.flatMap { rule -> [DirectoryMoment] in
        guard case .query(let readings) = rule.condition else { return [] }
        return readings.map(\.moment)
      })
    return HoldSituation(rules: rules, now: now, directories: try DirectoryMoments(db, moments))
  }
}
