// SPDX-License-Identifier: Apache-2.0
import Model

/// What all native records of a session together tell of it: title and working folder, as they do when
/// they are read together (`TranscriptBuilder`), from one record at a time.
struct SessionFacts {
  private var title: (rank: Int, place: NativePlace, text: String)?
  /// Of the records that make items, else of those that make none.
  private var folder: (isKept: Bool, place: NativePlace, path: String)?

  /// Adds a record.
  mutating func add(_ native: [UInt8]) {
    let lines = ClaudeCode.lines(of: native)
    let place = NativePlace(native, times: lines.lazy.compactMap { $0.line?.time?.instant })
    var own: (rank: Int, text: String)?
    for line in lines.lazy.compactMap(\.line) {
      guard let given = line.title, given.rank >= own?.rank ?? 0 else { continue }
      own = given
    }
    if let own, title.map({ ($0.rank, $0.place) < (own.rank, place) }) ?? true {
      title = (own.rank, place, own.text)
    }
    for isKept in [false, true] {
      let found = lines.lazy.filter { $0.isKept == isKept }.compactMap(\.line?.workingFolder).first
      guard let found else { continue }
      let precedes = folder.map { known in
        known.isKept == isKept ? place < known.place : known.isKept
      }
      if precedes ?? true { folder = (isKept, place, found) }
      return
    }
  }

  /// Gives a part of the session what they tell.
  func describe(_ unit: inout CapturedUnit) {
    unit.title = title?.text ?? ""
    if let folder { unit.take(workingFolder: folder.path) }
  }
}

extension CapturedUnit {
  /// Takes what the folder tells in which a session worked: the project, and whose it may be.
  mutating func take(workingFolder folder: String) {
    projectID = folder
    projectName = folder.split { $0 == "/" || $0 == "\\" }.last.map(String.init) ?? folder
    accountID = UserFolder.person(in: folder)
    accountIsInferred = accountID != nil
  }
}
