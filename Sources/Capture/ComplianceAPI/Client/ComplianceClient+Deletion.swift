// SPDX-License-Identifier: Apache-2.0
package import Model

/// That it is the caller's turn to send one request, at the pace of all calls.
///
/// Whoever deletes waits for it before the holds are judged, so that nothing lies between the judgement
/// and the request.
package struct CallTurn: ~Copyable, Sendable {
  fileprivate init() {}
}

/// What came of one request to delete a chat (claude-capture-formats section 3.7).
package enum DeletionAnswer: Sendable {
  /// The service says that it deleted it.
  case deleted(requestID: String?)
  /// The service does not have it: whether that is so must be asked.
  case missing(ComplianceError)
  /// The service refused, so nothing happened.
  case refused(ComplianceError)
  /// What happened is not known, so it must be asked.
  case unanswered(ComplianceError, pause: Duration?, mayHelpToRepeat: Bool)
}

extension ComplianceClient {
  /// Waits for the pace of all calls.
  ///
  /// - Throws: What the pace's check throws.
  package func turn() throws -> CallTurn {
    try pace.next()
    return CallTurn()
  }

  /// Waits before a deletion is tried again.
  ///
  /// - Parameters:
  ///   - number: How often it was tried, from 1.
  ///   - asked: What the service asked for.
  /// - Throws: What the pace's check throws.
  package func rest(after number: Int, asked: Duration?) throws {
    let pause = patience.firstPause * (1 << min(number - 1, 10))
    try rest(upTo: min(pause, patience.longestPause), asked: asked)
  }

  /// Deletes a chat at its source: sends one request, once, and never follows where it is sent on to.
  ///
  /// - Parameters:
  ///   - permit: Says which; used up, whatever happens.
  ///   - turn: Used up too.
  /// - Returns: What came of it.
  /// - Throws: `ComplianceError` where nothing else can be asked either.
  package func delete(
    _ permit: consuming ChatDeletionPermit, in turn: consuming CallTurn
  ) throws -> DeletionAnswer {
    _ = consume turn
    guard permit.source == source else {
      throw ComplianceError(.address, "a permit for another source was refused")
    }
    let chat = permit.chat
    let request = try request("DELETE", "/apps/chats/" + Self.encoded(chat), [])
    let received = Received(byteLimit: 1 << 20)
    do {
      let response = try sendNow(request) { _, piece in try received.take(piece) }
      let requestID = response.headers["request-id"]
      guard !(201..<300).contains(response.status) else {
        return unclear("the service answers with status \(response.status)", response)
      }
      try require(response, received.bytes)
      let answer = try? ComplianceFields.strings(of: received.bytes)
      guard answer?["type"] == "claude_chat_deleted", answer?["id"] ?? chat == chat else {
        return unclear("the service does not say that the chat is deleted", response)
      }
      return .deleted(requestID: requestID)
    } catch let attempt as Attempt {
      return try answer(attempt)
    } catch let error as ComplianceError where error.code == .tooLarge {
      return .unanswered(error, pause: nil, mayHelpToRepeat: true)
    }
  }

  private func unclear(_ what: String, _ response: HTTPResponse) -> DeletionAnswer {
    .unanswered(
      ComplianceError(
        .malformed, what, status: response.status, requestID: response.headers["request-id"]),
      pause: nil, mayHelpToRepeat: true)
  }

  private func answer(_ attempt: Attempt) throws(ComplianceError) -> DeletionAnswer {
    switch attempt {
    case .again(let error, let asked):
      return .unanswered(error, pause: asked, mayHelpToRepeat: true)
    case .failed(let error):
      switch error.code {
      case .gone: return .missing(error)
      case .key, .notEnabled, .storage, .address, .unreachable: throw error
      case .unavailable: return .unanswered(error, pause: nil, mayHelpToRepeat: false)
      default: return .refused(error)
      }
    }
  }
}
