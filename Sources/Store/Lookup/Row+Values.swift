// SPDX-License-Identifier: Apache-2.0
import Foundation
import GRDB
import Model

extension Row {
  /// An instant stored in ticks.
  func instant(_ column: String) -> Instant { Instant(ticks: self[column]) }

  /// An instant stored in ticks, or nil for NULL.
  func optionalInstant(_ column: String) -> Instant? {
    (self[column] as Int64?).map { Instant(ticks: $0) }
  }

  /// An identifier, checked.
  func objectID(_ column: String) throws -> ObjectID {
    let text: String = self[column]
    guard let id = ObjectID(text) else {
      throw StoreError(.damaged, "the catalog holds \"\(text)\" where an identifier belongs")
    }
    return id
  }

  /// An identifier, checked, or nil for NULL.
  func optionalObjectID(_ column: String) throws -> ObjectID? {
    let text: String? = self[column]
    return text == nil ? nil : try objectID(column)
  }

  /// A value of an enumeration, checked.
  func value<Value: RawRepresentable<String>>(_ column: String) throws -> Value {
    let text: String = self[column]
    guard let value = Value(rawValue: text) else {
      throw StoreError(.damaged, "the catalog holds the unknown value \"\(text)\" in \(column)")
    }
    return value
  }

  /// Half-open bounds from the columns `since` and `before`.
  var interval: Model.TimeInterval {
    Model.TimeInterval(since: optionalInstant("since"), before: optionalInstant("before"))
  }
}

extension Scope {
  /// The scope as the catalog and audit events hold it.
  var json: JSONValue {
    [
      "everyone": .boolean(everyone), "custodians": JSONValue(custodians),
      "projects": JSONValue(projects), "sources": JSONValue(sources),
    ]
  }

  init(json text: String) throws {
    do {
      self = try JSONDecoder().decode(Scope.self, from: Data(text.utf8))
    } catch {
      throw StoreError(.damaged, "the catalog holds a scope that cannot be read", cause: error)
    }
  }
}

extension Model.TimeInterval {
  /// The bounds as audit events hold them.
  var json: JSONValue { ["since": JSONValue(since), "before": JSONValue(before)] }
}
