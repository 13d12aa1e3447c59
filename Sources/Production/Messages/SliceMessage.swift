// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// A slice as a message with its files: what RSMF and EML are made from.
struct SliceMessage: Sendable {
  /// Somebody who takes part.
  struct Participant: Sendable, Hashable {
    /// `U1` for the person whose it is, `U2` and so on for others who wrote, `A1` for the model, `S1`
    /// for tools and the system.
    var id: String
    /// One line of text.
    var display: String
    /// The address, where one is known that mail programs accept.
    var emailAddress: String?
    /// The address, or one that can never be delivered to.
    var mailAddress: String
    var accountID = ""
    /// What it is, in words.
    var role: String
    var models: [String] = []
  }

  /// A child of the family.
  struct File: Sendable {
    var number: String
    /// Index of the item that carries it.
    var item: Int
    var file: CapturedFile
    /// Why a sheet stands for the content, as part of its name, such as `ZERO_BYTE`; nil where the
    /// content or its text is there.
    var sheet: String?
    /// The content, or a sheet that says why there is none.
    var bytes: [UInt8]
    /// The extension of the native file, such as `txt`.
    var nativeExtension: String
  }

  /// When an event is shown to have been.
  struct Moment: Sendable, Hashable {
    var instant: Instant
    /// Whether the source tells it of this very event.
    var isTold: Bool
  }

  let plan: FamilyPlan
  let number: String
  /// With its angle brackets; the same on every run (export-formats section 6.4).
  let messageID: String
  /// Of earlier slices of the same unit, the first and the last ones, oldest first.
  let references: [String]
  /// The person first.
  let participants: [Participant]
  /// In reading order.
  let events: [EventView]
  /// One an event.
  let moments: [Moment]
  let files: [File]
  /// The plain transcript.
  let transcript: [UInt8]
  let sourceSHA256: String
  let designation: Designation

  init(
    _ plan: FamilyPlan, number: String, events: [EventView], children: [ChildDocument],
    numbers: ControlNumbers, transcript: [UInt8], sourceSHA256: String, date: CivilDate,
    designation: Designation
  ) {
    self.plan = plan
    self.number = number
    self.events = events
    self.transcript = transcript
    self.sourceSHA256 = sourceSHA256
    self.designation = designation
    messageID = SliceMessage.messageID(plan.produced.id, slice: plan.slice.id)
    references = plan.earlierSlices.map {
      SliceMessage.messageID(plan.produced.id, slice: $0)
    }
    participants = SliceMessage.participants(plan)
    moments = SliceMessage.moments(of: events, in: plan, date: date)
    files = children.map { child in
      let number = numbers.text(child.number)
      if let content = child.content, !content.isEmpty, !plan.withholdsNative(of: child.child) {
        return File(
          number: number, item: child.child.item, file: child.file, sheet: nil, bytes: content,
          nativeExtension: child.nativeExtension)
      }
      // The content is here and must not be produced, and no text stands for it.
      if child.content?.isEmpty == false, child.file.text?.isEmpty ?? true {
        let claim = plan.treatment.claim
        return File(
          number: number, item: child.child.item, file: child.file,
          sheet: claim == nil ? "REDACTED" : "WITHHELD",
          bytes: Array((designation.textHead + heldSheet(number, claim, child.file)).utf8),
          nativeExtension: "txt")
      }
      let code: ExceptionCode? =
        child.file.text.map { $0.isEmpty ? .zeroByte : nil }
        ?? (child.content?.isEmpty == true ? .zeroByte : .missingAtSource)
      // What is no native file is a rendering.
      let isNative = code == nil && !plan.withholdsNative(of: child.child)
      return File(
        number: number, item: child.child.item, file: child.file, sheet: code?.rawValue,
        bytes: Array(
          ((isNative ? "" : designation.textHead)
            + (code.map { slipSheet(number, $0, child.file) } ?? child.file.text ?? "")).utf8),
        nativeExtension: child.content == nil ? child.nativeExtension : "txt")
    }
  }

  /// The one who speaks in an item.
  func participant(_ item: CapturedItem) -> Participant {
    let found =
      switch item.role {
      case .user:
        participants.first {
          $0.role == Self.personRole
            && $0.accountID == plan.produced.person(behind: item).accountID
        }
      case .assistant: participants.first { $0.id == "A1" }
      case .tool, .system: participants.first { $0.id == "S1" }
      }
    return found ?? participants[0]
  }

  private static let personRole = "Human user"

  /// Title, date and part, one line.
  var subject: String {
    // Short enough that the rest is never cut off.
    let title = limited(headerLine(plan.unit.title), 800)
    let date = plan.slice.date?.isoText ?? "undated"
    return (title.isEmpty ? "Untitled" : title)
      + " - \(date) (\(plan.slice.part) of \(plan.slice.partCount))"
  }

  private static func messageID(_ unit: ObjectID, slice: String) -> String {
    "<" + SHA256Digest(of: unit.text + "\u{1F}" + slice).hexadecimal.prefix(40)
      + "@custody.invalid>"
  }

  private static func participant(_ person: ProducedCustodian, _ number: Int) -> Participant {
    let address = MailAddress.isValid(person.emailAddress) ? person.emailAddress : nil
    let name = headerLine(person.displayName)
    return Participant(
      id: "U\(number)", display: name.isEmpty ? "Unknown person" : name, emailAddress: address,
      mailAddress: address ?? MailAddress.standIn(person.accountID, domain: "account.invalid"),
      accountID: person.accountID, role: personRole)
  }

