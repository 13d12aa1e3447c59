// SPDX-License-Identifier: Apache-2.0
package import Model

/// Reads the records of one format or of a family of formats.
///
/// A session makes one reader of a type when it meets the first file of its formats, and keeps it
/// to the end, so that a reader may gather what belongs together over several files. What it
/// gathers must be bounded: some ten megabytes, whatever the input. A new format is a type that
/// conforms, an entry in ``CaptureFormat/reader``, a rule in ``FormatDetector``, and an entry in
/// ``CaptureRoutes`` to parse stored records again.
package protocol RecordReader: AnyObject {
  init()

  /// Reads the next record of a file; all records of a file come in order, files one by one.
  ///
  /// - Parameters:
  ///   - record: A JSON value, the bytes of a CSV row without its line end, or a whole file.
  ///   - sink: Takes what comes of it.
  /// - Throws: `CaptureError` when the record cannot be read: it becomes an exception and the file
  ///   goes on. What the sink throws, as it is.
  func read(_ record: NativeRecord, into sink: any RecordSink) throws

  /// Keeps the bytes of a record that became an exception, as far as they are known; what comes of
  /// it counts as no record. Without a way of its own a reader keeps them as an ``UnreadableRecord``.
  func keep(_ record: NativeRecord, into sink: any RecordSink) throws

  /// Ends a file, which was read to its end or as far as it could be.
  func endFile(_ path: String, into sink: any RecordSink) throws

  /// Ends the input: hands over what was gathered.
  func finish(into sink: any RecordSink) throws
}

extension RecordReader {
  package func endFile(_ path: String, into sink: any RecordSink) throws {}
  package func finish(into sink: any RecordSink) throws {}
}

/// One record of a file.
package struct NativeRecord: Sendable {
  /// From its first to its last byte.
  package var bytes: [UInt8]
  /// Its number in the file, from 0; damage counts as one.
  package var index: Int
  package var format: CaptureFormat
  /// The file, with `!/` between levels of archives.
  package var path: String

  package init(bytes: [UInt8], index: Int, format: CaptureFormat, path: String) {
    self.bytes = bytes
    self.index = index
    self.format = format
    self.path = path
  }

  /// How problems name the record.
  package var name: String { "record \(index + 1)" }
}

/// Takes what readers make of records.
///
/// Each record that was read is counted exactly once (claude-capture-formats section 16): as an
/// item of a unit, in the unit's `mergedCount` or `skipped`, as a person, as a failure, by `skip`,
/// or by `noteDuplicates`.
package protocol RecordSink: AnyObject {
  /// Takes a unit, and notes its gaps.
  func take(_ unit: CapturedUnit) throws
  func take(_ person: CapturedPerson) throws
  /// A record that became an exception though it was read; a thrown `CaptureError` does the same.
  func fail(_ problem: CaptureProblem) throws
  /// Something that the capture lacks: it counts as no record.
  func lack(_ problem: CaptureProblem) throws
  /// Counts records that are not shown and belong to no unit.
  func skip(_ reason: SkipReason, count: Int) throws
  /// Counts records that repeat what this capture brought before, byte for byte in what they say.
  func noteDuplicates(_ count: Int) throws
  /// Whether a file of this name, without folders, was among the input so far.
  func hasSeen(fileName: String) -> Bool
  /// Reads the native records that are held of a conversation
  /// (``CaptureHandler/readHeldRecords(of:route:having:_:)``).
  func readHeldRecords(
    of conversation: String, route: String, having item: String?,
    _ body: ([UInt8]) throws -> Bool
  ) throws -> Bool
}

/// How a file is cut into records.
package enum RecordSplitting: Sendable {
  /// JSON values: the elements of an array, one value, or one after another.
  case json
  /// CSV rows (RFC 4180), the header too.
  case csv
  /// All of it as one record.
  case whole
}
