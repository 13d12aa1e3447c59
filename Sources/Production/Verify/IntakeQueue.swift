// SPDX-License-Identifier: Apache-2.0
import Archives
import Bytes
import Dispatch
import Synchronization

/// A file whose bytes come in pieces from one thread.
struct WaitingFile {
  let path: String
  /// What its ``Checksum`` must be; nil where that is looked at elsewhere.
  let checksum: UInt32?
  fileprivate(set) var byteCount: Int64 = 0
  // What was not handed over yet.
  fileprivate var pieces: [ArraySlice<UInt8>] = []
  fileprivate var pieceByteCount = 0
  // Of a file that was too large to wait for its end.
  fileprivate var large: LargeFile?

  init(_ path: String, checksum: UInt32? = nil) {
    self.path = path
    self.checksum = checksum
  }
}

/// Takes in the files of a volume on all cores while the next ones are read.
///
/// Small files are taken in by the dozen, large ones in parts that follow each other; the reader waits
/// where a few parts are in memory. One thread reads.
final class IntakeQueue: Sendable {
  private static let partByteCount = 1 << 20
  private static let maximumPartCount = 16
  // So many that MD5 of them at once pays, and less than may be hashed together.
  private static let maximumGroupCount = 96

  private let wish: IntakeWish
  private let free = DispatchSemaphore(value: IntakeQueue.maximumPartCount)
  private let jobs = DispatchGroup()
  private let small = Mutex(SmallFiles())
  private let found = Mutex(Found())
  private let wrongChecksums = Atomic(0)

  private struct SmallFiles {
    var group: [(number: Int, file: WaitingFile)] = []
    var byteCount = 0
    /// How many files are finished, large ones included.
    var fileCount = 0
  }

  private struct Found {
    /// Those of which nothing but size and digests is known, in any order.
    var plain: [FileIntake.Findings] = []
    /// Lists and what load files say.
    var telling: [(number: Int, findings: FileIntake.Findings)] = []
  }

  init(_ wish: IntakeWish) {
    self.wish = wish
  }

  /// Whether all files so far had the checksums that they should; asked after ``wait()``.
  var isSound: Bool { wrongChecksums.load(ordering: .relaxed) == 0 }

  /// Adds the next bytes of a file; may wait.
  func add(_ piece: ArraySlice<UInt8>, to file: inout WaitingFile) {
    file.byteCount += Int64(piece.count)
    file.pieces.append(piece)
    file.pieceByteCount += piece.count
    if file.pieceByteCount >= IntakeQueue.partByteCount { handOver(&file) }
  }

  /// Ends a file; may wait.
  ///
  /// - Parameters:
  ///   - file: The file.
  ///   - isKept: Whether what is found belongs to the results; else its checksum alone is looked at.
  func finish(_ file: WaitingFile, isKept: Bool = true) {
    guard isKept || file.checksum != nil else { return }
    var file = file
    guard let large = file.large else {
      return addSmall(file, isKept: isKept)
    }
    handOver(&file)
    let number = isKept ? nextNumber() : nil
    large.queue.async(group: jobs) { [self, checksum = file.checksum] in
      let (findings, found) = large.finish()
      note(found, checksum)
      if let number { keep([(number, findings)]) }
    }
  }

  /// Waits until all is taken in that was added.
  func wait() {
    startGroup()
    jobs.wait()
  }

  /// Gives what was found so far of files that tell nothing but their sizes and digests, once.
  func plainResults() -> [FileIntake.Findings] {
    found.withLock { found in
      defer { found.plain = [] }
      return found.plain
    }
  }

  /// Waits, and gives what was not given yet: at the end, what tells more in the order in which the
  /// files ended.
  func results() -> [FileIntake.Findings] {
    wait()
    let plain = plainResults()
    return found.withLock { found in
      defer { found.telling = [] }
      return plain + found.telling.sorted { $0.number < $1.number }.map(\.findings)
    }
  }

