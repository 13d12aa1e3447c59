// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// `LOGS/redaction-log.csv` (export-formats section 11.3).
///
/// The digests are those of the document: before of the source (the load file's SHA256HASH), after of
/// its text as produced. A digest of the blacked-out words alone would let a reader try out guesses.
enum RedactionLog {
  static let header = [
    "REDACTION_ID", "CONTROL_NO", "PAGE_OR_EVENT", "START", "END", "REASON", "BASIS_TEXT", "ACTOR",
    "TIME", "SHA256_BEFORE", "SHA256_AFTER", "RENDERINGS",
  ]
}

/// `LOGS/privilege-log.csv` and its page (export-formats section 11.2).
enum PrivilegeLog {
  static let header = [
    "LOG_ID", "CONTROL_NO", "ENDDOC", "FAMILYID", "RECORDTYPE", "DATE", "AUTHOR", "RECIPIENTS",
    "CC",
    "BCC", "CUSTODIAN", "SUBJECT_OR_TITLE", "DESCRIPTION", "BASIS", "WP_TYPE", "TREATMENT",
    "ATTORNEYS", "REDACTION_REASON", "PAGES", "PRODVOL", "REVIEWER", "REVIEWED_AT", "NOTES",
  ]

  static func pageStart(volumeName: String) -> [UInt8] {
    var bytes = Array(
      """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
      style-src 'unsafe-inline'">
      <title>
      """.utf8)
    bytes.appendHTML("Privilege log " + volumeName)
    bytes.append(
      """
      </title>
      <style>
      body { font-family: sans-serif; }
      table { border-collapse: collapse; }
      th, td { border: 1px solid #999; padding: 0.2em 0.4em; text-align: left; vertical-align: top; }
      </style>
      </head>
      <body>
      <h1>
      """)
    bytes.appendHTML("Privilege log " + volumeName)
    bytes.append("</h1>\n<table>\n<thead>\n<tr>")
    for name in header { bytes.append("<th scope=\"col\">" + name + "</th>") }
    bytes.append("</tr>\n</thead>\n<tbody>\n")
    return bytes
  }

  static let pageEnd = "</tbody>\n</table>\n</body>\n</html>\n"

  static func row(_ values: [String]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append("<tr>")
    for value in values {
      bytes.append("<td dir=\"auto\">")
      bytes.appendHTML(value)
      bytes.append("</td>")
    }
    bytes.append("</tr>\n")
    return bytes
  }
}

extension FamilyRenderer {
  /// What stands in the place of a withheld document.
  func withheldSheet(_ number: String, _ claim: PrivilegeClaim) -> String {
    number + "\n\nWITHHELD\nThis document is withheld as privileged (" + claim.basis
      + "). See LOGS/privilege-log.csv.\n"
  }

  /// What the load file says of redaction and privilege.
  func treat(_ row: inout FieldRow, _ plan: FamilyPlan, reasons: [RedactionReason]) {
    if plan.treatment.isWithheld {
      row[.withheld] = "Yes"
      return
    }
    guard !reasons.isEmpty else { return }
    row[.redacted] = "Yes"
    var codes: [String] = []
    for reason in reasons where !codes.contains(reason.rawValue) { codes.append(reason.rawValue) }
    row[list: .redactionType] = codes
  }

  /// Lists what is blacked out in the parent.
  func logRedactions(
    _ plan: FamilyPlan, _ facts: FamilyFacts, native: String, text: [UInt8],
    _ result: inout RenderedFamily
  ) {
    guard plan.treatment.isParentRedacted else { return }
    let number = options.numbers.text(plan.firstNumber)
    // What is about a file stands with its own document.
    let own = plan.treatment.redactions.filter { redaction in
      switch redaction.part {
      case .file, .fileName: false
      default: true
      }
    }
    log(
      own, plan, number, before: native, text: text, isChild: false,
      renderings: paths(of: [number], in: result), &result)
  }

  /// Lists what is blacked out in a child.
  func logRedactions(
    _ child: ChildDocument, _ plan: FamilyPlan, _ redactions: [Redaction], text: [UInt8],
    _ result: inout RenderedFamily
  ) {
    guard !plan.treatment.isWithheld, !redactions.isEmpty else { return }
    let number = options.numbers.text(child.number)
    // The parent shows the names of its files, and its messages carry them.
    log(
      redactions, plan, number, before: child.digests?.sha256 ?? "", text: text, isChild: true,
      renderings: paths(of: [options.numbers.text(plan.firstNumber), number], in: result), &result)
  }

