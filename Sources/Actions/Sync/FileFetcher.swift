// SPDX-License-Identifier: Apache-2.0
import Bytes
import Capture
import Model
import Store

/// Files that were fetched for one unit.
struct FetchedFiles: Sendable {
  var fetched: [FetchedFile] = []
  /// The ids of all files that belong to the unit.
  var linked: [String] = []
  var failures: [FileFailure] = []
}

/// A file that could not be fetched.
struct FileFailure: Sendable {
  var reference: ComplianceFileReference
  /// The chat or project that it belongs to.
  var conversation: String
  var error: ComplianceError

  var endpoint: String { FileFetcher.endpoint(reference.kind) }
}

/// Fetches the bytes of files, each once (section 3.11, step 5).
struct FileFetcher: Sendable {
  let client: ComplianceClient
  let claims: Claims
  let stagingPath: @Sendable () throws -> String
  let hasFile: @Sendable (String) throws -> Bool

  static func endpoint(_ kind: ComplianceFileReference.Kind) -> String {
    switch kind {
    case .file: "/apps/chats/files/{file}/content"
    case .generated: "/apps/chats/generated-files/{file}/content"
    case .artifact: "/apps/artifacts/{version}/content"
    }
  }

  private static func path(_ reference: ComplianceFileReference) -> String {
    endpoint(reference.kind)
      .replacing("{file}", with: ComplianceClient.encoded(reference.id))
      .replacing("{version}", with: ComplianceClient.encoded(reference.id))
  }

  /// Fetches a file that is not here yet and that nobody else is fetching.
  ///
  /// - Parameters:
  ///   - reference: Which.
  ///   - conversation: The chat or project that it belongs to.
  ///   - files: Gets it.
  /// - Throws: `ComplianceError` where nothing else can be read either; `StoreError`; what the
  ///   check throws.
  func fetch(
    _ reference: ComplianceFileReference, of conversation: String, into files: inout FetchedFiles
  ) throws {
    files.linked.append(reference.id)
    guard claims.take(reference.id), try !hasFile(reference.id) else { return }
    let path = try stagingPath()
    do {
      let download = try client.download(
        FileFetcher.path(reference), to: path, md5: reference.md5)
      files.fetched.append(
        FetchedFile(
          nativeID: reference.id, digest: download.digest, byteCount: download.byteCount,
          isVerified: download.isVerified, stagedPath: path))
    } catch let error as ComplianceError where !error.endsEverything {
      files.failures.append(
        FileFailure(reference: reference, conversation: conversation, error: error))
    }
  }

  /// Fetches the text of an artifact version: JSON, or plain text in older versions.
  ///
  /// - Parameters:
  ///   - reference: Which.
  ///   - conversation: The chat that it belongs to.
  ///   - files: Gets a failure.
  /// - Returns: JSON: the answer, or the text as a string; nil when it could not be fetched.
  /// - Throws: As ``fetch(_:of:into:)``.
  func fetchText(
    _ reference: ComplianceFileReference, of conversation: String, _ files: inout FetchedFiles
  ) throws -> [UInt8]? {
    do {
      return try client.get(FileFetcher.path(reference)) { answer throws(CaptureError) in
        if answer.contentType.hasPrefix("text/") {
          var text: [UInt8] = []
          JSONValue.appendCanonical(
            string: String(decoding: answer.body, as: UTF8.self), to: &text)
          return text
        }
        return try CompliancePage(answer.body).body
      }
    } catch let error as ComplianceError where !error.endsEverything {
      files.failures.append(
        FileFailure(reference: reference, conversation: conversation, error: error))
      return nil
    }
  }
}

extension SyncSession {
  /// Fetches files for this run, from any thread.
  func fileFetcher() -> FileFetcher {
    let (store, source, staging) = (store, source, staging)
    return FileFetcher(
      client: client, claims: claimedFiles,
      stagingPath: { try store.stagingPath(of: source.id, staging.next()) },
      hasFile: { id in try store.read { try $0.hasFile(id, of: source) } })
  }
}

extension ComplianceError {
  /// Whether nothing else can be read either.
  var endsEverything: Bool {
    switch code {
    case .key, .notEnabled, .storage, .address, .unreachable: true
    default: false
    }
  }
}

/// What is remembered of files between runs.
enum FileNotes {
  static let captured = "captured"

  static func captured(_ id: String) -> SourceObjectNote {
    var note = SourceObjectNote(.file, id)
    note.mark = FileNotes.captured
    note.isListed = true
    return note
  }

  /// A file to be fetched by the next run.
  static func waiting(_ failure: FileFailure) -> SourceObjectNote {
    var note = SourceObjectNote(.file, failure.reference.id)
    note.isListed = true
    note.evidence = [
      "conversation": .string(failure.conversation),
      "kind": .string(failure.reference.kind.rawValue), "md5": JSONValue(failure.reference.md5),
    ]
    return note
  }

  static func gone(_ failure: FileFailure, at time: Instant) -> SourceObjectNote {
    var note = SourceObjectNote(.file, failure.reference.id)
    note.mark = "gone"
    note.isListed = true
    note.deleted = time
    note.evidence = ["request_id": JSONValue(failure.error.requestID)]
    return note
  }
}
