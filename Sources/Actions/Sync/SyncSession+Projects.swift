// SPDX-License-Identifier: Apache-2.0
import Bytes
import Capture
import Model
import Store

extension SyncSession {
  private static var projectEndpoint: String { "/apps/projects/{project}" }

  /// Reads all projects with what belongs to them (section 3.11, step 6): their list tells of no
  /// change inside.
  func syncProjects() throws {
    let name = "/apps/projects"
    try endpoint(name, ["limit": 100]) {
      try endpoint(Self.projectEndpoint) {}
      var seen: Set<String> = []
      try walkByPage(name, path: name, query: [("limit", "100")]) { page in
        var ids: [(id: String, account: String?, deleted: Instant?)] = []
        for range in page.records {
          do {
            let fields = try ComplianceFields.strings(of: page.bytes(range))
            guard let id = fields["id"], !id.isEmpty else {
              throw CaptureError(code: .decodeError, message: "a listed project has no id")
            }
            guard seen.insert(id).inserted else { continue }
            note(account: fields["user.id"], emailAddress: fields["user.email_address"])
            ids.append(
              (id, fields["user.id"], fields["deleted_at"].flatMap { Instant(rfc3339: $0) }))
          } catch let error as CaptureError {
            fail(error.code, name, error.message)
          }
        }
        for entry in ids { try readProject(entry.id, account: entry.account, entry.deleted) }
      }
      try noteGone(.project, prefix: "", notIn: seen, isList: false) {
        "/apps/projects/" + ComplianceClient.encoded($0)
      }
      try storeBatch()
    }
  }

  private func readProject(_ id: String, account: String?, _ deleted: Instant?) throws {
    var note = SourceObjectNote(.project, id)
    note.account = account
    note.isListed = true
    note.deleted = deleted
    if let deleted { note.evidence = ["deleted_at": .string(deleted.rfc3339)] }
    do {
      try check("project " + id)
      try readParts(of: id)
    } catch let error as ComplianceError where !error.endsEverything {
      if error.code == .gone {
        note.deleted = note.deleted ?? store.now
        note.evidence = ["request_id": JSONValue(error.requestID)]
      } else {
        markPartial(Self.projectEndpoint, error.description)
        fail(
          error.code == .scope ? .permissionDenied : .sourceError, Self.projectEndpoint,
          error.description, object: id)
      }
    }
    batch.add(note)
    try storeBatchIfDue()
  }

  private func readParts(of id: String) throws {
    let path = "/apps/projects/" + ComplianceClient.encoded(id)
    let (detail, requestID) = try client.page(path, isList: false)
    notePage(Self.projectEndpoint, records: 1, cursor: nil, requestID: requestID)
    let attachments = try elements(path + "/attachments")
    let collaborators = try elements(path + "/collaborators")
    let known = try documentsHere(of: id)
    var files = FetchedFiles()
    var documents: [(id: String, content: [UInt8])] = []
    let fetcher = fileFetcher()
    for attachment in attachments {
      guard let fields = try? ComplianceFields.strings(of: attachment),
        let file = fields["id"], !file.isEmpty
      else { continue }
      if fields["type"] == "project_doc" {
        if let content = try known[file] ?? readDocument(file, of: id) {
          documents.append((file, content))
        }
      } else {
        try fetcher.fetch(
          ComplianceFileReference(kind: .file, id: file, md5: fields["md5"]), of: id,
          into: &files)
      }
    }
    for file in files.fetched {
      batch.add(file)
      batch.add(FileNotes.captured(file.nativeID))
    }
    for failure in files.failures { noteFailure(of: failure) }
    do {
      let unit = try ComplianceAPI.parseProject(
        native: ComplianceRecord.project(
          detail: detail, attachments: attachments, collaborators: collaborators,
          documents: documents), path: Self.projectEndpoint)
      take(unit, files: files.linked, endpoint: Self.projectEndpoint)
    } catch {
      fail(error.code, Self.projectEndpoint, error.message, object: id)
    }
  }

  private func elements(_ path: String) throws -> [[UInt8]] {
    var found: [[UInt8]] = []
    var seen: Set<[UInt8]> = []
    try walkPages(client, path: path, query: [("limit", "100")]) { page, _ in
      for range in page.records {
        let bytes = page.bytes(range)
        if seen.insert(bytes).inserted { found.append(bytes) }
      }
    }
    return found
  }

  /// A document's text does not change under its id.
  private func documentsHere(of project: String) throws -> [String: [UInt8]] {
    let id = ObjectID.conversation(route: ComplianceAPI.route, nativeID: project)
    guard let record = try store.read({ try $0.conversationIfPresent(id) }) else { return [:] }
    return ComplianceRecord.documents(
      of: try NativeReader(store).native(of: record, version: record.versionCount))
  }

  private func readDocument(_ id: String, of project: String) throws -> [UInt8]? {
    let name = "/apps/projects/documents/{document}"
    do {
      return try client.page(
        "/apps/projects/documents/" + ComplianceClient.encoded(id), isList: false
      ).page.body
    } catch let error as ComplianceError where !error.endsEverything {
      if error.code == .gone {
        lack(
          .fileNotCaptured, name,
          "a document of \(project) is not at the source any more: " + error.description,
          object: id)
      } else {
        fail(.sourceError, name, error.description, object: id)
      }
      return nil
    }
  }
}
