// SPDX-License-Identifier: Apache-2.0
import Bytes
import Capture
import Model
import Store

extension Reconstruction {
  /// Gives each item the newest version, not later than it, of each Code artifact that it or an item
  /// above it names.
  ///
  /// An artifact tells of no session: what binds it is its id, which the words, the input or the result
  /// of a call give.
  mutating func fillCodeArtifacts(
    along thread: ConversationThread, in store: Store
  ) throws {
    var named = [[String]](repeating: [], count: entries.count)
    var histories: [String: (record: ConversationRecord, history: UnitHistory)?] = [:]
    for index in thread.depthFirstOrder {
      if let parent = thread.parents[index] { named[index] = named[parent] }
      for id in entries[index].item.codeArtifactIDs where !named[index].contains(id) {
        if histories[id] == nil {
          histories[id] = .some(try Self.codeArtifact(id, until: time, in: store))
        }
        if case .some(.some) = histories[id] { named[index].append(id) }
      }
      guard let sent = entries[index].item.time?.instant else { continue }
      for id in named[index] {
        guard case (let record, let history)?? = histories[id],
          let version = history.codeArtifact(at: sent, record)
        else { continue }
        entries[index].seen.append(version)
      }
    }
  }

  /// The record of a Code artifact with its captures; nil where it was never captured.
  private static func codeArtifact(
    _ id: String, until time: Instant, in store: Store
  ) throws -> (record: ConversationRecord, history: UnitHistory)? {
    guard
      let record = try store.read({
        try $0.conversationIfPresent(
          .conversation(route: ComplianceAPI.route, nativeID: id))
      })
    else { return nil }
    let captures = try store.read { try $0.captures(of: record) }
    guard !captures.isEmpty else { return nil }
    return (
      record,
      try UnitHistory(
        record, captures, until: time, in: NativeReader(store), FileTextReader(store))
    )
  }
}

extension CapturedItem {
  /// The ids of Code artifacts that its blocks name, in order, each once (claude-capture-formats
  /// section 2.1).
  var codeArtifactIDs: [String] {
    var found: [String] = []
    var seen: Set<String> = []
    for block in blocks {
      for id in Self.codeArtifactIDs(in: block.text) where seen.insert(id).inserted {
        found.append(id)
      }
    }
    return found
  }

  private static func codeArtifactIDs(in text: String) -> [String] {
    let prefix = Array("cart_".utf8)
    let bytes = text.utf8.span
    var found: [String] = []
    var index = bytes.firstIndex(of: prefix[0], from: 0)
    while index + prefix.count < bytes.count {
      var end = index + 1
      let isBegin = index == 0 || !bytes[index - 1].isOfID
      if isBegin, prefix.indices.allSatisfy({ bytes[index + $0] == prefix[$0] }) {
        let tail = index + prefix.count
        end = tail
        while end < bytes.count, bytes[end].isOfID { end += 1 }
        if end > tail {
          found.append(
            String(decoding: (index..<end).map { bytes[$0] }, as: UTF8.self))
        }
      }
      index = bytes.firstIndex(of: prefix[0], from: end)
    }
    return found
  }
}

extension UInt8 {
  /// Whether it is a letter, a digit, or a sign that ids are made with.
  fileprivate var isOfID: Bool {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
