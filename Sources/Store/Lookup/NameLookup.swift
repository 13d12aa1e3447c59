// SPDX-License-Identifier: Apache-2.0
import Model

/// What the names of a list mean, and which of them mean nothing or several objects: somebody who
/// mends a list has to do another thing about each.
package struct NameLookup<Object> {
  /// A name that fits several objects.
  package struct Ambiguity: Hashable, Sendable {
    package var name: String
    /// The objects, by id and name.
    package var candidates: [String]
  }

  /// What the other names mean, without repeats, in the order of the names.
  package var found: [Object] = []
  /// Names that mean nothing.
  package var unknown: [String] = []
  package var ambiguous: [Ambiguity] = []

  /// Looks every name up.
  ///
  /// - Parameters:
  ///   - written: The names as typed.
  ///   - key: What tells two objects apart.
  ///   - look: Finds what one name means; throws `StoreError` with `.notFound` or `.ambiguous` and
  ///     the candidates as its objects.
  /// - Throws: What the lookup throws otherwise.
  package init(
    _ written: [String], by key: (Object) -> some Hashable, _ look: (String) throws -> [Object]
  ) throws {
    for name in written {
      do {
        for object in try look(name) where !found.contains(where: { key($0) == key(object) }) {
          found.append(object)
        }
      } catch let error as StoreError where error.code == .notFound {
        unknown.append(name)
      } catch let error as StoreError where error.code == .ambiguous {
        ambiguous.append(Ambiguity(name: name, candidates: error.objects))
      }
    }
  }

  /// What the names mean, where each of them means one object.
  ///
  /// - Parameter noun: What people call such an object.
  /// - Returns: The objects.
  /// - Throws: `StoreError` with `.notFound` where a name means nothing, else `.ambiguous`; it tells
  ///   all such names, each kind apart, and the candidates are its objects after the unknown names.
  package func objects(called noun: String) throws -> [Object] {
    guard !unknown.isEmpty || !ambiguous.isEmpty else { return found }
    var clauses = ambiguous.map { $0.sentence(noun) }
    if !unknown.isEmpty { clauses.insert(Catalog.notFound(unknown, noun: noun).message, at: 0) }
    throw StoreError(
      unknown.isEmpty ? .ambiguous : .notFound,
      clauses.joined(separator: "; ") + (ambiguous.isEmpty ? "" : "; name one by its id"),
      objects: unknown + ambiguous.flatMap(\.candidates))
  }
}

extension NameLookup.Ambiguity {
  /// What is wrong with the name.
  package func sentence(_ noun: String) -> String {
    "\"\(name)\" fits \(candidates.count) objects of the kind \(noun)"
  }
}
