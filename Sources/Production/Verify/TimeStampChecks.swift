// SPDX-License-Identifier: Apache-2.0

/// Checks the time stamp of a volume (export-formats section 10.3).
enum TimeStampChecks {
  /// Looks at the reply that lies with a volume.
  ///
  /// - Parameters:
  ///   - volume: Its folder or archive.
  ///   - contents: The volume.
  ///   - authority: Whose stamp must be there; nil asks for none, but one that is there must be about the
  ///     volume.
  ///   - report: Gets the time and what is wrong.
  /// - Throws: `ProductionError` when openssl cannot be started.
  static func run(
    _ volume: String, _ contents: VolumeContents, authority: TimeStampAuthority?,
    report: inout VerificationReport
  ) throws {
    let places = TimeStampFiles(volume: volume)
    guard exists(places.reply) else {
      if authority != nil {
        report.note(.otherAuthority, places.reply, "the volume has none")
      }
      return
    }
    // Without the list the volume is not intact, which is said elsewhere.
    guard let list = contents.lists[TimeStampFiles.stamped] else { return }
    let reply: TimeStampReply
    do {
      reply = try TimeStampReply(contentsOf: places.reply, about: list)
    } catch let flaw as TimeStampReply.Flaw {
      report.note(flaw == .otherFile ? .inconsistent : .malformed, places.reply, flaw.description)
      return
    } catch {
      report.note(.unreadable, places.reply, "\(error)")
      return
    }
    report.stampTime = reply.time
    guard let authority else { return }
    if let refusal = try authority.refusal(of: reply, in: places) {
      report.note(.otherAuthority, places.reply, refusal)
    } else {
      report.isStampTrusted = true
    }
  }
}
