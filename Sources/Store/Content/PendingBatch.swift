// SPDX-License-Identifier: Apache-2.0
import Bytes
import Glibc
import Model
import Query

/// What a writer has prepared for one partition and not yet written: bounded by its byte count.
///
/// Whatever has a variable length lies in `arena`, so that an item is a plain value: it is sorted
/// and bound without counting references, and SQLite reads its bytes where they are.
struct PendingBatch {
  /// A version of a conversation.
  struct Record {
    var row: Int64
    var conversation: Int64
    var version: Int
    var title: String
    var account: Int64?
    var project: Int64?
    var organization: Int64?
    var captured: Instant
    var created: Int64?
    var updated: Int64?
    var deleted: Int64?
    var leaf: String?
    var flags: [RecordFlag]
    var itemCount: Int
    var digest: [UInt8]
    var byteCount: Int
    var compressed: Range<Int>
  }

  /// The row of an item's first version.
  enum First {
    case own
    case row(Int64)
    /// The index of an item of this batch.
    case pending(Int)
  }

  /// A version of an item; ranges are places of the arena.
  struct Item {
    var conversation: Int64
    var record: Int64
    var first: First
    var version: Int
    var position: Int
    var time: Int64?
    var idKey: Int64
    var byteCount: Int
    var flags: ItemFlags
    var kind: Range<Int>
    var role: Range<Int>
    var account: Int64?
    var sender: Int64?
    var model: Int64?
    var updated: Int64?
    var nativeKey: Int64?
    var nativeID: Range<Int>?
    var parent: Range<Int>?
    var nativeRole: Range<Int>
    var nativeOffset: Int
    var digest: Range<Int>
    var texts: ItemTexts
    /// Its places in the batch's `files`.
    var files: Range<Int>
    /// Its places in the batch's `aliases`.
    var aliases: Range<Int>
    /// Its places in the batch's `sensitive`.
    var sensitive: Range<Int>
  }

  struct File {
    var kind: String
    var nativeID: String?
    var name: String
    var type: String
    var fileExtension: String
    var byteCount: Int64?
    var version: Int?
    var hasText: Bool
    /// The digests of its text; empty when it has none.
    var sha256: [UInt8]
    var md5: [UInt8]
    /// The digests of its bytes; empty when they are not here.
    var contentSHA256: [UInt8]
    var contentMD5: [UInt8]
    var lack: String
    var note: String
    var reader: String
  }

  struct Conversation {
    var key: Int64
    var idKey: Int64
    var kind: UnitKind
    var route: String
    var nativeID: String
  }

  struct Term {
    var key: Int64
    var kind: String
    var text: String
    var detail: String
  }

  var arena: [UInt8] = []
  var terms: [Term] = []
  var conversations: [Conversation] = []
  var records: [Record] = []
  var items: [Item] = []
  var files: [File] = []
  var aliases: [String] = []
  var sensitive: [SensitiveCount] = []

  var isEmpty: Bool { records.isEmpty }

  /// Bytes held, near enough for a bound on memory.
  var byteCount: Int {
    arena.count + items.count * MemoryLayout<Item>.stride
      + files.count * MemoryLayout<File>.stride
      + sensitive.count * MemoryLayout<SensitiveCount>.stride
  }

  /// The indices of the items in the order in which they are stored: of time, those without one
  /// last, then of id.
  var order: [Int] {
    var keys: [(time: Int64, idKey: Int64, index: Int)] = []
    keys.reserveCapacity(items.count)
    for index in items.indices {
      keys.append((items[index].time ?? .max, items[index].idKey, index))
    }
    keys.sort(by: <)
    return keys.map(\.index)
  }

  mutating func append(text: String) -> Range<Int> {
    let start = arena.count
    arena.append(contentsOf: text.utf8)
    return start..<arena.count
  }

  mutating func append(bytes: [UInt8]) -> Range<Int> {
    let start = arena.count
    arena.append(contentsOf: bytes)
    return start..<arena.count
  }
}

/// Where the five texts of an item lie in a batch's arena, in the index's order of columns.
struct ItemTexts {
  var body: Range<Int>
  var title: Range<Int>
  var names: Range<Int>
  var files: Range<Int>
  var facet: Range<Int>

  init() {
    body = 0..<0
    title = 0..<0
    names = 0..<0
    files = 0..<0
    facet = 0..<0
  }

  func with(facet: Range<Int>) -> ItemTexts {
    var texts = self
    texts.facet = facet
    return texts
  }
}

extension [UInt8] {
  /// Appends texts with the separator between them; empty ones are left out.
  ///
  /// The two noncharacters that mean something in the index become U+FFFD.
  /// - Returns: The range that they took, and how many there were.
  mutating func append(
    segments: some Sequence<String>
  ) -> (range: Range<Int>, count: Int) {
    let start = count
    var segmentCount = 0
    for segment in segments where !segment.isEmpty {
      if segmentCount > 0 { append(contentsOf: separatorBytes) }
      segmentCount += 1
      appendFolded(segment)
    }
    return (start..<count, segmentCount)
  }

  private mutating func appendFolded(_ segment: String) {
    var segment = segment
    let mayHold = segment.withUTF8 { bytes in
      unsafe bytes.baseAddress.map { unsafe memchr($0, 0xF4, bytes.count) != nil } ?? false
    }
    let start = count
    append(contentsOf: segment.utf8)
    guard mayHold else { return }
    var index = start
    while index + 3 < count {
      if self[index] == 0xF4, self[index + 1] == 0x8F, self[index + 2] == 0xBF,
        self[index + 3] >= 0xBE
      {
        replaceSubrange(index..<(index + 4), with: [0xEF, 0xBF, 0xBD])
      }
      index += 1
    }
  }
}

private let separatorBytes = Array(String(Character(Tokenizer.segmentSeparator)).utf8)
