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

  /// Fetches the text of an artifact version, JSON, or plain text in older versions, and checks it
  /// against the MD5 that the service tells of it (section 3.11, step 5).
  ///
  /// A text that has another one twice is a failure and is taken as it came: it is all that there is.
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
      var artifact = try text(of: reference)
      guard let told = try toldMD5(of: reference), told != artifact.md5 else {
        return artifact.content
      }
      artifact = try text(of: reference)
      if let md5 = artifact.md5, told != md5 {
        files.failures.append(
          FileFailure(
            reference: reference, conversation: conversation,
            error: ComplianceError(
              .hashMismatch, "the text has the MD5 \(md5) and the service says \(told)")))
      }
      return artifact.content
    } catch let error as ComplianceError where !error.endsEverything {
      files.failures.append(
        FileFailure(reference: reference, conversation: conversation, error: error))
      return nil
    }
  }

  /// The text of an artifact version as its record is to have it, and its MD5 in hexadecimal; nil where
  /// the answer has no text.
  private func text(
    of reference: ComplianceFileReference
  ) throws -> (content: [UInt8], md5: String?) {
    try client.get(FileFetcher.path(reference)) { answer throws(CaptureError) in
      if answer.contentType.hasPrefix("text/") {
        var text: [UInt8] = []
        JSONValue.appendCanonical(
          string: String(decoding: answer.body, as: UTF8.self), to: &text)
        return (text, FileDigests(of: answer.body.span).md5)
      }
      let content = try CompliancePage(answer.body).body
      let text = try ComplianceFields.strings(of: content)["content"]
      return (content, text.map { FileDigests(of: $0.utf8.span).md5 })
    }
  }

  /// The MD5 that the metadata of an artifact version tell, in hexadecimal; nil where they do not, or
  /// cannot be had.
  private func toldMD5(of reference: ComplianceFileReference) throws -> String? {
    do {
      let path = "/apps/artifacts/" + ComplianceClient.encoded(reference.id)
      let page = try client.page(path, isList: false).page
      return try? ComplianceFields.strings(of: page.body)["md5"]?.lowercased()
    } catch let error as ComplianceError where !error.endsEverything {
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
