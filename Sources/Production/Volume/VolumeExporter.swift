// SPDX-License-Identifier: Apache-2.0
import Model

/// Writes the units of a set as one or more volumes.
///
/// Memory holds a batch of families, not the set: the source hands over one unit at a time.
package struct VolumeExporter: Sendable {
  // A batch is big enough to keep all cores busy and small beside the memory of a machine.
  private static let batchByteCount = 2 << 20
  private static let batchFamilyCount = 256
  // With several batches ahead no core waits for the files to be written.
  private static let batchesAhead = 2

  private let options: VolumeOptions

  /// Checks the options that can be wrong together.
  ///
  /// - Throws: `ProductionError` for a volume name, limit or level that cannot be.
  package init(_ options: VolumeOptions) throws {
    guard VolumeName(options.volumeName) != nil else {
      throw ProductionError(
        .invalidOption, "a volume's name is 2 to 10 letters and 3 digits, such as VOL001")
    }
    guard (1...9_999_000).contains(options.maximumDocumentCount), options.maximumEventCount > 0
    else {
      throw ProductionError(.invalidOption, "the limits of a volume must be at least 1")
    }
    switch options.package {
    case .zip(.deflate(let level)) where !(1...9).contains(level):
      throw ProductionError(.invalidOption, "the level of a zip is 1 to 9")
    case .tarZstandard(let level) where !(1...19).contains(level):
      throw ProductionError(.invalidOption, "the level of a tar.zst is 1 to 19")
    default: break
    }
    if let passphrase = options.passphrase {
      guard case .zip = options.package, !passphrase.isEmpty else {
        throw ProductionError(
          .invalidOption, "only a zip can be encrypted, with a passphrase that is not empty")
      }
    }
    if options.layout == .report, options.renderings != [.html] {
      throw ProductionError(.invalidOption, "a report has its transcripts as its only rendering")
    }
    for (one, other) in Rendering.alternatives
    where options.renderings.isSuperset(of: [one, other]) {
      throw ProductionError(
        .invalidOption, "a volume holds \(one.rawValue) or \(other.rawValue), not both")
    }
    guard Designation.isValid(options.confidentiality) else {
      throw ProductionError(
        .invalidOption, "a designation is one line of at most 200 bytes, without blanks around it")
    }
    if options.reviewHead != nil, options.layout == .report {
      throw ProductionError(.invalidOption, "a report carries no review data")
    }
    if options.rsmfVersion != nil, options.maximumEventCount > Slicer.defaultMaximumEventCount {
      throw ProductionError(.invalidOption, "a short message holds at most 10,000 events")
    }
    if case .gap(let seconds) = options.slicing, seconds <= 0 {
      throw ProductionError(.invalidOption, "the silence between slices must be longer than 0")
    }
    self.options = options
  }

  /// Whether a text may name a volume: 2 to 10 letters and 3 digits.
  package static func isVolumeName(_ text: String) -> Bool { VolumeName(text) != nil }

  /// Whether a text may be the designation of a production: empty, or one line of at most 200 bytes
  /// without blanks around it and without characters that are not seen.
  package static func isDesignation(_ text: String) -> Bool { Designation.isValid(text) }

  /// Refuses a place where something stands already.
  ///
  /// - Throws: `ProductionError` with `.exists`.
  package static func requireFree(_ destination: String, replacing: Bool) throws {
    guard replacing || !exists(destination) else {
      throw ProductionError(
        .exists, "\(destination) is there already; name another place or replace it")
    }
  }

  /// Writes the volumes of a source into a folder, each under its name when it is complete.
  ///
  /// An empty source gives one empty volume, so that an export always says what it found.
  ///
  /// - Parameters:
  ///   - source: The units in the order of their numbers.
  ///   - directory: The folder that gets `VOL001`, `VOL001.zip` or `VOL001.tar.zst`; made when it
  ///     is not there.
  ///   - willPublish: Called with the numbers of a volume that has documents before it gets its
  ///     name; when it throws, the volume is not published.
  ///   - willRemove: Called, after all volumes are published, with the later volumes of the run that they
  ///     replace which go, since this one has fewer; when it throws, they stay.
  /// - Returns: The volumes in order.
  /// - Throws: `ProductionError`, or what the source throws; then no incomplete volume is left.
  package func write(
    _ source: consuming some ProductionSource, to directory: String,
    willPublish: @escaping (ClosedRange<Int>) throws -> Void = { _ in },
    willRemove: @escaping ([String]) throws -> Void = { _ in }
  ) throws -> [VolumeReport] {
    var session = Session(
      options: options, directory: directory, willPublish: willPublish, willRemove: willRemove)
    try session.examinePlace()
    while let unit = try source.nextUnit() { try session.add(unit) }
    return try session.finish(leavingOut: source.remainder())
  }

  /// The state of one run.
  private struct Session {
    let options: VolumeOptions
    let directory: String
    let willRemove: ([String]) throws -> Void
    let willPublish: (ClosedRange<Int>) throws -> Void
    let earlier: EarlierVolumes
    /// Volumes of an earlier run that may go, as far as they were looked at.
    var examined: Set<String> = []
    let slicer: Slicer
    var nextNumber: Int
    var volume: VolumeWriter?
    var nextName: VolumeName?
    var batch: [FamilyPlan] = []
    var batchByteCount = 0
    var jobs: [BatchJob<RenderedFamily>] = []
    var reports: [VolumeReport] = []

    init(
      options: VolumeOptions, directory: String,
      willPublish: @escaping (ClosedRange<Int>) throws -> Void,
      willRemove: @escaping ([String]) throws -> Void
    ) {
      self.options = options
      self.directory = directory
      self.willRemove = willRemove
      self.willPublish = willPublish
      earlier = EarlierVolumes(options, in: directory)
      slicer = Slicer(
        options.slicing, zone: options.zone, maximumEventCount: options.maximumEventCount)
      nextNumber = options.numbers.start
      nextName = VolumeName(options.volumeName)
    }

    mutating func add(_ produced: ProducedUnit) throws {
      guard produced.selection.count == produced.unit.items.count else {
        throw ProductionError(
          .invalidSource, "\(produced.id) has another number of items than of selections")
      }
      let thread = ThreadOrder(of: produced.unit)
      let slices = slicer.slices(of: produced, order: thread)
      let calls = CallRecords(of: produced, slices)
      for (position, slice) in slices.enumerated() {
        let earlier = slices[..<position]
        let named = earlier.prefix(1) + earlier.dropFirst().suffix(9)
        try add(
          FamilyPlan(
            produced: produced, thread: thread, slice: slice, isFirstSlice: position == 0,
            earlierSlices: named.map(\.id), calls: calls))
      }
    }

    private mutating func add(_ family: FamilyPlan) throws {
      var family = family
      let count = family.documentCount
      if let volume, volume.plannedDocuments > 0,
        volume.plannedDocuments + count > options.maximumDocumentCount
      {
        // Before this one is published, since it would be one of several then.
        try examinePlace()
        try closeVolume()
      }
      let volume = try openVolume()
      guard nextNumber + count - 1 <= options.numbers.largest else {
        throw ProductionError(
          .invalidOption,
          "control numbers no longer fit in \(options.numbers.width) digits; choose more")
      }
      family.firstNumber = nextNumber
      family.firstPosition = volume.plannedDocuments
      nextNumber += count
      volume.plannedDocuments += count
      batch.append(family)
      batchByteCount += weight(of: family)
      if batchByteCount >= VolumeExporter.batchByteCount
        || batch.count >= VolumeExporter.batchFamilyCount
      {
        try writeBatch()
      }
    }

    /// Looks whether the next volume, and those of an earlier run behind it, may go.
    mutating func examinePlace() throws {
      guard options.replacesExisting, let nextName else { return }
      if nextName.text != options.volumeName { try earlier.requireReplaceable(nextName) }
      // What follows one of a row was looked at with it.
      guard !examined.contains(earlier.path(nextName)) else { return }
      examined.formUnion(try earlier.parts(after: nextName))
    }

    mutating func finish(leavingOut rest: [ReviewLeftOutData]) throws -> [VolumeReport] {
      if reports.isEmpty || !rest.isEmpty { _ = try openVolume() }
      if volume != nil {
        try writeLastBatch()
        try volume?.leaveOut(rest)
        try closeVolume()
      }
      try removeSurplus()
      return reports
    }

    // What is left of an earlier run with more volumes would look like a part of this one.
    private mutating func removeSurplus() throws {
      guard options.replacesExisting, let last = reports.indices.last,
        let name = VolumeName(reports[last].name)
      else { return }
      let surplus = try earlier.parts(after: name)
      guard !surplus.isEmpty else { return }
      reports[last].removedVolumes = surplus
      try willRemove(surplus)
      if !options.isRehearsal { try EarlierVolumes.remove(surplus) }
    }

    private mutating func openVolume() throws -> VolumeWriter {
      if let volume { return volume }
      guard let name = nextName else {
        throw ProductionError(
          .invalidOption, "the numbers of volumes end at 999; choose another name")
      }
      nextName = name.next
      let new = try VolumeWriter(
        options, name: name.text, directory: directory, firstNumber: nextNumber)
      volume = new
      return new
    }

    private mutating func closeVolume() throws {
      try writeLastBatch()
      guard let volume else { return }
      if let numbers = volume.numbers { try willPublish(numbers) }
      let previous = reports.last?.manifestSHA256 ?? options.previousManifestSHA256
      reports.append(try volume.finish(previousManifestSHA256: previous))
      self.volume = nil
    }

    // Renders the batch behind the scenes while those before are written and the next one read.
    private mutating func writeBatch() throws {
      guard let volume, !batch.isEmpty else { return }
      jobs.append(
        BatchJob(batch.count) { [batch, renderer = volume.renderer] index in
          try renderer.render(batch[index])
        })
      batch = []
      batchByteCount = 0
      try writeResults(leaving: VolumeExporter.batchesAhead)
    }

    private mutating func writeLastBatch() throws {
      try writeBatch()
      try writeResults(leaving: 0)
    }

    private mutating func writeResults(leaving count: Int) throws {
      while jobs.count > count {
        for family in try jobs.removeFirst().results() { try volume?.add(family) }
      }
    }

    // Slices of one unit share its native bytes, so only what a slice holds itself counts.
    private func weight(of family: FamilyPlan) -> Int {
      family.slice.items.reduce(4096) { $0 + family.unit.items[$1].nativeRange.count }
    }
  }
}

/// A volume's name: letters and three digits.
struct VolumeName {
  let letters: String
  let number: Int

  init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard (5...13).contains(bytes.count) else { return nil }
    let head = bytes.dropLast(3)
    let isLetters = head.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
      default: false
      }
    }
    let tail = bytes.suffix(3)
    guard isLetters, tail.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let number = Int(String(decoding: tail, as: UTF8.self))
    else { return nil }
    self.init(letters: String(decoding: head, as: UTF8.self), number: number)
  }

  private init(letters: String, number: Int) {
    self.letters = letters
    self.number = number
  }

  var text: String { letters + digits(number, 3) }

  /// Nil after 999.
  var next: VolumeName? {
    number < 999 ? VolumeName(letters: letters, number: number + 1) : nil
  }
}
