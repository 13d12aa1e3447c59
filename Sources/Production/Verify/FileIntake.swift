// SPDX-License-Identifier: Apache-2.0
import Bytes
import Crypto

/// What is asked of files beside the usual digests.
struct IntakeWish: Sendable {
  /// SHA-512, as a bag needs it.
  var withSHA512 = false
  /// Digests of every field of a load file.
  var withFields = false
}

/// What is made of one file of a volume while its bytes pass.
struct FileIntake: Sendable {
  /// What it is made into.
  struct Findings: Sendable {
    var path: String
    var byteCount: Int64
    var digests: FileDigests
    /// 64 bytes, where they were asked for.
    var sha512: [UInt8]?
    /// The bytes of a file of MANIFEST.
    var list: [UInt8]?
    /// Of what stands where a rendering has its designation; nil where nothing does.
    var designation: UInt64?
    /// What a load file says.
    var loadFile: LoadFileFacts?
  }

  // A list longer than this is none of ours: memory has to end somewhere.
  private static let maximumListByteCount = 1 << 30

  private let path: String
  private var byteCount: Int64 = 0
  // Nil where the caller hashes.
  private var hasher: FileHasher?
  private var sha512: SHA512?
  private var list: [UInt8]?
  private var concordance: LoadFileIntake?
  private var csv: CSVRecordCounter?
  private var edrm: EDRMIntake?
  private var table: ReportIntake?
  private var log: LogIntake?
  private var review: ReviewIntake?
  private var designation: DesignationIntake?

  /// Whether the SHA-1 of a file is among the digests that a volume gives of it.
  static func wantsSHA1(_ path: String) -> Bool { path.hasPrefix("NATIVES/") }

  /// Begins.
  ///
  /// - Parameters:
  ///   - path: From the volume's root.
  ///   - wish: What is asked for beside the usual digests.
  ///   - isHashing: Whether the bytes are hashed here; else ``finish(_:)`` is told their digests.
  init(_ path: String, _ wish: IntakeWish = IntakeWish(), isHashing: Bool = true) {
    self.path = path
    if wish.withSHA512 { sha512 = SHA512() }
    if path.hasPrefix("MANIFEST/") { list = [] }
    hasher = isHashing ? FileHasher(withSHA1: FileIntake.wantsSHA1(path)) : nil
    if ReportIntake.names.contains(path) {
      table = ReportIntake(path, withFields: wish.withFields)
    }
    log = LogIntake(path)
    designation = DesignationIntake(path)
    if path.hasPrefix("DATA/") {
      if path.hasSuffix(".dat") { concordance = LoadFileIntake(path, withFields: wish.withFields) }
      if path.hasSuffix(".csv") { csv = CSVRecordCounter() }
      if path.hasSuffix("-review.jsonl") { review = ReviewIntake(path) }
      if path.hasSuffix("-edrm.xml") { edrm = EDRMIntake(path) }
    }
  }

  mutating func read(_ piece: Span<UInt8>) {
    byteCount += Int64(piece.count)
    hasher?.update(piece)
    unsafe piece.withUnsafeBytes { unsafe sha512?.update(bufferPointer: $0) }
    if let count = list?.count, count < FileIntake.maximumListByteCount { list?.append(piece) }
    concordance?.read(piece)
    csv?.read(piece)
    edrm?.read(piece)
    table?.read(piece)
    log?.read(piece)
    review?.read(piece)
    designation?.read(piece)
  }

  /// Ends the file.
  ///
  /// - Parameter digests: Of its bytes, where they were not hashed here.
  /// - Returns: What was made of it.
  mutating func finish(_ digests: FileDigests? = nil) -> Findings {
    var loadFile = concordance?.finish()
    if let csv {
      loadFile = loadFile ?? LoadFileFacts()
      loadFile?.csvRecordCount = csv.count
      loadFile?.csvHasMark = csv.hasMark
    }
    if var table {
      let (facts, defect) = table.finish()
      loadFile = loadFile ?? LoadFileFacts()
      loadFile?.report = facts
      if let defect { loadFile?.defects.append(defect) }
    }
    if var log {
      let (facts, defect) = log.finish()
      loadFile = loadFile ?? LoadFileFacts()
      loadFile?.logs = facts
      if let defect { loadFile?.defects.append(defect) }
    }
    if var review {
      let (facts, defects) = review.finish()
      loadFile = loadFile ?? LoadFileFacts()
      loadFile?.review = facts
      loadFile?.defects += defects
    }
    if let edrm {
      let (facts, defect) = edrm.finish()
      loadFile = loadFile ?? LoadFileFacts()
      loadFile?.edrm = facts
      if let defect { loadFile?.defects.append(defect) }
    }
    return Findings(
      path: path, byteCount: byteCount,
      digests: digests ?? (hasher ?? FileHasher()).finish(),
      sha512: sha512.map { Array($0.finalize()) }, list: list,
      designation: designation?.finish(), loadFile: loadFile)
  }
}
