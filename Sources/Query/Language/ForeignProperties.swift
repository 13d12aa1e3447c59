// SPDX-License-Identifier: Apache-2.0

/// Names of mail and site search that have no counterpart here (query-language section 8.2).
enum ForeignProperties {
  static func contains(_ name: String) -> Bool { names.contains(name) }

  private static let names: Set<String> = [
    "importance", "isread", "category", "folderid", "documentlink", "path", "site", "contenttype",
    "sharedwithusersowsuser", "viewablebyexternalusers", "contentclass", "documentid", "filepath",
    "lastmodifier", "lastmodifiedby", "editorowsuser", "createdby", "siteurl", "sitetitle",
    "sitepath", "webid", "uniqueid", "isdocument", "ispartiallyindexed", "inreplyto",
    "internetmessageid", "messageclass", "conversationindex", "meetingstartdate",
    "meetingenddate", "meetingsubject", "isonlinemeeting", "originalpath", "parentlink", "folder",
    "sensitivityheader", "bodytype", "dlpruleids", "expirationdate",
    // Contact fields.
    "businessaddress", "businessphone", "companyname", "contactdepartment", "department",
    "displayname", "emailaddress", "emaildisplayname", "firstname", "givenname", "homeaddress",
    "homephone", "imaddress", "jobtitle", "lastname", "middlename", "mobilephone", "nickname",
    "officelocation", "otheraddress", "phonenumber", "surname", "yominame",
  ]
}
