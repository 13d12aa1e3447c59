// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc

/// A time stamp over the replacement of its volume: the same set gives the same list of digests, so that a
/// stamp of it holds; one of another list would only accuse the new volume.
struct KeptTimeStamp {
  private let volume: String
  private let old: TimeStampFiles
  /// Nil where there is none, or none about the new list.
  private var reply: Data?
  private var chain: Data?

  /// Looks at what lies with a volume that is to be replaced.
  ///
  /// - Parameters:
  ///   - volume: Its folder or archive.
  ///   - list: The list of digests of the new one.
  /// - Throws: An error of the file system when a stamp cannot be read.
  init(volume: String, about list: [UInt8]) throws {
    self.volume = volume
    old = TimeStampFiles(volume: volume)
    guard exists(old.reply) else { return }
    do {
      _ = try TimeStampReply(contentsOf: old.reply, about: list)
    } catch is TimeStampReply.Flaw {
      return
    }
    reply = try Data(contentsOf: URL(fileURLWithPath: old.reply))
    if exists(old.chain) { chain = try Data(contentsOf: URL(fileURLWithPath: old.chain)) }
  }

  /// Brings the stamp to the new volume, or removes what is about the old one.
  ///
  /// - Throws: An error of the file system.
  func settle() throws {
    let new = TimeStampFiles(volume: volume)
    if reply == nil || old != new { old.remove() }
    guard let reply, !exists(new.reply) else { return }
    try chain?.write(to: URL(fileURLWithPath: new.chain), options: .atomic)
    try reply.write(to: URL(fileURLWithPath: new.reply), options: .atomic)
  }
}

extension TimeStampFiles {
  /// Removes what is there.
  func remove() {
    for path in [reply, chain] { unsafe unlink(path) }
  }
}
