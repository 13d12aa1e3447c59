// SPDX-License-Identifier: Apache-2.0
package import Foundation

/// One request, without the answers to what it leads to: redirects are never followed.
package struct HTTPRequest: Sendable {
  package var method: String
  package var url: URL
  package var headers: [(name: String, value: String)]
  /// After so long without a byte the request has failed.
  package var idleLimit: Duration
  /// After so long in all it has failed; nil for downloads.
  package var totalLimit: Duration?

  package init(
    method: String, url: URL, headers: [(name: String, value: String)],
    idleLimit: Duration = .seconds(60), totalLimit: Duration? = nil
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.idleLimit = idleLimit
    self.totalLimit = totalLimit
  }
}

/// The head of an answer.
package struct HTTPResponse: Sendable {
  package var status: Int
  /// By name in lower case.
  package var headers: [String: String]

  package init(status: Int, headers: [String: String]) {
    self.status = status
    self.headers = headers
  }
}

/// An answer that did not come, or not to its end.
package struct TransportFailure: Error, Sendable {
  /// What happened, lower case, without a full stop.
  package var message: String
  package var cause: (any Error)?

  package init(_ message: String, cause: (any Error)? = nil) {
    self.message = message
    self.cause = cause
  }
}

/// Takes the body of an answer piece by piece; called on one thread at a time.
package typealias BodyReceiver = @Sendable (HTTPResponse, ArraySlice<UInt8>) throws -> Void

/// Sends requests and waits for their answers.
package protocol HTTPTransport: AnyObject, Sendable {
  /// Sends a request, and returns when its answer has come to its end.
  ///
  /// - Parameters:
  ///   - request: What to send.
  ///   - receive: Gets the body; what it throws ends the request.
  /// - Returns: The head of the answer.
  /// - Throws: `TransportFailure` when the answer is not complete; what `receive` throws.
  func send(_ request: HTTPRequest, _ receive: @escaping BodyReceiver) throws -> HTTPResponse
}
