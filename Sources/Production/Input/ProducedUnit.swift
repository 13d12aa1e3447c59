// SPDX-License-Identifier: Apache-2.0
package import Model

/// A person whose data is produced.
package struct ProducedCustodian: Sendable, Hashable {
  /// The name as people write it; may be empty.
  package var fullName: String
  /// The e-mail address; may be empty.
  package var emailAddress: String
  /// The source's account id; used where there is neither name nor address.
  package var accountID: String

  package init(fullName: String, emailAddress: String = "", accountID: String = "") {
    self.fullName = fullName
    self.emailAddress = emailAddress
    self.accountID = accountID
  }

  /// `Last, First` where the name has two parts, else the name, address or account
  /// (export-formats section 4.2, field CUSTODIAN).
  ///
  /// A name that is made of the account or an address stays as it is.
  package var sortedName: String {
    let words = fullName.split(separator: " ")
    guard let last = words.last else { return emailAddress.isEmpty ? accountID : emailAddress }
    let isAccount =
      fullName == accountID || words.contains { $0 == accountID || $0.contains("@") }
    guard words.count > 1, !isAccount, !fullName.contains(",") else { return fullName }
    return last + ", " + words.dropLast().joined(separator: " ")
  }

  /// The name for people: full name, else address, else account.
  package var displayName: String {
    if !fullName.isEmpty { return fullName }
    if !emailAddress.isEmpty { return emailAddress }
    return accountID.isEmpty ? "Unknown person" : accountID
  }
}

/// A copy that was left out because an equal one is produced (export-formats section 12.1).
package struct SuppressedDuplicate: Sendable, Hashable {
  /// What names the copy at its source.
  package var sourceID: String
  package var custodian: ProducedCustodian
  package var path: String
  /// How equality was decided, such as `family-sha256`.
  package var method: String
  package var hash: String
  /// `global` or `custodial`.
  package var scope: String
  /// When the copy was captured.
  package var time: Instant?

  package init(
    sourceID: String, custodian: ProducedCustodian, path: String, method: String, hash: String,
    scope: String, time: Instant? = nil
  ) {
    self.sourceID = sourceID
    self.custodian = custodian
    self.path = path
    self.method = method
    self.hash = hash
    self.scope = scope
    self.time = time
  }
}

/// What becomes of an item of a unit.
package enum ItemSelection: Sendable, Hashable {
  /// Responsive: counted.
  case selected
  /// Shown around a responsive item, marked, never counted.
  case context
  /// Left out of every file.
  case excluded
}

/// One conversation, or one record outside conversations, to be produced.
package struct ProducedUnit: Sendable {
  /// Our identifier of the unit.
  package var id: ObjectID
  /// The record as captured: native bytes and parsed items.
  package var unit: CapturedUnit
  /// One entry an item, in the same order.
  package var selection: [ItemSelection]
  /// The master's custodian.
  package var custodian: ProducedCustodian
  /// People who wrote in it, by the accounts that its items name as their senders.
  package var senders: [String: ProducedCustodian] = [:]
  /// All custodians who have the record, the master's included or not; order counts.
  package var allCustodians: [ProducedCustodian]
  /// Copies that were left out.
  package var duplicates: [SuppressedDuplicate]
  /// Where it happened, such as `claude.ai`.
  package var platform: String
  package var organization: String
  /// The project's name; empty where there is none or the source does not tell.
  package var project: String
  /// The source's name, such as `import`.
  package var sourceName: String
  /// The path or address at the source, `!/` between levels of archives.
  package var sourcePath: String
  /// When it was captured.
  package var capturedAt: Instant?
  /// Failures and gaps beyond those of the record itself.
  package var problems: [CaptureProblem]
  /// What is blacked out before any rendering is made.
  package var redactions: [Redaction]
  /// Items that the set asks for and no unit of the conversation holds, such as context that changed
  /// since; told with the first of its units.
  package var omittedCount = 0
  /// Whether anything of the same conversation is blacked out or withheld, be it in another version of
  /// it or in an item that is no longer in the set: fields that no slice shows may tell of it.
  package var isTouched = false
  /// The items, by index, that keep their documents from being produced.
  package var privileged: [Int: PrivilegeClaim]
  /// Tags of items, by index: the tag's group and name.
  package var tags: [Int: [ItemTag]]
  /// The source's id of the unit that contains it (export-formats section 12.3); nil where
  /// none does, or nobody looked.
  package var includedIn: String?
  /// Which version of its record it is, where a newer one is produced beside it; nil of the newest.
  package var olderVersion: Int?
  /// What another store needs to make the review set again; nil where nobody asked, and where the
  /// conversation is left out of that.
  package var review: ReviewUnit?
  /// Conversations before this one, and perhaps this one, that the review data leaves out.
  package var leftOut: [ReviewLeftOutData]

  /// - Parameters:
  ///   - id: Our identifier.
  ///   - unit: The record.
  ///   - selection: One entry an item.
  ///   - custodian: Whose it is.
  ///   - platform: Nil takes that of the unit's route.
  ///   - sourcePath: Where it lay.
  package init(
    id: ObjectID, unit: CapturedUnit, selection: [ItemSelection], custodian: ProducedCustodian,
    platform: String? = nil, sourcePath: String
  ) {
    self.id = id
    self.unit = unit
    self.selection = selection
    self.custodian = custodian
    allCustodians = []
    duplicates = []
    self.platform = platform ?? Platform.name(ofRoute: unit.route)
    organization = ""
    project = unit.projectName ?? ""
    self.sourcePath = sourcePath
    sourceName = ""
    problems = []
    redactions = []
    privileged = [:]
    tags = [:]
    leftOut = []
  }
}

/// A tag that a reviewer set on an item.
package struct ItemTag: Sendable, Hashable {
  package var group: String
  package var name: String

  package init(group: String, name: String) {
    self.group = group
    self.name = name
  }
}

/// Hands over the units of a set one at a time, in the order of their control numbers.
///
/// The same set must always come in the same order: the numbers follow it.
package protocol ProductionSource {
  /// The next unit; nil after the last.
  mutating func nextUnit() throws -> ProducedUnit?

  /// After the last unit: conversations behind it that the review data leaves out.
  func remainder() -> [ReviewLeftOutData]
}

extension ProductionSource {
  package func remainder() -> [ReviewLeftOutData] { [] }
}

/// A source over values in memory or any lazy sequence.
package struct SequenceSource<Units: Sequence<ProducedUnit>>: ProductionSource {
  private var iterator: Units.Iterator

  /// Hands over the sequence's units in its order.
  package init(_ units: Units) {
    iterator = units.makeIterator()
  }

  package mutating func nextUnit() -> ProducedUnit? {
    iterator.next()
  }
}

extension ProducedUnit {
  /// The person who wrote an item of it: the one whom it names, else whose it is.
  func person(behind item: CapturedItem) -> ProducedCustodian {
    guard item.role == .user, let sender = item.senderID, sender != unit.accountID else {
      return custodian
    }
    return senders[sender] ?? ProducedCustodian(fullName: "", accountID: sender)
  }
}
