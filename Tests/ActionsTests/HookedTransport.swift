// SPDX-License-Identifier: Apache-2.0
import Capture
import Foundation
import TestSupport

/// Does something before a request is sent, the first time.
final class HookedTransport: HTTPTransport {
  private let inner = CurlTransport()
  private let once = Once()
  private let path: String
  private let body: @Sendable () throws -> Void

  init(at path: String, _ body: @escaping @Sendable () throws -> Void) {
    self.path = path
    self.body = body
  }

  func send(_ request: HTTPRequest, _ receive: @escaping BodyReceiver) throws -> HTTPResponse {
    if request.url.absoluteString.contains(path) { try once(body) }
    return try inner.send(request, receive)
  }
}
