// SPDX-License-Identifier: Apache-2.0
package import Model
package import Store

/// A person as known for a time: the identities that were theirs, and what directories said.
package struct PersonThen: Sendable {
  package var time: Instant
  /// Nil when it is not known whose an account is.
  package var custodian: Custodian?
  /// Those whose time holds the time that is asked about; one without a time always does.
  package var identities: [CustodianIdentity]
  package var directory: [DirectoryAnswer]

  /// Asks for a person.
  ///
  /// - Parameters:
  ///   - custodian: The person.
  ///   - time: The time that is asked about.
  ///   - catalog: The store's.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package init(_ custodian: Custodian, at time: Instant, in catalog: Catalog) throws {
    let all = try catalog.identities(of: custodian)
    identities = all.filter { $0.valid.contains(time) }
    // An account that was somebody else's then says nothing of this person.
    let accounts: [IdentityKind] = [.account, .userID]
    let others = Set(
      all.filter { accounts.contains($0.kind) && !$0.valid.contains(time) }.map(\.value)
    ).subtracting(identities.map(\.value))
    let ids =
      identities.filter { accounts.contains($0.kind) }.map(\.value)
      + (try catalog.accounts(of: custodian)).map(\.nativeID)
    self.time = time
    self.custodian = custodian
    directory = try DirectoryAnswer.answers(
      for: ids.filter { !others.contains($0) }, at: time, in: catalog)
  }

  /// Asks for the owner of a conversation.
  ///
  /// - Parameters:
  ///   - record: The conversation.
  ///   - time: The time that is asked about.
  ///   - catalog: The store's.
  /// - Throws: `StoreError` when the catalog cannot be read.
  package init(
    ownerOf record: ConversationRecord, at time: Instant, in catalog: Catalog
  ) throws {
    if let custodian = try catalog.custodian(of: record) {
      self = try PersonThen(custodian, at: time, in: catalog)
      return
    }
    self.time = time
    identities = []
    directory = try DirectoryAnswer.answers(
      for: record.accountID.isEmpty ? [] : [record.accountID], at: time, in: catalog)
  }
}