  /// The files of documents, in the order in which they were made.
  private func paths(of numbers: [String], in result: RenderedFamily) -> [String] {
    result.files.map(\.path).filter { path in
      let name = path.split(separator: "/").last ?? ""
      return numbers.contains { name.hasPrefix($0 + ".") }
    }
  }

  private func log(
    _ redactions: [Redaction], _ plan: FamilyPlan, _ number: String, before: String,
    text: [UInt8], isChild: Bool, renderings: [String], _ result: inout RenderedFamily
  ) {
    guard !redactions.isEmpty else { return }
    let after = FileDigests(of: text.span).sha256
    for redaction in redactions {
      let place = place(of: redaction, in: plan, isChild: isChild)
      result.redactions += report.record([
        redaction.id, number, place.event, String(place.span.lowerBound),
        String(place.span.upperBound), redaction.reason.rawValue, redaction.basis, redaction.actor,
        redaction.time.rfc3339, before, after, renderings.joined(separator: ";"),
      ])
    }
  }

  /// The event of a redaction and its span in the event's body, in the file's text, or in the name.
  private func place(
    of redaction: Redaction, in plan: FamilyPlan, isChild: Bool
  ) -> (event: String, span: Range<Int>) {
    let source = plan.source
    guard let index = redaction.item, source.items.indices.contains(index) else {
      let count = (source.text(of: redaction.part, item: -1) ?? "").utf8.count
      return (redaction.part.name, redaction.span ?? 0..<count)
    }
    let item = source.items[index]
    // As the renderings name it: the id of its own may hold what is cut.
    let event = plan.unit.items[index].nativeID ?? "item-\(index + 1)"
    let blocks = EventView.blocks(of: item)
    switch redaction.part {
    case .block(let block):
      // The label of a document stands before the blocks.
      let position = block + blocks.count - item.blocks.count
      let start = EventView.start(ofBlock: position, in: blocks)
      let span = redaction.span ?? 0..<item.blocks[block].text.utf8.count
      return (event, start + span.lowerBound..<start + span.upperBound)
    case .item:
      return (event, 0..<EventView.body(of: blocks).utf8.count)
    default:
      let count = (source.text(of: redaction.part, item: index) ?? "").utf8.count
      return (event + " " + redaction.part.name, redaction.span ?? 0..<count)
    }
  }

  /// One row for a document that is withheld or redacted.
  func logPrivilege(
    _ row: FieldRow, _ plan: FamilyPlan, _ facts: FamilyFacts, _ number: String,
    _ redactions: [Redaction], _ result: inout RenderedFamily
  ) {
    let claim = plan.treatment.claim
    guard claim != nil || !redactions.isEmpty else { return }
    let reasons = row[list: .redactionType]
    let basis =
      claim?.basis ?? (reasons.contains("AC") ? "AC" : reasons.contains("WP") ? "WP" : "OTHER")
    let last = redactions.max { $0.time < $1.time }
    let type = row[.recordType].lowercased()
    let description =
      claim?.description.isEmpty == false
      ? claim?.description ?? ""
      : automaticDescription(type, plan, isChild: !row[.parentID].isEmpty)
    let values = [
      "PRIV-" + number, number, number, row[.familyID], row[.recordType], row[.dateTimeSent],
      facts.participants.first ?? "", facts.participants.dropFirst().joined(separator: "; "), "",
      "", row[.custodian], claim == nil ? row[.subject] : "", description, basis,
      claim?.workProduct ?? "", claim == nil ? "REDACTED" : "WITHHELD",
      claim?.attorneys.joined(separator: "; ") ?? "", reasons.joined(separator: "; "),
      row[.pageCount], volumeName, claim?.reviewer ?? last?.actor ?? "",
      (claim?.reviewed ?? last?.time)?.rfc3339 ?? "", "",
    ]
    result.privileges += report.record(values)
    result.privilegePage += PrivilegeLog.row(values)
  }

  private func automaticDescription(_ type: String, _ plan: FamilyPlan, isChild: Bool) -> String {
    if isChild { return "File (" + type + ") of the document before it in its family" }
    let count = plan.slice.items.count
    return "Record of the type " + type + " with " + String(count)
      + (count == 1 ? " message" : " messages")
  }
}
