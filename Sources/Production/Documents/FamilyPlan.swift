// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// A parent and its children before rendering: what they are and which numbers they have.
struct FamilyPlan: Sendable {
  /// A file that an item of the slice carries.
  struct Child: Sendable, Hashable {
    var item: Int
    var file: Int
  }

  /// What renderings show: blacked out where it must be, and then without native bytes.
  let produced: ProducedUnit
  /// The unit as captured: for the native file and digests alone, never for a rendering.
  let source: CapturedUnit
  let treatment: FamilyTreatment
  /// Where the calls lie that a conversation is put together from; empty of every other unit.
  private let calls: CallRecords
  var thread: ThreadOrder
  var slice: Slice
  /// Whether problems of the unit as a whole belong here.
  var isFirstSlice: Bool
  var children: [Child]
  /// Ids of earlier slices of the unit: the first one and the last nine, in order.
  var earlierSlices: [String]
  /// The parent's control number; the children have the next ones.
  var firstNumber: Int
  /// The parent's position in its volume, from 0.
  var firstPosition: Int

  var documentCount: Int { 1 + children.count }
  var unit: CapturedUnit { produced.unit }

  init(
    produced: ProducedUnit, thread: ThreadOrder, slice: Slice, isFirstSlice: Bool,
    earlierSlices: [String] = [], firstNumber: Int = 0, firstPosition: Int = 0,
    calls: CallRecords? = nil
  ) {
    treatment = FamilyTreatment(produced, items: slice.items)
    self.calls = calls ?? CallRecords(of: produced, [slice])
    self.produced = treatment.rendered(produced)
    source = produced.unit
    self.thread = thread
    self.slice = slice
    self.isFirstSlice = isFirstSlice
    self.earlierSlices = earlierSlices
    self.firstNumber = firstNumber
    self.firstPosition = firstPosition
    let items = produced.unit.items
    children = slice.items.flatMap { index in
      items[index].files.indices.map { Child(item: index, file: $0) }
    }
  }

  /// The record type of the parent (export-formats section 1.1).
  var recordType: RecordType {
    switch unit.kind {
    case .conversation: ItemClass.items(ofRoute: unit.route) == ItemClass.code ? .session : .chat
    case .project: .project
    case .memory: .memory
    case .activity: .activity
    }
  }

  func file(_ child: Child) -> CapturedFile {
    unit.items[child.item].files[child.file]
  }

  /// Whether an item was deleted at the source: by itself, or with its whole unit.
  func isDeleted(_ item: Int) -> Bool {
    unit.deletedAt != nil || unit.items[item].flags.contains(.deletedAtSource)
  }

  /// A file as captured: for its native file and digests alone.
  func sourceFile(_ child: Child) -> CapturedFile {
    source.items[child.item].files[child.file]
  }

  /// Whether the parent's native file is left out: it holds what is blacked out or withheld.
  var withholdsNative: Bool {
    treatment.isWithheld || treatment.isParentRedacted || sharesNative
  }

  /// Whether nothing is blacked out or withheld here, and yet the native bytes of the slice may repeat
  /// what is so in another one.
  var sharesNative: Bool {
    guard treatment.isUnitTouched, !treatment.isWithheld, !treatment.isParentRedacted else {
      return false
    }
    return calls.isEmpty ? !isRegular : !calls.holdApart(ranges, in: source.native)
  }

  /// Whether a child's native file is left out.
  func withholdsNative(of child: Child) -> Bool {
    treatment.isWithheld || !treatment.redactions(of: child).isEmpty
  }

  /// The native bytes of the parent, as captured; see ``withholdsNative``.
  ///
  /// The whole native record where the slice holds all items. Else, of a conversation, the record
  /// without the messages that lie elsewhere: its own fields and each message of the slice keep
  /// their bytes, and messages are joined by `,` or, in a record of lines, by a line feed. Of a
  /// conversation that is put together from calls, the whole calls that hold the slice. Other records
  /// become an object with the unit's id and the native bytes of the items in scope, and so does a
  /// conversation of which another slice is redacted or withheld: its own fields may tell of that.
  func native() throws -> [UInt8] {
    let unit = source
    let items = unit.items
    let isAlone = treatment.isUnitTouched && !withholdsNative
    guard slice.items.count < items.count || isAlone else { return unit.native }
    guard items.allSatisfy({ $0.nativeRange.upperBound <= unit.native.count }) else {
      throw ProductionError(
        .invalidSource, "the items of \(produced.id) do not lie in its native record")
    }
    if !calls.isEmpty, !isAlone { return calls.extract(ranges, from: unit.native) }
    var output: [UInt8] = []
    let keepsFields = unit.kind == .conversation && !isAlone && isRegular
    if keepsFields {
      output += unit.native[..<(items.first?.nativeRange.lowerBound ?? 0)]
    } else {
      output.append(#"{"extract_of":"#)
      output.append(JSONValue.string(unit.nativeID).canonical)
      output.append(#","items":["#)
    }
    let joint = keepsFields ? Self.joint(of: items, in: unit.native) : UInt8(ascii: ",")
    for (position, range) in ranges.enumerated() {
      if position > 0 { output.append(joint) }
      output += unit.native[range]
    }
    if keepsFields {
      output += unit.native[(items.last?.nativeRange.upperBound ?? 0)...]
    } else {
      output.append("]}")
    }
    return output
  }

  /// Whether the items lie one after another in the record.
  private var isRegular: Bool {
    let items = source.items
    return items.indices.dropFirst().allSatisfy {
      items[$0 - 1].nativeRange.upperBound <= items[$0].nativeRange.lowerBound
    }
  }

  /// Where the items of the slice lie, in the order of bytes: each place once, and none inside
  /// another.
  private var ranges: [Range<Int>] {
    let all = slice.items.map { source.items[$0].nativeRange }
      .sorted { ($0.lowerBound, -$0.upperBound) < ($1.lowerBound, -$1.upperBound) }
    var result: [Range<Int>] = []
    for range in all where range.upperBound > result.last?.upperBound ?? -1 {
      result.append(range)
    }
    return result
  }
}

extension FamilyPlan {
  /// What stands between the messages of a record: a comma, or, of a record of lines, a line feed.
  private static func joint(of items: [CapturedItem], in native: [UInt8]) -> UInt8 {
    let comma = UInt8(ascii: ",")
    let lineFeed = UInt8(ascii: "\n")
    guard items.count > 1 else { return comma }
    let between = native[items[0].nativeRange.upperBound..<items[1].nativeRange.lowerBound]
    return !between.contains(comma) && between.contains(lineFeed) ? lineFeed : comma
  }
}

/// What a document is (export-formats section 1.1).
package enum RecordType: String, Sendable, CaseIterable {
  case chat = "CHAT"
  case session = "SESSION"
  case attachment = "ATTACHMENT"
  case artifact = "ARTIFACT"
  case project = "PROJECT"
  case memory = "MEMORY"
  case activity = "ACTIVITY"
}
