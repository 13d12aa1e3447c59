// SPDX-License-Identifier: Apache-2.0
import Actions
import Model
import Store

/// A conversation as it stood at a time.
struct ReconstructedTranscript: Displayable {
  static let recordType = "reconstruction"
  static let plural = "reconstructions"

  var then: Reconstruction
  /// Names of people by the accounts that items name as their senders.
  var senders: [String: String]

  var identifier: String { then.record.id.text }

  static let fields: [Field<ReconstructedTranscript>] = [
    Field("id") { FieldValue($0.then.record.id) },
    Field("native_id") { .text($0.then.record.nativeID) },
    Field("kind") { .text($0.then.record.kind.rawValue) },
    Field("title") { .text($0.then.title) },
    Field("custodian") { .text($0.then.record.custodian) },
    Field("source") { .text($0.then.record.source) },
    Field("as_of") { .time($0.then.time) },
    Field("capture") { $0.capture },
    Field("person") { $0.then.owner.identityValues },
    Field("directory") { $0.then.owner.directoryValues },
    Field("later_items") { FieldValue($0.then.laterCount) },
    Field("undated_items") { FieldValue($0.then.undatedCount) },
    // The transcript tells people the same.
    Field("items") { .told("", .list($0.then.entries.map(\.fieldValue))) },
    Field("transcript") { .passage($0.text) },
  ]

  /// The newest capture not later than the time.
  private var capture: FieldValue {
    let first = then.firstCapture
    guard let capture = then.capture else {
      return .told(
        "none by then; first captured \(first.captured.flooredToSecond.rfc3339) (\(first.run))",
        .missing)
    }
    return .told(
      "version \(capture.version) of \(then.record.versionCount), captured "
        + "\(capture.captured.flooredToSecond.rfc3339) (\(capture.run))",
      .object([
        .init("version", FieldValue(capture.version)), .init("run", FieldValue(capture.run)),
        .init("captured", .time(capture.captured)),
      ]))
  }

  private var text: String {
    var shown: [SeenVersion] = []
    var shownCodeArtifacts: [String: SeenVersion] = [:]
    return then.entries.map { entry in
      var lines = [
        entry.item.transcriptEntry(
          custodian: then.record.custodian, senders: senders, marks: entry.marks)
      ]
      // A document is named with the first message that had it and wherever it changed.
      let documents = entry.seen.filter { $0.kind == .document }
      for document in documents where !shown.contains(document) {
        lines.append("    " + document.sentence)
      }
      for earlier in shown where !documents.contains(where: { $0.id == earlier.id }) {
        lines.append("    (document) " + earlier.name + ", not there")
      }
      if entry.item.time?.instant != nil { shown = documents }
      for version in entry.seen where version.kind == .codeArtifact {
        guard shownCodeArtifacts.updateValue(version, forKey: version.id) != version else {
          continue
        }
        lines.append("    " + version.sentence)
      }
      return lines.joined(separator: "\n")
    }.joined(separator: "\n")
  }
}

extension Reconstruction.Entry {
  fileprivate var marks: [String] {
    var marks: [String] = []
    if !isVisible { marks.append("not on the visible branch") }
    let captured = captured.flooredToSecond.rfc3339
    switch grade {
    case .stood: break
    case .lastSeen: marks.append("as last captured; otherwise in the next capture")
    case .gone:
      marks.append(
        "gone from the capture of \(goneSince.map { $0.flooredToSecond.rfc3339 } ?? captured)")
    case .capturedLater: marks.append("captured later, on \(captured)")
    case .unknown:
      let changed = item.updatedAt?.instant?.flooredToSecond.rfc3339 ?? "later"
      marks.append(
        "what it said is unknown: changed \(changed), first captured \(captured)")
    }
    if versionCount > 1, grade != .unknown {
      marks.append("version \(version) of \(versionCount)")
    }
    return marks
  }

  fileprivate var fieldValue: FieldValue {
    .object([
      .init("id", FieldValue(id)), .init("native_id", FieldValue(item.nativeID)),
      .init("role", .text(item.role.rawValue)), .init("model", FieldValue(item.model)),
      .init("time", FieldValue(item.time?.instant)),
      .init("updated", FieldValue(item.updatedAt?.instant)),
      .init("grade", .text(grade.rawValue)),
      .init("version", grade == .unknown ? .missing : FieldValue(version)),
      .init("versions", FieldValue(versionCount)),
      .init("conversation_version", FieldValue(conversationVersion)),
      .init("captured", .time(captured)), .init("run", FieldValue(run)),
      .init("gone_since", FieldValue(goneSince)), .init("visible", .boolean(isVisible)),
      .init("provenance", .text(item.provenance.text)),
      .init("flags", FieldValue(item.flags.map(\.rawValue))),
      .init("text", grade == .unknown ? .missing : .passage(item.readingText)),
      .init(
        "files",
        .list(
          item.files.map {
            .object([
              .init("kind", .text($0.kind.rawValue)), .init("id", FieldValue($0.nativeID)),
              .init("name", .text($0.name)), .init("version", FieldValue($0.version)),
            ])
          })),
      .init("seen", .list(seen.map(\.fieldValue))),
    ])
  }
}

extension SeenVersion {
  fileprivate var sentence: String {
    var text = "(\(kind.rawValue)) " + name
    if let version { text += ", version \(version)" }
    if let versionID { text += ", version \(versionID)" }
    switch grade {
    case .stood, .gone: break
    case .lastSeen: text += ", as last captured; otherwise in the next capture"
    case .capturedLater: text += ", captured later, on \(captured.flooredToSecond.rfc3339)"
    case .unknown:
      text += ", as it was then unknown, first captured \(captured.flooredToSecond.rfc3339)"
    }
    return text
  }

  fileprivate var fieldValue: FieldValue {
    .object([
      .init("kind", .text(kind.rawValue)), .init("id", .text(id)), .init("name", .text(name)),
      .init("version", FieldValue(version)), .init("version_id", FieldValue(versionID)),
      .init("item", FieldValue(item)), .init("time", FieldValue(time)),
      .init("captured", .time(captured)),
      .init("grade", .text(grade.rawValue)),
    ])
  }
}