  private static func participants(_ plan: FamilyPlan) -> [Participant] {
    var people = [plan.produced.custodian]
    for index in plan.slice.items {
      let person = plan.produced.person(behind: plan.unit.items[index])
      if !people.contains(where: { $0.accountID == person.accountID }) { people.append(person) }
    }
    var all = people.enumerated().map { index, person in participant(person, index + 1) }
    var models: [String] = []
    var roles: Set<ItemRole> = plan.unit.kind == .conversation ? [.assistant] : []
    for index in plan.slice.items {
      let item = plan.unit.items[index]
      roles.insert(item.role)
      if item.role == .assistant, let model = item.model, !model.isEmpty, !models.contains(model) {
        models.append(model)
      }
    }
    if roles.contains(.assistant) {
      all.append(
        Participant(
          id: "A1", display: "Claude", mailAddress: "claude@ai.invalid", role: "AI assistant",
          models: models))
    }
    if roles.contains(.system) || roles.contains(.tool) {
      all.append(
        Participant(
          id: "S1", display: "System", mailAddress: "system@ai.invalid",
          role: "System and tool output"))
    }
    return all
  }

  // An event without a time stands at that of the one before it, the first ones at that of the
  // next. Where the source tells no time at all, the unit's, else the run's stated date, which the
  // format asks for (export-formats section 1.4).
  private static func moments(
    of events: [EventView], in plan: FamilyPlan, date: CivilDate
  ) -> [Moment] {
    var last =
      events.lazy.compactMap(\.time).first ?? plan.unit.createdAt?.instant
      ?? Instant(startOf: date)
    return events.map { event in
      if let time = event.time { last = time }
      return Moment(instant: last, isTold: event.time != nil)
    }
  }
}

/// Addresses in mail headers.
enum MailAddress {
  /// Whether a text is an address that every mail program accepts: atoms with dots, `@`, and a
  /// domain of two labels or more, all ASCII.
  static func isValid(_ text: String) -> Bool {
    let halves = text.utf8.split(
      separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
    guard halves.count == 2, text.utf8.count <= 254, halves[0].count <= 64 else { return false }
    let local = halves[0].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    let labels = halves[1].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard labels.count >= 2 else { return false }
    return local.allSatisfy { !$0.isEmpty && $0.allSatisfy(isAtom) }
      && labels.allSatisfy { label in
        !label.isEmpty && label.count <= 63 && label.first != UInt8(ascii: "-")
          && label.last != UInt8(ascii: "-") && label.allSatisfy(isLabel)
      }
  }

  /// An address for somebody of whom none is known.
  static func standIn(_ accountID: String, domain: String) -> String {
    let safe = accountID.utf8.filter { isLabel($0) || $0 == UInt8(ascii: "_") }.prefix(60)
    return (safe.isEmpty ? "unknown" : String(decoding: Array(safe), as: UTF8.self)) + "@" + domain
  }

  private static func isLabel(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
      true
    default: false
    }
  }

  private static func isAtom(_ byte: UInt8) -> Bool {
    isLabel(byte) || "!#$%&'*+/=?^_`{|}~".utf8.contains(byte)
  }
}

/// The sheet that stands for a file without content.
func slipSheet(_ number: String, _ code: ExceptionCode, _ file: CapturedFile) -> String {
  let reason =
    switch code {
    case .zeroByte: "The file has no content."
    case .missingAtSource: "The capture holds the file's name, not its content."
    default: "The file is here, and no text of it: " + file.lackNote + "."
    }
  let size = file.byteCount.map { "Size told by the source: \($0) bytes\n" } ?? ""
  return number + "\n\n" + code.rawValue + "\n" + reason + "\n\nFile name: " + file.name + "\n"
    + size
}

/// The sheet that stands for a file whose content is here and left out.
private func heldSheet(_ number: String, _ claim: PrivilegeClaim?, _ file: CapturedFile) -> String {
  let reason =
    claim.map {
      "WITHHELD\nThe file is withheld as privileged (\($0.basis)). See LOGS/privilege-log.csv."
    }
    ?? "REDACTED\nThe file is left out: it, or its name, is blacked out. See LOGS/redaction-log.csv."
  return number + "\n\n" + reason + "\n\nFile name: " + file.name + "\n"
}

/// A text on one line, without what acts on a display unseen: controls become spaces, marks of
/// direction their code points.
func headerLine(_ text: String) -> String {
  guard text.utf8.contains(where: { $0 < 0x20 || $0 >= 0x7F }) else { return trimmed(text) }
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029: result += " "
    case 0x061C, 0x200B, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069, 0xFEFF:
      let digits = String(scalar.value, radix: 16, uppercase: true)
      result += "[U+" + String(repeating: "0", count: 4 - digits.utf8.count) + digits + "]"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return trimmed(result)
}

private func trimmed(_ text: String) -> String {
  guard text.utf8.first == 0x20 || text.utf8.last == 0x20 else { return text }
  let bytes = Array(text.utf8)
  let start = bytes.firstIndex { $0 != 0x20 } ?? bytes.endIndex
  let end = bytes.lastIndex { $0 != 0x20 }.map { $0 + 1 } ?? start
  return String(decoding: bytes[start..<end], as: UTF8.self)
}
