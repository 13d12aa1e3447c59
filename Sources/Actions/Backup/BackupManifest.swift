// SPDX-License-Identifier: Apache-2.0
package import Bytes
package import Model
import Production
package import Store

/// What a backup says of itself: `manifest.json` in its folder, canonical JSON and a line feed.
///
/// It holds the digest of every other file, so its own digest stands for the whole backup; the
/// store keeps that.
package struct BackupManifest: Hashable, Sendable {
  /// A file of the backup.
  package struct File: Hashable, Sendable {
    /// From the backup's folder.
    package var path: String
    package var byteCount: Int64
    package var sha256: SHA256Digest
  }

  package static let name = "manifest.json"
  static let schema = "custody/backup/1"
  /// A manifest takes two hundred bytes a file; a longer one is none.
  private static let maximumByteCount: Int64 = 1 << 30

  package var id: ObjectID
  package var facts: StoreFacts
  /// The name of the store's folder.
  package var storeName: String
  /// When it was begun: all that was decided before is in it.
  package var time: Instant
  package var actor: AuditActor
  /// In order: the catalog, the partitions, then the files of captures by digest.
  package var files: [File]

  /// Bytes of all files but the manifest.
  package var byteCount: Int64 { files.map(\.byteCount).reduce(0, +) }

  /// What the catalog keeps of the backup.
  package func outcome(_ digest: SHA256Digest) -> BackupOutcome {
    BackupOutcome(
      facts: facts, fileCount: files.count, byteCount: byteCount, manifestDigest: digest)
  }

  /// The file's bytes.
  var bytes: [UInt8] { Array((json.canonical + "\n").utf8) }

  /// Reads the manifest of a backup.
  ///
  /// - Parameter folder: The backup's.
  /// - Returns: The manifest and its digest.
  /// - Throws: `StoreError` with `.damaged` when there is none or it is not as it was written,
  ///   `.format` for that of a newer version.
  package static func read(in folder: String) throws -> (BackupManifest, SHA256Digest) {
    let path = folder + "/" + name
    let bytes: [UInt8]
    do {
      let file = try InputFile(path)
      let byteCount = try file.byteCount()
      guard byteCount <= maximumByteCount else {
        throw ProductionError(.fileSystem, "\(path) is too long for a manifest")
      }
      var read: [UInt8] = []
      try file.forEachPiece(byteCount: byteCount) { piece in
        unsafe piece.withUnsafeBytes { unsafe read.append(contentsOf: $0) }
      }
      bytes = read
    } catch let error as ProductionError {
      throw StoreError(.damaged, "\(folder) is no backup that can be used: \(error.message)")
    }
    guard bytes.last == UInt8(ascii: "\n"), let json = JSONValue(canonicalFile: bytes.dropLast())
    else {
      throw StoreError(
        .damaged, "\(path) is not as it was written; take another copy of the backup")
    }
    if let schema = json["schema"]?.stringValue, schema != Self.schema {
      throw StoreError(
        .format, "\(path) is of the form \(schema); use the version of this program that made it")
    }
    // Written anew it must be the same: nothing in it may go unread.
    guard let manifest = BackupManifest(json), manifest.json == json else {
      throw StoreError(
        .damaged, "\(path) is not as it was written; take another copy of the backup")
    }
    return (manifest, SHA256Digest(of: bytes.span))
  }
}

extension BackupManifest {
  private var json: JSONValue {
    [
      "schema": .string(Self.schema), "backup": .string(id.text),
      "store": .string(facts.store.id.text), "store_name": .string(storeName),
      "store_created": .string(facts.store.created.rfc3339),
      "format_version": JSONValue(facts.store.formatVersion), "time": .string(time.rfc3339),
      "actor": [
        "uid": .integer(actor.userID), "account": .string(actor.account),
        "calling_account": JSONValue(actor.callingAccount), "host": .string(actor.host),
        "program": .string(actor.program), "command": .string(actor.command),
      ],
      "audit": [
        "events": .integer(facts.auditHead.count),
        "sha256": .string(facts.auditHead.digest.hexadecimal),
      ],
      "conversations": JSONValue(facts.conversationCount), "items": JSONValue(facts.itemCount),
      "holds": JSONValue(facts.holdCount),
      "partitions": .array(
        facts.partitions.map {
          [
            "number": JSONValue($0.number), "last_row": .integer($0.mark.row),
            "last_record": .integer($0.mark.record),
          ]
        }),
      "files": .array(
        files.map {
          [
            "path": .string($0.path), "bytes": .integer($0.byteCount),
            "sha256": .string($0.sha256.hexadecimal),
          ]
        }),
    ]
  }

