// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model

@testable import Query

/// Wednesday, 2025-06-18 at noon, the clock of query-language section 12.5.
let languageClock = Instant(
  ticks: Instant(startOf: CivilDate(year: 2025, month: 6, day: 18)).ticks + Instant.ticksPerDay / 2)

/// Everything searchable, so that the whole language can be tested.
func languageOptions(_ dialect: QueryDialect = .keyql) -> QueryOptions {
  QueryOptions(dialect: dialect, clock: languageClock, unavailable: [])
}

func compiled(
  _ text: String, _ options: QueryOptions = languageOptions(),
  people: [DirectoryPerson] = []
) -> CompiledQuery {
  QueryCompiler.compile(text, options: options, directory: PeopleList(people))
}

extension CompiledQuery {
  var codes: [String] { diagnostics.map(\.code.rawValue) }
  var errorCodes: [String] { errors.map(\.code.rawValue) }
}
