// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import Model

extension ComplianceClient {
  /// What an answer that is no success means (claude-capture-formats section 3.8).
  ///
  /// - Throws: `Attempt`.
  func require(_ response: HTTPResponse, _ body: [UInt8]) throws {
    guard response.status != 200 else { return noteSuccess() }
    let told = ServiceError(body, key)
    let requestID = response.headers["request-id"] ?? told.requestID
    func error(_ code: ComplianceError.Code, _ message: String) -> ComplianceError {
      let quoted = told.message.isEmpty ? "" : ": “\(told.message)”"
      return ComplianceError(
        code, message + quoted, status: response.status, requestID: requestID)
    }
    let asked = retryAfter(response.headers["retry-after"])
    switch response.status {
    case 300..<400:
      throw Attempt.failed(
        error(.refused, "the service sends the call elsewhere, which is not followed with the key"))
    case 400 where told.message.hasPrefix("Compliance API is not enabled"):
      throw Attempt.failed(
        error(.notEnabled, "the Compliance API is not switched on for the organisation"))
    case 400 where told.message.hasPrefix("The page cursor has expired"):
      throw Attempt.failed(error(.expiredCursor, "the position in the list has expired"))
    case 400: throw Attempt.failed(error(.refused, "the service refuses the call"))
    case 401: throw Attempt.failed(error(.key, "the service does not accept the key"))
    case 403: throw Attempt.failed(error(.scope, "the key does not reach this"))
    case 404 where told.message == "Not found" && !tally.hasSucceeded:
      throw Attempt.failed(error(.key, "the service knows no such key or no such kind of key"))
    case 404 where told.message == "Not found":
      // Neither the key, which was good before, nor an object that the service names as gone.
      throw Attempt.failed(error(.refused, "the service does not know what it is asked for"))
    case 404 where told.type != "not_found_error":
      // Such as one of something between here and the service.
      throw Attempt.failed(error(.refused, "the answer does not name what is not found"))
    case 404 where told.message.contains("not available"):
      throw Attempt.failed(error(.notOffered, "the service does not offer this now"))
    case 404, 410: throw Attempt.failed(error(.gone, "the service does not have it"))
    case 408, 425: throw Attempt.again(error(.unavailable, "the service asks to try later"))
    case 429:
      throw Attempt.again(error(.unavailable, "too many calls for the service"), after: asked)
    case 500 where response.headers["x-should-retry"] == "false":
      throw Attempt.failed(error(.unavailable, "the service failed, and says that it will again"))
    case 500..<600:
      throw Attempt.again(error(.unavailable, "the service is not available"), after: asked)
    default: throw Attempt.failed(error(.refused, "the service refuses the call"))
    }
  }

  /// Whole seconds, or a date.
  func retryAfter(_ text: String?) -> Duration? {
    guard let text else { return nil }
    if let seconds = Int(text), seconds >= 0 { return .seconds(min(seconds, 86_400)) }
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(secondsFromGMT: 0)
    formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
    guard let date = formatter.date(from: text) else { return nil }
    return .milliseconds(Int64(max(0, min(date.timeIntervalSinceNow, 86_400)) * 1000) + 1000)
  }
}

/// The body of an answer that tells of an error: with an id of the request, or older without.
struct ServiceError {
  /// At most 500 characters, the key masked.
  private(set) var message = ""
  /// The service's own name of the kind of error; empty where it is not the service that answers.
  private(set) var type = ""
  private(set) var requestID: String?

  init(_ body: [UInt8], _ key: ComplianceKey) {
    guard let page = try? CompliancePage(body) else { return }
    func text(_ bytes: [UInt8]?) -> String? {
      guard let bytes else { return nil }
      do throws(JSONError) {
        var cursor = JSONCursor(bytes.span)
        guard try cursor.peek() == .string else { return nil }
        // More than is shown, so that no part of the key is left where it is cut.
        return String(key.masked(in: String(try cursor.readString().prefix(4000))).prefix(500))
      } catch {
        return nil
      }
    }
    requestID = text(page.value(of: "request_id"))
    guard let error = page.value(of: "error"), let inner = try? CompliancePage(error) else {
      return
    }
    message = text(inner.value(of: "message")) ?? ""
    type = text(inner.value(of: "type")) ?? ""
  }
}
