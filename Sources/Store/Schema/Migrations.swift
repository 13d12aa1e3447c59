// SPDX-License-Identifier: Apache-2.0
import GRDB

/// The one ordered list of the catalog's migrations.
///
/// A released one is never edited.
enum Migrations {
  /// Marks our databases in their header: "cust".
  static let applicationID: Int32 = 0x6375_7374

  /// The version that this program writes, and the number of migrations.
  static let formatVersion = 1

  /// Registers all migrations, in order.
  static func migrator() -> DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { db in
      let statements =
        CatalogSchema.statements + ContentSchema.statements + OwnershipSchema.statements
        + PolicySchema.statements + PlanSchema.statements + ArmingSchema.statements
        + DispositionSchema.statements + BackupSchema.statements
        + NoticeSchema.statements + CodingSchema.statements + SyncSchema.statements
        + JoinSchema.statements
      for statement in statements { try db.execute(sql: statement) }
    }
    return migrator
  }
}
