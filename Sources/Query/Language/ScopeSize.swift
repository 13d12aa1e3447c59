// SPDX-License-Identifier: Apache-2.0

extension [Diagnostic] {
  /// Whether W122 is among them, which has to say what the exclusions are taken from.
  package var asksForScopeSize: Bool { contains { $0.code == .exclusionsOnly } }

  /// The diagnostics with the size of the scope in W122 (query-language section 11).
  ///
  /// A compiler reads text and knows no store, so whoever asks the store adds the number.
  ///
  /// - Parameter itemCount: Items in scope, the query left aside.
  /// - Returns: The same diagnostics, in the same order.
  package func statingScope(itemCount: Int) -> [Diagnostic] {
    map { diagnostic in
      guard diagnostic.code == .exclusionsOnly else { return diagnostic }
      var stated = diagnostic
      stated.message =
        "Matches everything in scope (\(itemCount) \(itemCount == 1 ? "item" : "items")) except "
        + "what the query excludes."
      return stated
    }
  }
}
