// SPDX-License-Identifier: Apache-2.0
import Bytes
import Capture
import Foundation
import Model
import Store

extension SyncSession {
  private static var versionEndpoint: String {
    "/apps/code/artifacts/{artifact}/versions/{version}"
  }
  /// Larger ones are kept as bytes alone.
  private static var textByteLimit: Int64 { 16 << 20 }

  /// An artifact as the list names it.
  private struct Listed {
    var id: String
    var owner: String?
    /// The element of the list.
    var element: [UInt8]
  }

  /// Reads the Code artifacts that changed, with each version that is not here (section 3.5).
  ///
  /// Where a version rotates out between the list and its download, the list is read once more, and
  /// the artifact is recorded as it is then, with what the first list told of the version.
  func syncCodeArtifacts() throws {
    let name = "/apps/code/artifacts"
    try endpoint(name, ["limit": 100]) {
      try endpoint(Self.versionEndpoint) {}
      var rotated: [String: Listed] = [:]
      var fetched: [String: [UInt8]] = [:]
      try forEachCodeArtifact(name) { listed in
        if try !readCodeArtifact(listed, before: nil, &fetched) { rotated[listed.id] = listed }
      }
      if !rotated.isEmpty {
        try forEachCodeArtifact(name, isFirstWalk: false) { listed in
          guard let first = rotated.removeValue(forKey: listed.id) else { return }
          _ = try readCodeArtifact(listed, before: first, &fetched)
        }
        // The list has them no more.
        for first in rotated.values.sorted(by: { $0.id < $1.id }) {
          _ = try readCodeArtifact(first, before: first, &fetched)
        }
      }
      try storeBatch()
    }
  }

  /// Walks the list; only the first walk is counted, since another one reads the same records.
  private func forEachCodeArtifact(
    _ name: String, isFirstWalk: Bool = true, _ take: (Listed) throws -> Void
  ) throws {
    var seen: Set<String> = []
    try walkByPage(name, path: name, query: [("limit", "100")], isCounted: isFirstWalk) { page in
      for range in page.records {
        let element = page.bytes(range)
        do {
          let fields = try ComplianceFields.strings(of: element)
          guard let id = fields["id"], !id.isEmpty else {
            throw CaptureError(code: .decodeError, message: "a listed Code artifact has no id")
          }
          guard seen.insert(id).inserted else { continue }
          let owner = fields["owner_user_id"] ?? fields["user.id"]
          note(account: owner, emailAddress: fields["user.email_address"])
          try take(Listed(id: id, owner: owner, element: element))
        } catch let error as CaptureError {
          fail(error.code, name, error.message)
        }
      }
    }
  }

  /// Reads an artifact that changed.
  ///
  /// - Parameters:
  ///   - artifact: As it is listed.
  ///   - first: As it was listed before, where a version was gone then; nil the first time.
  ///   - fetched: What was fetched of artifacts that are to be read once more, by the id of the file.
  /// - Returns: False where a version is gone that the list names, the first time: then nothing was
  ///   recorded.
  /// - Throws: What ends the sync.
  private func readCodeArtifact(
    _ artifact: Listed, before first: Listed?, _ fetched: inout [String: [UInt8]]
  ) throws -> Bool {
    let id = artifact.id
    var note = SourceObjectNote(.codeArtifact, id)
    note.account = artifact.owner
    note.isListed = true
    let mark = artifact.element.digestText
    if try self.mark(of: .codeArtifact, id) == mark { return true }
    try check("code artifact " + id)
    let before = try recordHere(of: id)
    let earlier = ComplianceCodeArtifact.contents(ofRecord: before)
    let listed = ComplianceCodeArtifact.versions(of: artifact.element)
    let listedBefore = first.map { ComplianceCodeArtifact.versions(of: $0.element) } ?? []
    let known = ComplianceCodeArtifact.allVersions(ofRecord: before) + listedBefore
    var ids = Set(listed.map(\.id))
    let named = ids.union(listedBefore.map(\.id))
    let dropped = known.filter { ids.insert($0.id).inserted }
    var isWhole = true
    var own: [String: [UInt8]] = [:]
    var contents: [(version: String, content: [UInt8]?)] = []
    for version in dropped + listed {
      let file = ComplianceCodeArtifact.fileID(id, version.id)
      var content = earlier[version.id] ?? fetched[file]
      if content == nil, named.contains(version.id) {
        switch try fetchVersion(version.id, of: id) {
        case .content(let bytes):
          content = bytes
          own[file] = bytes
        case .gone(let reason):
          if first == nil {
            fetched.merge(own) { $1 }
            return false
          }
          lack(
            .fileNotCaptured, Self.versionEndpoint,
            "this version is not at the source any more: \(reason)", object: file)
        case .failed: isWhole = false
        }
      }
      contents.append((version.id, content))
    }
    let native = ComplianceCodeArtifact.record(
      artifact.element, dropped: dropped, contents: contents)
    do {
      take(
        try ComplianceAPI.parseConversation(native: native, path: Self.versionEndpoint),
        files: contents.map { ComplianceCodeArtifact.fileID(id, $0.version) },
        endpoint: Self.versionEndpoint)
      note.mark = isWhole ? mark : nil
    } catch {
      fail(error.code, Self.versionEndpoint, error.message, object: id)
    }
    batch.add(note)
    try storeBatchIfDue()
    return true
  }

  private func recordHere(of artifact: String) throws -> [UInt8] {
    let id = ObjectID.conversation(route: ComplianceAPI.route, nativeID: artifact)
    guard let record = try store.read({ try $0.conversationIfPresent(id) }) else { return [] }
    return try NativeReader(store).native(of: record, version: record.versionCount)
  }

  private enum FetchedVersion {
    /// What a record says of its bytes.
    case content([UInt8])
    /// It is not at the source any more.
    case gone(String)
    /// It could not be fetched, which is recorded.
    case failed
  }

  private func fetchVersion(_ version: String, of artifact: String) throws -> FetchedVersion {
    let name = Self.versionEndpoint
    let file = ComplianceCodeArtifact.fileID(artifact, version)
    let staged = try store.stagingPath(of: source.id, staging.next())
    do {
      let download = try client.download(
        "/apps/code/artifacts/" + ComplianceClient.encoded(artifact) + "/versions/"
          + ComplianceClient.encoded(version), to: staged)
      notePage(name, records: 1, cursor: nil, requestID: download.requestID ?? "")
      let bytes =
        download.byteCount <= Self.textByteLimit
        ? [UInt8](try Data(contentsOf: URL(fileURLWithPath: staged))) : nil
      batch.add(
        FetchedFile(
          nativeID: file, digest: download.digest, byteCount: download.byteCount,
          isVerified: download.isVerified, stagedPath: staged))
      return .content(
        ComplianceCodeArtifact.content(
          digest: download.digest, mediaType: download.mediaType, bytes: bytes))
    } catch let error as ComplianceError where !error.endsEverything {
      // Versions beyond the newest rotate out.
      if error.code == .gone { return .gone("\(error)") }
      markPartial(name, error.description)
      fail(
        error.code == .scope ? .permissionDenied : .sourceError, name, error.description,
        object: file)
      return .failed
    }
  }
}
