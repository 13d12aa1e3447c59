// SPDX-License-Identifier: Apache-2.0
import Glibc
import Model

/// Members of an archive that are read in another order than they come in, in one temporary file
/// without a name.
final class MemberSpool {
  private struct Member {
    var name: String
    /// Where its bytes lie.
    var range: Range<Int64>
    /// What ended it before its end; reading it throws this behind its last byte.
    var failure: (any Error)?
    /// The folders that it lies in, the outermost first.
    var folders: [String]
    var key: ReadingOrder.Key
  }

  /// Made for the first member.
  private var file: FileSource?
  private var byteCount: Int64 = 0
  private var members: [Member] = []

  /// Takes a member's bytes.
  ///
  /// - Parameters:
  ///   - source: The bytes.
  ///   - name: Its name in the archive.
  ///   - breathe: Called with the bytes of it so far.
  /// - Throws: `CaptureError` with `archiveLimit` where there is no room for them; what `breathe`
  ///   throws. What the source throws comes when the member is read.
  func append(
    _ source: any ByteSource, name: String, breathe: (Int64) throws -> Void
  ) throws {
    let file = try self.file ?? FileSource(descriptor: try unnamedFile())
    self.file = file
    let start = byteCount
    var head: [UInt8] = []
    var failure: (any Error)?
    while true {
      let chunk: ArraySlice<UInt8>
      do {
        chunk = try source.read()
      } catch {
        failure = error
        break
      }
      if chunk.isEmpty { break }
      if head.count < ReadingOrder.partByteCount { head += chunk }
      try write(chunk, to: file)
      try breathe(byteCount - start)
    }
    let range = start..<byteCount
    let lastName = String(name.split(separator: "/").last ?? "")
    let key: ReadingOrder.Key
    if CompressedName.content(of: lastName) != nil {
      let copy = try unnamedCopy(of: SpooledSource(file, range, failure: nil, budget: nil))
      key = withExtendedLifetime(copy) {
        ReadingOrder.key(name: lastName, compressed: copy, byteCount: Int64(range.count))
      }
    } else {
      let tail = SpooledSource(
        file, max(start, byteCount - Int64(ReadingOrder.partByteCount))..<byteCount, failure: nil,
        budget: nil)
      key = ReadingOrder.key(
        name: lastName, head: Array(head.prefix(ReadingOrder.partByteCount)),
        tail: Array(try tail.read()))
    }
    let folders = name.split(separator: "/").dropLast().filter { $0 != "." }.map(String.init)
    members.append(
      Member(name: name, range: range, failure: failure, folders: folders, key: key))
  }

  /// The members with their bytes, in the order in which they are to be read.
  func ordered(budget: ArchiveBudget) -> [(name: String, source: any ByteSource)] {
    guard let file else { return [] }
    return members.sorted { ReadingOrder.precedes(($0.folders, $0.key), ($1.folders, $1.key)) }
      .map { ($0.name, SpooledSource(file, $0.range, failure: $0.failure, budget: budget)) }
  }

  private func write(_ chunk: ArraySlice<UInt8>, to file: FileSource) throws(CaptureError) {
    var rest = chunk
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { buffer in
        unsafe pwrite(file.descriptor, buffer.baseAddress, buffer.count, Int(byteCount))
      }
      guard count > 0 else {
        throw CaptureError(
          code: .archiveLimit, message: "the temporary file cannot be written: " + systemText())
      }
      byteCount += Int64(count)
      rest = rest.dropFirst(count)
    }
  }
}

/// The bytes of a member that waited; what they unpack to was counted when they were taken.
private final class SpooledSource: BudgetedSource {
  let budget: ArchiveBudget?
  private let file: FileSource
  private var offset: Int64
  private let end: Int64
  private let failure: (any Error)?
  private var chunk: [UInt8] = []

  init(
    _ file: FileSource, _ range: Range<Int64>, failure: (any Error)?, budget: ArchiveBudget?
  ) {
    self.file = file
    offset = range.lowerBound
    end = range.upperBound
    self.failure = failure
    self.budget = budget
  }

  func read() throws -> ArraySlice<UInt8> {
    guard offset < end else {
      if let failure { throw failure }
      return []
    }
    // Many members wait at once, and one is read at a time.
    if chunk.isEmpty { chunk = [UInt8](repeating: 0, count: Int(min(1 << 18, end - offset))) }
    let wanted = Int(min(Int64(chunk.count), end - offset))
    let count = unsafe chunk.withUnsafeMutableBytes { buffer in
      unsafe pread(file.descriptor, buffer.baseAddress, wanted, Int(offset))
    }
    guard count > 0 else {
      throw CaptureError(
        code: .archiveLimit, message: "the temporary file cannot be read: " + systemText())
    }
    offset += Int64(count)
    return chunk[0..<count]
  }
}
