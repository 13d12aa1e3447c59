// SPDX-License-Identifier: Apache-2.0
import Bytes
import Capture
import Model
import Store

/// What came of reading a chat again.
enum SourceAnswer: Sendable {
  case read(SourceReading)
  /// The source does not have it, with the service's id of the answer that said so.
  case gone(requestID: String?)
  case unread(ComplianceError)
}

/// Reads chats again at their source before they are deleted there, and keeps nothing of them.
struct SourceReader: Sendable {
  let store: Store
  let check: @Sendable (String) throws -> Void

  /// Reads a chat as a capture would, but for the bytes of files.
  ///
  /// - Parameters:
  ///   - chat: The source's own id.
  ///   - source: The source.
  ///   - sentCount: How many requests to delete it were sent so far.
  ///   - artifacts: Texts of its artifact versions that are here.
  /// - Returns: What came of it.
  /// - Throws: `ComplianceError` where nothing else can be asked either; what the check throws.
  func read(
    _ chat: String, at source: OpenSource, sentCount: Int = 0, artifacts: [String: [UInt8]] = [:]
  ) throws -> SourceAnswer {
    let time = store.now
    let fetcher = FileFetcher(
      client: source.client, claims: Claims(), stagingPath: { "" }, hasFile: { _ in true })
    let reader = ChatReader(
      client: source.client, known: [], artifacts: [chat: artifacts], fetcher: fetcher,
      check: check)
    switch try reader.read(ListedChat(id: chat)) {
    case .gone(let error): return .gone(requestID: error.requestID)
    case .failed(let error): return .unread(error)
    case .read(let result):
      // What is not there was not there when it was captured, or is a change that the record shows.
      if let failure = result.files.failures.first(where: { $0.error.code != .gone }) {
        return .unread(failure.error)
      }
      guard let unit = result.unit else {
        return .unread(
          ComplianceError(
            .malformed, result.problem?.message ?? "the chat cannot be read",
            requestID: result.requestID))
      }
      return .read(
        SourceReading(
          chat: chat, digest: SHA256Digest(of: unit.native.span),
          isEmptied: !unit.items.isEmpty
            && unit.items.allSatisfy { $0.flags.contains(.deletedAtSource) },
          joinKeys: unit.joinKeys, time: time, sentCount: sentCount))
    }
  }
}
