// SPDX-License-Identifier: Apache-2.0

/// A searchable property, by its canonical name (query-language section 8.1).
package enum Property: String, CaseIterable, Sendable {
  case body, title, kind, itemclass, role, from, to, participants, custodian, sent, modified,
    captured, deleted, conversation, id, source, run, project, organization, model, app, tool,
    hasattachment, attachment, filetype, mimetype, size, hash, language, sensitivetype,
    sensitivitylabel, retentionlabel, hold, indexstatus, indexerror, edited, provenance
  /// Properties of documents in a review set.
  case tag, reviewset, loadid, family, conversationfamily, ndset, theme, isrepresentative,
    isduplicate, note
}
