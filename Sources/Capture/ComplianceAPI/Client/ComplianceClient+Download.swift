// SPDX-License-Identifier: Apache-2.0
package import Bytes
import Foundation
import Glibc
import Synchronization

/// A file that was fetched whole.
package struct ComplianceDownload: Sendable, Hashable {
  package var byteCount: Int64
  package var digest: SHA256Digest
  /// MD5 in hexadecimal.
  package var md5: String
  /// Whether the service told the MD5 of the bytes, and it is theirs.
  package var isVerified: Bool
  package var mediaType: String
  package var requestID: String?
}

extension ComplianceClient {
  /// Fetches a file to its end, and checks it against what the service says of it
  /// (claude-capture-formats section 3.6).
  ///
  /// A connection that closes early or bytes with another digest are a failure: what came is thrown
  /// away and the file is asked for again.
  ///
  /// - Parameters:
  ///   - path: Below `/v1/compliance`, its parts percent-encoded.
  ///   - file: A path that is free; only its owner may use the file. Nothing is there after a
  ///     failure.
  ///   - expected: What the file's metadata tells, in hexadecimal; the header of the answer wins.
  /// - Returns: What was fetched.
  /// - Throws: `ComplianceError`; what the pace's check throws.
  package func download(
    _ path: String, to file: String, md5 expected: String? = nil
  ) throws -> ComplianceDownload {
    let request = try request("GET", path, [], isDownload: true)
    return try trying { _ in
      do {
        let target = try DownloadFile(file)
        let response = try self.send(request) { response, piece in
          try target.take(piece, isContent: response.status == 200)
        }
        try self.require(response, target.errorBody)
        let digests = try target.finish()
        let told = response.headers["content-md5"].flatMap { Data(base64Encoded: $0) }
          .map { [UInt8]($0).hexadecimal }
        let requestID = response.headers["request-id"]
        guard let sha256 = SHA256Digest(hexadecimal: digests.sha256) else {
          throw ComplianceError(.storage, "a digest cannot be computed")
        }
        if let wanted = told ?? expected?.lowercased(), wanted != digests.md5 {
          throw Attempt.again(
            ComplianceError(
              .hashMismatch,
              "the file has the MD5 \(digests.md5) and the service says \(wanted)",
              status: response.status, requestID: requestID))
        }
        return ComplianceDownload(
          byteCount: target.byteCount, digest: sha256, md5: digests.md5,
          isVerified: told != nil || expected != nil,
          mediaType: response.headers["content-type"] ?? "", requestID: requestID)
      } catch {
        unsafe unlink(file)
        throw error
      }
    }
  }
}

/// A file that is being written, with its digests.
private final class DownloadFile: @unchecked Sendable {
  private let path: String
  private let descriptor: Int32
  // Used by one thread at a time: the receiver, then whoever waited for it.
  private var hasher = FileHasher()
  private(set) var byteCount: Int64 = 0
  private(set) var errorBody: [UInt8] = []

  init(_ path: String) throws {
    self.path = path
    descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else {
      throw ComplianceError(.storage, "cannot make the file \(path)")
    }
  }

  deinit { close(descriptor) }

  func take(_ piece: ArraySlice<UInt8>, isContent: Bool) throws {
    guard isContent else {
      if errorBody.count < 1 << 20 { errorBody += piece }
      return
    }
    hasher.update(piece.span)
    byteCount += Int64(piece.count)
    try unsafe piece.withUnsafeBytes { bytes in
      var done = 0
      while done < bytes.count {
        let count = unsafe write(
          descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else {
          throw ComplianceError(.storage, "cannot write the file \(path); is the disk full?")
        }
        done += count
      }
    }
  }

  func finish() throws -> FileDigests {
    guard fsync(descriptor) == 0 else {
      throw ComplianceError(.storage, "cannot write the file \(path) to the disk")
    }
    return hasher.finish()
  }
}
