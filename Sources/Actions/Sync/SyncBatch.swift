// SPDX-License-Identifier: Apache-2.0
import Capture
import Model
import Store

/// What was fetched and is not stored yet.
///
/// It is stored in one go: first the content, then in one change everything that says that it is
/// there, the positions of walks included. So a run that is killed asks again for what is not
/// there, and for nothing else.
struct SyncBatch {
  /// A unit, and the source's ids of the files that belong to it.
  var units: [(unit: CapturedUnit, files: [String])] = []
  var files: [FetchedFile] = []
  private(set) var notes: [SourceObjectNote] = []
  private var marks: [String: String] = [:]
  var people: [CapturedPerson] = []
  var problems: [(problem: CaptureProblem, kind: ExceptionKind)] = []
  var positions: [(walk: String, position: JSONValue?)] = []
  /// Changed since the last batch.
  var endpoints: Set<String> = []
  var byteCount = 0

  mutating func add(_ unit: CapturedUnit, files: [String] = []) {
    units.append((unit, files))
    byteCount += unit.native.count
  }

  mutating func add(_ note: SourceObjectNote) {
    notes.append(note)
    if let mark = note.mark { marks[note.kind.rawValue + " " + note.nativeID] = mark }
  }

  /// The state of an object that was read whole and is not stored yet; nil when there is none.
  func mark(_ kind: SourceObject.Kind, _ nativeID: String) -> String? {
    marks[kind.rawValue + " " + nativeID]
  }

  mutating func add(_ file: FetchedFile) {
    files.append(file)
    // Files wait on the disk; what counts is that little is lost when the run is killed.
    byteCount += Int(min(file.byteCount, 1 << 20))
  }
}
