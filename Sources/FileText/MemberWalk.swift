// SPDX-License-Identifier: Apache-2.0
import Archives

/// Goes from member to member of an archive, and spends what it unpacks on its way.
final class MemberWalk {
  private let archive: ArchiveReader
  private let budget: UnpackingBudget
  private var isInMember = false

  init(_ archive: ArchiveReader, _ budget: UnpackingBudget) {
    self.archive = archive
    self.budget = budget
  }

  /// The next member; nil after the last.
  ///
  /// - Throws: `ArchiveError` where nothing more can be read; `ExtractionFailure` where too much would
  ///   have to be unpacked.
  func next() throws -> ArchiveMember? {
    if isInMember {
      // What a compressed file holds comes alone.
      if archive.isPlainContent { return nil }
      if archive.unpacksToSkip { try passOver() }
    }
    let member = try archive.next()
    isInMember = member.map { !$0.isEncrypted } ?? false
    return member
  }

  private func passOver() throws {
    // Of wrong bytes the next header tells, where they matter to it.
    while let piece = try? archive.read(), !piece.isEmpty { try budget.passOver(piece.count) }
  }
}