  private func nextNumber() -> Int {
    small.withLock { small in
      small.fileCount += 1
      return small.fileCount
    }
  }

  private func keep(_ all: [(number: Int, findings: FileIntake.Findings)]) {
    found.withLock { found in
      for (number, findings) in all {
        if findings.list == nil, findings.loadFile == nil {
          found.plain.append(findings)
        } else {
          found.telling.append((number, findings))
        }
      }
    }
  }

  private func note(_ found: Checksum, _ expected: UInt32?) {
    guard let expected, found.value != expected else { return }
    wrongChecksums.add(1, ordering: .relaxed)
  }

  // MARK: Large files

  private func handOver(_ file: inout WaitingFile) {
    // Small files that wait hold blocks of which a large one is the rest.
    startGroup()
    let large = file.large ?? LargeFile(file.path, wish, hasChecksum: file.checksum != nil)
    file.large = large
    free.wait()
    large.queue.async(group: jobs) { [self, pieces = file.pieces] in
      large.read(pieces)
      free.signal()
    }
    file.pieces = []
    file.pieceByteCount = 0
  }

  // MARK: Small files

  private func addSmall(_ file: WaitingFile, isKept: Bool) {
    let isFull = small.withLock { small in
      small.fileCount += 1
      if small.group.isEmpty { small.group.reserveCapacity(IntakeQueue.maximumGroupCount) }
      small.group.append((isKept ? small.fileCount : 0, file))
      small.byteCount += Int(file.byteCount)
      return small.byteCount >= IntakeQueue.partByteCount
        || small.group.count >= IntakeQueue.maximumGroupCount
    }
    if isFull { startGroup() }
  }

  private func startGroup() {
    let group = small.withLock { small in
      let group = small.group
      small.group = []
      small.byteCount = 0
      return group
    }
    guard !group.isEmpty else { return }
    free.wait()
    DispatchQueue.global().async(group: jobs) { [self] in
      takeIn(group)
      free.signal()
    }
  }

  private func takeIn(_ group: [(number: Int, file: WaitingFile)]) {
    let contents = group.map { joined($0.file.pieces) }
    let digests = FileDigests.together(contents) { FileIntake.wantsSHA1(group[$0].file.path) }
    var findings: [(number: Int, findings: FileIntake.Findings)] = []
    findings.reserveCapacity(group.count)
    for (index, (number, file)) in group.enumerated() {
      let content = contents[index]
      if file.checksum != nil {
        var checksum = Checksum()
        checksum.update(content.span)
        note(checksum, file.checksum)
      }
      guard number > 0 else { continue }
      var intake = FileIntake(file.path, wish, isHashing: false)
      intake.read(content.span)
      findings.append((number, intake.finish(digests[index])))
    }
    keep(findings)
  }

  private func joined(_ pieces: [ArraySlice<UInt8>]) -> ArraySlice<UInt8> {
    guard pieces.count > 1 else { return pieces.first ?? [] }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(pieces.reduce(0) { $0 + $1.count })
    for piece in pieces { bytes += piece }
    return bytes[...]
  }
}

/// A file that is taken in part by part, one part after another.
private final class LargeFile: Sendable {
  let queue = DispatchQueue(label: "file")
  // Used on the queue alone.
  private let state: Mutex<(intake: FileIntake, checksum: Checksum?)>

  init(_ path: String, _ wish: IntakeWish, hasChecksum: Bool) {
    state = Mutex((FileIntake(path, wish), hasChecksum ? Checksum() : nil))
  }

  func read(_ pieces: [ArraySlice<UInt8>]) {
    state.withLock { state in
      for piece in pieces {
        state.intake.read(piece.span)
        state.checksum?.update(piece.span)
      }
    }
  }

  func finish() -> (findings: FileIntake.Findings, checksum: Checksum) {
    state.withLock { ($0.intake.finish(), $0.checksum ?? Checksum()) }
  }
}
