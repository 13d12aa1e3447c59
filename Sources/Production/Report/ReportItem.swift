// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// One row of `Items.csv` (export-formats section 8).
enum ReportItem {
  static let header = [
    "File_ID", "Immutable_ID", "Family_ID", "Group_ID", "Conversation_ID",
    "ConversationFamilyID", "ConversationName", "ConversationType", "File_class", "Item_class",
    "Custodian", "Deduped_custodians", "Deduped_file_IDs", "Deduped_compound_path", "Location",
    "Location_name", "Compound_path", "Date", "Participants", "ContainsDeletedMessage",
    "ContainsEditedMessage", "ModernAttachment_ParentId", "Native_file_name",
    "Native_extension", "Native_type", "Native_size", "Native_MD5", "Native_SHA_256",
    "Extracted_text_length", "Has_text", "Export_native_path", "Extracted_text_path",
    "Converted_file_path", "Load_ID", "Is_representative", "Duplicate_subset", "ND_set",
    "Marked_as_pivot", "Email_message_ID", "Added_by", "Error_Ignored", "Tags",
  ]

  /// The values of a document.
  ///
  /// - Parameters:
  ///   - row: The document's record.
  ///   - plan: Its family.
  ///   - time: When the family begins.
  ///   - textByteCount: The size of its text.
  ///   - selection: The review set's name.
  /// - Returns: One value a column.
  static func values(
    _ row: FieldRow, _ plan: FamilyPlan, time: String, textByteCount: Int, selection: String
  ) -> [String] {
    let produced = plan.produced
    let isChild = !row[.parentID].isEmpty
    let type = RecordType(rawValue: row[.recordType])
    let isConversation = type == .chat || type == .session
    let fileClass = isChild ? "Attachment" : isConversation ? "Conversations" : "Document"
    let itemClass =
      isChild ? ItemClass.attachment : ItemClass.items(ofRoute: plan.unit.route)
    let nativeName = row[.nativePath].split(separator: "\\").last.map(String.init) ?? ""
    let location =
      produced.custodian.emailAddress.isEmpty
      ? produced.custodian.accountID : produced.custodian.emailAddress
    return [
      row[.beginDocument], produced.id.text, row[.familyID], row[.conversationID],
      row[.conversationID], row[.sliceID], plan.unit.title,
      plan.unit.kind == .conversation ? "direct" : "", fileClass, itemClass, row[.custodian],
      joined(row, .dedupedCustodians),
      produced.duplicates.map(\.sourceID.asListPart).joined(separator: ";"),
      joined(row, .dedupedPaths), location, produced.platform, row[.sourcePath], time,
      joined(row, .participants), isChild ? "" : row[.hasDeleted],
      isChild ? "" : row[.hasEdited],
      row[.parentID], isChild ? row[.fileName] : nativeName,
      isChild ? row[.fileExtension] : "json",
      isChild ? row[.mediaType] : "application/json", row[.fileSize], row[.md5], row[.sha256],
      String(textByteCount), textByteCount > 0 ? "Yes" : "No", row[.nativePath], row[.textPath],
      row[extra: .htmlPath], selection, "Yes", row[.familyHash], "", "", "", "",
      joined(row, .exception), row[extra: .tags],
    ]
  }

  private static func joined(_ row: FieldRow, _ field: Field) -> String {
    row[list: field].map(\.asListPart).joined(separator: ";")
  }
}

/// One row of `Messages.csv` (export-formats section 8).
enum ReportMessage {
  static let header = [
    "Conversation_ID", "Slice", "Event_ID", "Parent_ID", "Time_UTC", "Sender", "Role", "Model",
    "Kind", "In_scope", "Deleted", "Edited", "Attachment_IDs", "Body_SHA256", "Body_length",
    "Control_number",
  ]

  /// The values of an event.
  ///
  /// - Parameters:
  ///   - event: The event.
  ///   - plan: Its family.
  ///   - number: The control number of its slice.
  ///   - withBody: Whether the words come last.
  /// - Returns: One value a column.
  static func values(
    _ event: EventView, _ plan: FamilyPlan, number: String, withBody: Bool
  ) -> [String] {
    let item = plan.unit.items[event.index]
    let body = event.body
    let values = [
      plan.unit.nativeID, plan.slice.id, event.id, item.parentNativeID ?? "",
      event.time?.rfc3339 ?? "", event.sender, item.role.rawValue, item.model ?? "",
      item.kind.rawValue,
      plan.produced.selection[event.index] == .context ? "context" : "yes",
      plan.isDeleted(event.index) ? "Yes" : "No",
      plan.thread.isEdited[event.index] ? "Yes" : "No",
      event.attachments.map(\.number).joined(separator: ";"), SHA256Digest(of: body).hexadecimal,
      String(body.utf8.count), number,
    ]
    return withBody ? values + [body] : values
  }
}
