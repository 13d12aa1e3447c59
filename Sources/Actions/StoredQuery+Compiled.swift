// SPDX-License-Identifier: Apache-2.0
package import Model
package import Query

extension StoredQuery {
  /// What a hold keeps of a query: text, normal form, and what its dates and persons stood for when
  /// it was read.
  ///
  /// Nil for a query with an error.
  package init?(_ compiled: CompiledQuery) {
    guard let normalForm = compiled.normalForm else { return nil }
    let intervals = compiled.intervals.map { interval -> JSONValue in
      [
        "text": .string(interval.text), "since": JSONValue(interval.interval.since),
        "before": JSONValue(interval.interval.before),
        "relative": .boolean(interval.isRelative),
      ]
    }
    let persons = compiled.identities.map { identity -> JSONValue in
      [
        "property": .string(identity.property.rawValue), "text": .string(identity.match.written),
        "custodians": JSONValue(identity.match.custodians),
        "identities": JSONValue(identity.match.identities),
      ]
    }
    self.init(
      text: compiled.text, dialect: compiled.dialect.rawValue, normalForm: normalForm,
      resolved: JSONValue.object([
        "intervals": .array(intervals), "persons": .array(persons),
        "time_zone": .string(compiled.timeZone),
      ]).canonical)
  }
}
