// SPDX-License-Identifier: Apache-2.0

/// Why the Compliance API did not answer as asked (claude-capture-formats section 3.8).
package struct ComplianceError: Error, Sendable, CustomStringConvertible {
  /// What a caller can do about it.
  package enum Code: Sendable, Hashable {
    /// The key is missing, wrong, deactivated or expired.
    case key
    /// The Compliance API is not switched on for the organisation.
    case notEnabled
    /// The key lacks a scope, or the organisation is out of its reach.
    case scope
    /// The service names the object as one that it does not have.
    case gone
    /// The endpoint is off, such as local sessions are where an organisation has none: it says nothing
    /// of any object.
    case notOffered
    /// A page cursor expired: the walk restarts.
    case expiredCursor
    /// The request was refused for another reason.
    case refused
    /// It answered too late, too little or not at all, however often it was asked.
    case unavailable
    /// The service as such does not answer, so nothing else can be read either.
    case unreachable
    /// An answer that makes no sense.
    case malformed
    /// An answer that is too large to be held; smaller pages may help.
    case tooLarge
    /// What came is not what its digest says.
    case hashMismatch
    /// A file of ours cannot be written.
    case storage
    /// An address that a key must not be sent to.
    case address
  }

  package var code: Code
  /// What happened and what to do, lower case, without a full stop; it may quote the service.
  package var message: String
  /// The status of the last answer; nil when there was none.
  package var status: Int?
  /// The service's own id of the last answer; nil when it gave none.
  package var requestID: String?
  package var cause: (any Error)?

  package init(
    _ code: Code, _ message: String, status: Int? = nil, requestID: String? = nil,
    cause: (any Error)? = nil
  ) {
    self.code = code
    self.message = message
    self.status = status
    self.requestID = requestID
    self.cause = cause
  }

  package var description: String {
    requestID.map { message + " (request " + $0 + ")" } ?? message
  }
}
