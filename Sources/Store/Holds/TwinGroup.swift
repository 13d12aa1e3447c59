// SPDX-License-Identifier: Apache-2.0
import Model
import Retention
import Synchronization

/// What protects the conversations of a group that are the same interaction for certain.
///
/// Each rule is kept for two of its conversations at the most: a conversation is protected by any
/// other of the group, and two are enough that one is another.
struct TwinGroup: Sendable {
  private struct Share: Sendable {
    var conversation: Int64
    var protection: Protection
  }

  /// In the order of the conversations, then of the rules.
  private var shares: [Share] = []
  private var counts: [HoldWording: Int] = [:]

  /// Adds what protects one of the group by itself; conversations come in ascending order.
  ///
  /// What holds it only because its own route does not tell its custodian or project holds nothing
  /// else.
  mutating func add(_ protections: [Protection], of conversation: Int64, _ id: ObjectID) {
    for var protection in protections
    where protection.isOfTwins && counts[protection.wording, default: 0] < 2 {
      counts[protection.wording, default: 0] += 1
      protection.grounds = [.joined(id)] + protection.grounds.filter { $0 != .covered }
      shares.append(Share(conversation: conversation, protection: protection))
    }
  }

  /// What protects a conversation only because it protects another of the group; one a rule.
  func protections(of conversation: Int64, besides own: [Protection]) -> [Protection] {
    var known = Set(own.map(\.wording))
    return shares.compactMap { share in
      share.conversation != conversation && known.insert(share.protection.wording).inserted
        ? share.protection : nil
    }
  }
}

/// The groups that were judged in one situation, so that each is judged once and not once for each
/// of its conversations: a gateway's log has one conversation a call, hundreds of them the same as
/// one session.
final class TwinMemory: Sendable {
  /// Conversations whose groups are kept.
  private static let limit = 50_000

  private let groups = Mutex<[Int64: TwinGroup]>([:])

  subscript(_ conversation: Int64) -> TwinGroup? {
    groups.withLock { $0[conversation] }
  }

  func keep(_ group: TwinGroup, of conversations: [Int64]) {
    groups.withLock { groups in
      if groups.count + conversations.count > Self.limit { groups = [:] }
      for conversation in conversations { groups[conversation] = group }
    }
  }
}

/// One wording of a hold.
private struct HoldWording: Hashable, Sendable {
  var hold: ObjectID
  var version: Int
}

extension Protection {
  fileprivate var wording: HoldWording { HoldWording(hold: hold, version: version) }
}
