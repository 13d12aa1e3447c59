// SPDX-License-Identifier: Apache-2.0
import GRDB
import Model

/// A project that captures name.
package struct ProjectRecord: Hashable, Sendable {
  package var key: Int64
  package var route: String
  package var nativeID: String
  /// As the newest capture has it that is still here; may be empty.
  package var name: String

  init(row: Row) {
    key = row["key"]
    route = row["route"]
    nativeID = row["native_id"]
    name = row["name"]
  }
}

extension Catalog {
  /// All projects, by name, then id.
  package func projects() throws -> [ProjectRecord] {
    try Row.fetchAll(db, sql: "SELECT * FROM project ORDER BY name, native_id")
      .map(ProjectRecord.init)
  }

  /// The projects that written names or native ids mean, without repeats; all unknown ones are told
  /// at once.
  ///
  /// `id:` and `name:` force the reading.
  ///
  /// - Throws: `StoreError` with `.notFound`, or `.ambiguous` with the candidates.
  package func projects(_ written: [String]) throws -> [ProjectRecord] {
    try lookUpProjects(written).objects(called: "project")
  }

  /// The projects that the names of a list mean; one id may be a project on several routes.
  package func lookUpProjects(_ written: [String]) throws -> NameLookup<ProjectRecord> {
    try NameLookup(written, by: \.self) { text in
      let matches = try projects(bearing: WrittenName(text))
      guard !matches.isEmpty else { throw Catalog.notFound([text], noun: "project") }
      guard Set(matches.map(\.nativeID)).count == 1 else {
        throw Catalog.ambiguous(
          text, noun: "project", candidates: matches.map { $0.nativeID + " " + $0.name })
      }
      return matches
    }
  }

  private func projects(bearing name: WrittenName) throws -> [ProjectRecord] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT * FROM project
        WHERE (?2 AND native_id = ?1) OR (?3 AND name = ?1) ORDER BY route, native_id
        """, arguments: [name.text, name.reading != .name, name.reading != .id]
    ).map(ProjectRecord.init)
  }
}

extension Change {
  /// The row of a project, made when it is new; a newer name replaces the old one.
  ///
  /// Records no event: it is part of a batch that does.
  package func projectKey(route: String, nativeID: String, name: String?) throws -> Int64 {
    try db.execute(
      sql: """
        INSERT INTO project (route, native_id, name) VALUES (?1, ?2, coalesce(?3, ''))
        ON CONFLICT DO UPDATE SET name = coalesce(nullif(?3, ''), name)
        """, arguments: [route, nativeID, name])
    guard
      let key = try Int64.fetchOne(
        db, sql: "SELECT key FROM project WHERE route = ? AND native_id = ?",
        arguments: [route, nativeID])
    else { throw StoreError(.damaged, "the catalog lost the project \(nativeID)") }
    return key
  }

  /// Forgets what only conversations that are gone told of projects.
  ///
  /// A name is content: one that no conversation tells any more goes, and the project with the last
  /// conversation that names it.
  ///
  /// - Parameter projects: Their keys.
  /// - Throws: `StoreError` when the catalog cannot be written.
  func forgetUnnamed(_ projects: [Int64]) throws {
    for project in projects {
      try db.cachedStatement(
        sql: """
          DELETE FROM project WHERE key = ?1
            AND NOT EXISTS (SELECT 1 FROM conversation_project WHERE project = ?1)
            AND NOT EXISTS (SELECT 1 FROM conversation WHERE project = ?1)
          """
      ).execute(arguments: [project])
      try db.cachedStatement(
        sql: """
          UPDATE project SET name = coalesce((
            SELECT name FROM conversation_project WHERE project = ?1 AND name <> ''
            ORDER BY conversation DESC LIMIT 1), '')
          WHERE key = ?1 AND NOT EXISTS (
            SELECT 1 FROM conversation_project o WHERE o.project = ?1 AND o.name = project.name)
          """
      ).execute(arguments: [project])
    }
  }
}
