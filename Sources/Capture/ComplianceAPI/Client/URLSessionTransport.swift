// SPDX-License-Identifier: Apache-2.0
import Foundation
import FoundationNetworking

/// Sends requests through Foundation's URLSession, with nothing kept between them: no cookies, no
/// cache, no credentials.
package final class URLSessionTransport: HTTPTransport {
  private let delegate = SessionDelegate()
  private let session: URLSession

  package init() {
    let configuration = URLSessionConfiguration.ephemeral
    configuration.httpCookieStorage = nil
    configuration.httpShouldSetCookies = false
    configuration.urlCache = nil
    configuration.urlCredentialStorage = nil
    configuration.httpMaximumConnectionsPerHost = 8
    let queue = OperationQueue()
    queue.maxConcurrentOperationCount = 1
    session = URLSession(configuration: configuration, delegate: delegate, delegateQueue: queue)
  }

  deinit { session.invalidateAndCancel() }

  package func send(
    _ request: HTTPRequest, _ receive: @escaping BodyReceiver
  ) throws
    -> HTTPResponse
  {
    var message = URLRequest(
      url: request.url, cachePolicy: .reloadIgnoringLocalCacheData,
      timeoutInterval: request.idleLimit.inSeconds)
    message.httpMethod = request.method
    for header in request.headers {
      message.setValue(header.value, forHTTPHeaderField: header.name)
    }
    let transfer = Transfer(receive)
    let task = session.dataTask(with: message)
    delegate.add(transfer, for: task)
    task.resume()
    return try transfer.wait(within: request.totalLimit) { task.cancel() }
  }
}

extension Duration {
  /// As a number of seconds.
  package var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }
}

/// One request on its way: the thread that sent it waits for what the delegate's queue brings.
private final class Transfer: @unchecked Sendable {
  private let condition = NSCondition()
  private let receive: BodyReceiver
  // Behind the condition's lock.
  private var response: HTTPResponse?
  private var outcome: Result<HTTPResponse, any Error>?

  init(_ receive: @escaping BodyReceiver) { self.receive = receive }

  func begin(_ response: HTTPResponse) { condition.withLock { self.response = response } }

  /// Hands a piece of the body over; false ends the request.
  func take(_ data: Data) -> Bool {
    guard let response = condition.withLock({ outcome == nil ? response : nil }) else {
      return false
    }
    do {
      try receive(response, [UInt8](data)[...])
      return true
    } catch {
      finish(.failure(error))
      return false
    }
  }

  func complete(_ error: (any Error)?) {
    let response = condition.withLock { self.response }
    if let error {
      finish(.failure(TransportFailure("the connection failed", cause: error)))
    } else if let response {
      finish(.success(response))
    } else {
      finish(.failure(TransportFailure("the connection was closed without an answer")))
    }
  }

  private func finish(_ result: Result<HTTPResponse, any Error>) {
    condition.withLock {
      if outcome == nil { outcome = result }
      condition.broadcast()
    }
  }

  func wait(within limit: Duration?, cancel: () -> Void) throws -> HTTPResponse {
    let deadline = limit.map { Date(timeIntervalSinceNow: $0.inSeconds) }
    let result = condition.withLock { () -> Result<HTTPResponse, any Error>? in
      while outcome == nil {
        if let deadline {
          if !condition.wait(until: deadline), outcome == nil { return nil }
        } else {
          condition.wait()
        }
      }
      return outcome
    }
    guard let result else {
      finish(.failure(TransportFailure("the answer took too long")))
      cancel()
      throw TransportFailure("the answer took too long")
    }
    return try result.get()
  }
}

/// Brings what the session tells to the transfers; refuses redirects, so that the key goes to no
/// other address.
private final class SessionDelegate: NSObject, URLSessionDataDelegate, @unchecked Sendable {
  private let lock = NSLock()
  // Behind the lock.
  private var transfers: [Int: Transfer] = [:]

  func add(_ transfer: Transfer, for task: URLSessionTask) {
    lock.withLock { transfers[task.taskIdentifier] = transfer }
  }

  private func transfer(of task: URLSessionTask) -> Transfer? {
    lock.withLock { transfers[task.taskIdentifier] }
  }

  func urlSession(
    _ session: URLSession, task: URLSessionTask,
    willPerformHTTPRedirection response: HTTPURLResponse, newRequest request: URLRequest,
    completionHandler: @escaping (URLRequest?) -> Void
  ) {
    completionHandler(nil)
  }

  func urlSession(
    _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
  ) {
    if let response = response as? HTTPURLResponse {
      var headers: [String: String] = [:]
      for (name, value) in response.allHeaderFields {
        headers["\(name)".lowercased()] = "\(value)"
      }
      transfer(of: dataTask)?.begin(
        HTTPResponse(status: response.statusCode, headers: headers))
    }
    completionHandler(.allow)
  }

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    if transfer(of: dataTask)?.take(data) == false { dataTask.cancel() }
  }

  func urlSession(
    _ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?
  ) {
    transfer(of: task)?.complete(error)
    lock.withLock { transfers[task.taskIdentifier] = nil }
  }
}
