// SPDX-License-Identifier: Apache-2.0
import Model

/// What an archive may unpack to (export-formats section 9.3).
///
/// What an archive inside it unpacks to counts as well, so that archives in archives cannot add up.
/// A member that goes beyond is refused and what it took is given back, so that the members after
/// it are read; this happens a few times, and then the rest of the archive is refused.
final class ArchiveBudget {
  static let entryLimit = 1_000_000
  static let byteLimit: Int64 = 1 << 40
  static let ratioLimit: Int64 = 200
  /// Below this a high ratio is no danger: a repetitive text file packs well.
  static let ratioFloor: Int64 = 256 << 20
  static let refusalLimit = 3

  private let packedByteCount: Int64
  /// That of the archive around it.
  private let outer: ArchiveBudget?
  private var entryCount = 0
  private var byteCount: Int64 = 0
  private var byteCountBeforeMember: Int64 = 0
  private var refusalCount = 0
  private var isExceeded = false

  init(packedByteCount: Int64, inside outer: ArchiveBudget? = nil) {
    self.packedByteCount = packedByteCount
    self.outer = outer
  }

  /// Whether a member went beyond what is allowed.
  var hasRefused: Bool { refusalCount > 0 }

  /// Begins a member.
  ///
  /// - Throws: `CaptureError` with `.archiveLimit` when there are too many.
  func beginMember() throws(CaptureError) {
    byteCountBeforeMember = byteCount
    try spendEntry()
  }

  /// Begins a member once more that was counted, such as one that waited for its turn.
  func beginMemberAgain() { byteCountBeforeMember = byteCount }

  /// Takes bytes of the current member.
  ///
  /// - Throws: `CaptureError` with `.archiveLimit` when the member must be refused.
  func spend(bytes count: Int) throws(CaptureError) {
    try outer?.spend(bytes: count)
    // What waited for its turn is still read, but nothing more is unpacked for it.
    guard refusalCount < ArchiveBudget.refusalLimit else {
      isExceeded = true
      throw CaptureError(
        code: .archiveLimit, message: "other members of the archive unpack to too much")
    }
    byteCount += Int64(count)
    let isBomb =
      byteCount > ArchiveBudget.ratioFloor
      && byteCount / ArchiveBudget.ratioLimit > packedByteCount
    guard byteCount <= ArchiveBudget.byteLimit, !isBomb else {
      isExceeded = true
      throw CaptureError(
        code: .archiveLimit,
        message: "unpacks to more than \(ArchiveBudget.ratioLimit) times its size")
    }
  }

  /// Ends a member, refused or not.
  ///
  /// - Throws: `CaptureError` with `.archiveLimit` when no further member may be read.
  func endMember() throws(CaptureError) {
    guard !(outer?.isBeyondLimit ?? false) else {
      throw CaptureError(
        code: .archiveLimit,
        message: "the archive around it unpacks to too much; the rest of it was not read")
    }
    guard isExceeded else { return }
    isExceeded = false
    byteCount = byteCountBeforeMember
    refusalCount += 1
    guard refusalCount < ArchiveBudget.refusalLimit else {
      throw CaptureError(
        code: .archiveLimit,
        message: "\(refusalCount) members unpack to too much; the rest of it was not read")
    }
  }

  private var isBeyondLimit: Bool { isExceeded || (outer?.isBeyondLimit ?? false) }

  private func spendEntry() throws(CaptureError) {
    do {
      try outer?.spendEntry()
      entryCount += 1
    } catch {
      isExceeded = true
      throw error
    }
    guard entryCount <= ArchiveBudget.entryLimit else {
      isExceeded = true
      throw CaptureError(
        code: .archiveLimit,
        message: "more than \(ArchiveBudget.entryLimit) members; the rest of it was not read")
    }
  }
}
