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

  /// Reads the Code artifacts that changed, with each version that is not here (section 3.5).
  func syncCodeArtifacts() throws {
    let name = "/apps/code/artifacts"
    try endpoint(name, ["limit": 100]) {
      try endpoint(Self.versionEndpoint) {}
      var seen: Set<String> = []
      try walkByPage(name, path: name, query: [("limit", "100")]) { page in
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
            try readCodeArtifact(id, owner: owner, element)
          } catch let error as CaptureError {
            fail(error.code, name, error.message)
          }
        }
      }
      try storeBatch()
    }
  }

  private func readCodeArtifact(_ id: String, owner: String?, _ element: [UInt8]) throws {
    var note = SourceObjectNote(.codeArtifact, id)
    note.account = owner
    note.isListed = true
    let mark = element.digestText
    if try self.mark(of: .codeArtifact, id) == mark { return }
    try check("code artifact " + id)
    let before = try recordHere(of: id)
    let earlier = ComplianceCodeArtifact.contents(ofRecord: before)
    let listed = ComplianceCodeArtifact.versions(of: element)
    let listedIDs = Set(listed.map(\.id))
    let dropped = ComplianceCodeArtifact.allVersions(ofRecord: before).filter {
      !listedIDs.contains($0.id)
    }
    var isWhole = true
    var contents: [(version: String, content: [UInt8]?)] = []
    for version in dropped + listed {
      var content = earlier[version.id]
      if content == nil, listedIDs.contains(version.id) {
        content = try fetchVersion(version.id, of: id, &isWhole)
      }
      contents.append((version.id, content))
    }
    let native = ComplianceCodeArtifact.record(element, dropped: dropped, contents: contents)
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
  }

  private func recordHere(of artifact: String) throws -> [UInt8] {
    let id = ObjectID.conversation(route: ComplianceAPI.route, nativeID: artifact)
    guard let record = try store.read({ try $0.conversationIfPresent(id) }) else { return [] }
    return try NativeReader(store).native(of: record, version: record.versionCount)
  }

  /// Fetches the bytes of a version; nil where it is not there or cannot be fetched.
  private func fetchVersion(
    _ version: String, of artifact: String, _ isWhole: inout Bool
  ) throws -> [UInt8]? {
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
      return ComplianceCodeArtifact.content(
        digest: download.digest, mediaType: download.mediaType, bytes: bytes)
    } catch let error as ComplianceError where !error.endsEverything {
      if error.code == .gone {
        // Versions beyond the newest rotate out.
        lack(
          .fileNotCaptured, name, "this version is not at the source any more: \(error)",
          object: file)
      } else {
        isWhole = false
        markPartial(name, error.description)
        fail(
          error.code == .scope ? .permissionDenied : .sourceError, name, error.description,
          object: file)
      }
      return nil
    }
  }
}
