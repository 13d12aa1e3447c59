// SPDX-License-Identifier: Apache-2.0
import CCurl
import Foundation
import Synchronization

/// Sends requests through libcurl, with nothing kept between them but connections: no cookies, no
/// cache, no passwords.
///
/// The calling thread receives the answer, so that a slow receiver slows the sender, and nothing
/// piles up in memory.
package final class CurlTransport: HTTPTransport {
  /// Handles that no thread uses at the moment, each with its connection.
  private let idle = Mutex<[CurlHandle]>([])

  package init() {}

  package func send(
    _ request: HTTPRequest, _ receive: @escaping BodyReceiver
  ) throws
    -> HTTPResponse
  {
    let handle = try idle.withLock { $0.popLast() } ?? CurlHandle()
    let transfer = CurlTransfer(receive)
    defer { idle.withLock { $0.append(handle) } }
    return try handle.perform(request, transfer)
  }
}

/// One handle of libcurl.
///
/// libcurl lets any thread use a handle, one at a time: the list of idle handles sees to it, since a
/// handle is out of it while it is in use. So it may be sent, though the compiler cannot tell.
@safe private final class CurlHandle: @unchecked Sendable {
  private let handle: OpaquePointer

  init() throws {
    guard let handle = unsafe custody_curl_new() else {
      throw ComplianceError(
        .unreachable,
        "the library libcurl.so.4 is not on this machine; install the package libcurl4")
    }
    unsafe self.handle = handle
  }

  deinit { unsafe custody_curl_free(handle) }

  func perform(_ request: HTTPRequest, _ transfer: CurlTransfer) throws -> HTTPResponse {
    let encodings = request.headers.first { $0.name == "accept-encoding" }?.value ?? ""
    let total = request.totalLimit.map { max(1, Int(($0.inSeconds * 1000).rounded(.up))) } ?? 0
    unsafe custody_curl_prepare(
      handle, request.method, request.url.absoluteString, encodings,
      max(1, Int(request.idleLimit.inSeconds.rounded(.up))), total)
    for header in request.headers where header.name != "accept-encoding" {
      unsafe custody_curl_add_header(handle, header.name + ": " + header.value)
    }
    let code = unsafe custody_curl_perform(
      handle, Unmanaged.passUnretained(transfer).toOpaque(),
      { context, line, length in
        guard let transfer = unsafe CurlTransfer.of(context) else { return }
        let bytes = unsafe UnsafeRawBufferPointer(start: line, count: length)
        transfer.take(header: unsafe String(decoding: bytes, as: UTF8.self))
      },
      { context, bytes, length in
        guard let transfer = unsafe CurlTransfer.of(context) else { return 0 }
        let piece = unsafe Array(UnsafeBufferPointer(start: bytes, count: length))
        return transfer.take(body: piece) ? 1 : 0
      })
    let message = unsafe String(cString: custody_curl_message(handle))
    return try transfer.finish(code == 0 ? nil : message)
  }
}

/// One answer on its way.
private final class CurlTransfer {
  private let receive: BodyReceiver
  private var response: HTTPResponse?
  private var failure: (any Error)?

  init(_ receive: @escaping BodyReceiver) { self.receive = receive }

  @unsafe static func of(_ context: UnsafeMutableRawPointer?) -> CurlTransfer? {
    unsafe context.map { unsafe Unmanaged<CurlTransfer>.fromOpaque($0).takeUnretainedValue() }
  }

  /// A status line begins the head anew: informational answers come before the answer.
  func take(header line: String) {
    let text = line.trimmingLineEnd
    if text.hasPrefix("HTTP/") {
      let parts = text.split(separator: " ", maxSplits: 2)
      response = HTTPResponse(status: parts.count > 1 ? Int(parts[1]) ?? 0 : 0, headers: [:])
      return
    }
    guard let colon = text.firstIndex(of: ":") else { return }
    let value = text[text.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
    response?.headers[text[..<colon].lowercased()] = String(value)
  }

  /// False ends the transfer.
  func take(body bytes: [UInt8]) -> Bool {
    guard let response else { return false }
    do {
      try receive(response, bytes[...])
      return true
    } catch {
      failure = error
      return false
    }
  }

  func finish(_ message: String?) throws -> HTTPResponse {
    if let failure { throw failure }
    if let message { throw TransportFailure("the connection failed: " + message) }
    guard let response, response.status > 0 else {
      throw TransportFailure("the connection was closed without an answer")
    }
    return response
  }
}

extension Duration {
  /// As a number of seconds.
  package var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }
}

extension String {
  /// Without spaces and line ends at its end.
  fileprivate var trimmingLineEnd: Substring {
    var text = self[...]
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return text
  }
}
