// SPDX-License-Identifier: Apache-2.0
import GRDB

/// The one ordered list of the catalog's migrations.
///
/// A released one is never edited.
enum Migrations {
  /// Marks our databases in their header: "cust".
  static let applicationID: Int32 = 0x6375_7374

  /// The version that this program writes, and the number of migrations.
  static let formatVersion = 4

  /// Registers all migrations, in order.
  ///
  /// - Parameter layout: The store; what the catalog learns about content that lies there already is
  ///   read from its partitions.
  /// - Returns: The migrator.
  static func migrator(_ layout: StoreLayout) -> DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { db in
      for statement in CatalogSchema.statements + ContentSchema.statements {
        try db.execute(sql: statement)
      }
    }
    migrator.registerMigration("2") { db in
      for statement in OwnershipSchema.statements { try db.execute(sql: statement) }
      try OwnershipSchema.fill(db, layout: layout)
    }
    migrator.registerMigration("3") { db in
      for statement in PolicySchema.statements { try db.execute(sql: statement) }
    }
    migrator.registerMigration("4") { db in
      for statement in PlanSchema.statements { try db.execute(sql: statement) }
    }
    return migrator
  }
}