  private init?(_ json: JSONValue) {
    guard let id = json["backup"]?.stringValue.flatMap(ObjectID.init(_:)), id.kind == .backup,
      let storeName = json["store_name"]?.stringValue, let time = json["time"]?.instant,
      let facts = StoreFacts(json), let actor = json["actor"].flatMap(AuditActor.init),
      case .array(let files)? = json["files"]
    else { return nil }
    self.id = id
    self.storeName = storeName
    self.time = time
    self.facts = facts
    self.actor = actor
    self.files = []
    for file in files {
      guard let path = file["path"]?.stringValue, let byteCount = file["bytes"]?.integerValue,
        let sha256 = file["sha256"]?.stringValue.flatMap({ SHA256Digest(hexadecimal: $0) })
      else { return nil }
      self.files.append(File(path: path, byteCount: byteCount, sha256: sha256))
    }
    // A path is followed only where a backup has its files; nothing else may be named.
    let databases = [StoreSnapshot.catalogName] + facts.partitions.map(\.path)
    let paths = self.files.map(\.path)
    let blobs = paths.dropFirst(databases.count)
    guard Array(paths.prefix(databases.count)) == databases, blobs.allSatisfy(Self.isBlobPath),
      zip(blobs, blobs.dropFirst()).allSatisfy({ $0 < $1 })
    else { return nil }
  }

  /// Whether it is a path that the file of a capture has, and no other.
  private static func isBlobPath(_ path: String) -> Bool {
    guard let slash = path.lastIndex(of: "/"),
      let digest = SHA256Digest(hexadecimal: path[path.index(after: slash)...])
    else { return false }
    // Written anew, so that neither another folder nor other letters pass.
    return path == "blobs/" + digest.hexadecimal
  }
}

extension JSONValue {
  fileprivate var instant: Instant? { stringValue.flatMap { Instant(rfc3339: $0) } }
  fileprivate var count: Int? {
    integerValue.flatMap { $0 >= 0 ? Int(exactly: $0) : nil }
  }
}

extension StoreFacts {
  fileprivate init?(_ json: JSONValue) {
    guard let id = json["store"]?.stringValue.flatMap(ObjectID.init(_:)),
      let created = json["store_created"]?.instant, let version = json["format_version"]?.count,
      let events = json["audit"]?["events"]?.integerValue,
      let digest = json["audit"]?["sha256"]?.stringValue.flatMap({
        SHA256Digest(hexadecimal: $0)
      }), let conversations = json["conversations"]?.count, let items = json["items"]?.count,
      let holds = json["holds"]?.count, case .array(let list)? = json["partitions"]
    else { return nil }
    var partitions: [PartitionFacts] = []
    for entry in list {
      guard let number = entry["number"]?.count, number > partitions.last?.number ?? 0,
        let row = entry["last_row"]?.integerValue, let record = entry["last_record"]?.integerValue
      else { return nil }
      partitions.append(
        PartitionFacts(number: number, mark: PartitionMark(row: row, record: record)))
    }
    self.init(
      store: StoreDescription(id: id, created: created, formatVersion: version),
      auditHead: AuditHead(count: events, digest: digest), conversationCount: conversations,
      itemCount: items, holdCount: holds, partitions: partitions)
  }
}

extension AuditActor {
  fileprivate init?(_ json: JSONValue) {
    guard let userID = json["uid"]?.integerValue, let account = json["account"]?.stringValue,
      let host = json["host"]?.stringValue, let program = json["program"]?.stringValue,
      let command = json["command"]?.stringValue
    else { return nil }
    self.init(
      userID: userID, account: account, callingAccount: json["calling_account"]?.stringValue,
      host: host, program: program, command: command)
  }
}
