// SPDX-License-Identifier: Apache-2.0
import Archives
import Bytes
import Foundation
import Glibc
import Model

/// What stands already under the names of a run's later volumes.
///
/// Only the first volume's place is named by whoever asks to replace it. Under the names that follow,
/// what goes must be a later volume of a run of the same set: its manifest says so, and it holds no
/// file that such a run did not write.
struct EarlierVolumes {
  enum Finding: Hashable {
    /// Nothing, or an empty folder.
    case nothing
    /// A later volume of a run of the same set.
    case part
    /// Something else, such as another production, or the first volume of another run.
    case other
    /// A volume of which that cannot be told, or that holds files of somebody; says which.
    case doubtful(String)
  }

  private let options: VolumeOptions
  private let directory: String
  /// Whether the run that is replaced encrypted nothing; false where that is not known.
  private let isPlain: Bool

  /// Looks at the first volume, before anything is written.
  init(_ options: VolumeOptions, in directory: String) {
    self.options = options
    self.directory = directory
    guard options.replacesExisting, case .zip = options.package else {
      isPlain = false
      return
    }
    let first = directory + "/" + options.volumeName + options.package.fileExtension
    let manifest = VolumeDetector.manifest(of: first, passphrase: options.passphrase)
    isPlain = manifest?["options"]?["encryption"]?.stringValue == "none"
  }

  func path(_ name: VolumeName) -> String {
    directory + "/" + name.text + options.package.fileExtension
  }

  /// Refuses to take the place of what is no part of an earlier run.
  ///
  /// - Throws: `ProductionError` with `.exists`.
  func requireReplaceable(_ name: VolumeName) throws {
    let place = path(name)
    switch find(place) {
    case .nothing, .part: return
    case .other:
      throw ProductionError(
        .exists,
        "\(place) is there already and is no later volume of an export of this set, which alone may be "
          + "replaced with the first; move it away or name another place")
    case .doubtful(let reason): throw doubt(place, reason)
    }
  }

  /// The volumes of an earlier run that follow a name without a gap, in order.
  ///
  /// - Throws: `ProductionError` with `.exists` where one of them cannot be told.
  func parts(after name: VolumeName) throws -> [String] {
    var paths: [String] = []
    var next = name.next
    while let name = next {
      let place = path(name)
      switch find(place) {
      case .part: paths.append(place)
      case .nothing, .other: return paths
      case .doubtful(let reason): throw doubt(place, reason)
      }
      next = name.next
    }
    return paths
  }

  private func doubt(_ place: String, _ reason: String) -> ProductionError {
    ProductionError(
      .exists,
      "\(place) may be a later volume of the run that is to be replaced, and \(reason); move it away, "
        + "or name another place")
  }

  // MARK: What a place holds

  func find(_ place: String) -> Finding {
    guard exists(place), !isEmptyFolder(place) else { return .nothing }
    guard
      let manifest = VolumeDetector.manifest(of: place, passphrase: options.passphrase)
    else {
      // One run has one passphrase for all of its volumes, or none.
      if isPlain, VolumeDetector.isEncrypted(place) { return .other }
      return VolumeDetector.isVolume(place) ? .doubtful("its manifest cannot be read") : .other
    }
    guard isPart(manifest, of: place) else { return .other }
    do {
      let strange = try strangeFile(in: place)
      return strange.map { .doubtful("it holds \($0), which no export wrote") } ?? .part
    } catch {
      return .doubtful("it cannot be read (\(error))")
    }
  }

  // The first volume of a run follows none.
  private func isPart(_ manifest: JSONValue, of place: String) -> Bool {
    guard let name = manifest["volume"]?.stringValue,
      place == directory + "/" + name + options.package.fileExtension,
      let previous = manifest["previous_manifest_sha256"]?.stringValue
    else { return false }
    return !previous.isEmpty && manifest["matter"]?.stringValue == options.scope.matter
      && manifest["scope"]?["selection"]?.stringValue == options.scope.selection
      && manifest["bates"]?["prefix"]?.stringValue == options.numbers.prefix
  }

  // A file of a folder that is in none of the volume's lists.
  private func strangeFile(in place: String) throws -> String? {
    var facts = stat()
    guard unsafe lstat(place, &facts) == 0 else { throw fileError("examine", place) }
    guard facts.st_mode & S_IFMT == S_IFDIR else {
      return facts.st_mode & S_IFMT == S_IFREG ? nil : "a link or device"
    }
    let isBag = exists(place + "/bagit.txt")
    let root = isBag ? "data/" : ""
    var unlisted = Set((ListChecks.names + EvidenceFile.all).map { root + $0 })
    if isBag { unlisted.formUnion(BagWriter.tagFiles) }
    // The list and the walk are in one order, so that neither need be held.
    var walk = try FileWalk(place)
    var file = try walk.next()
    func strange(before listed: String?) throws -> String? {
      while let path = file, listed.map({ path.utf8.lexicographicallyPrecedes($0.utf8) }) ?? true {
        guard unlisted.contains(path) else { return path }
        file = try walk.next()
      }
      if let listed, file?.utf8.elementsEqual(listed.utf8) == true { file = try walk.next() }
      return nil
    }
    var found: String?
    try forEachLine(of: place + "/" + root + ListChecks.sums) { line in
      guard found == nil, line.count > 66 else { return }
      found = try strange(before: root + String(decoding: line.dropFirst(66), as: UTF8.self))
    }
    return try found ?? strange(before: nil)
  }

  private func forEachLine(of path: String, _ body: (ArraySlice<UInt8>) throws -> Void) throws {
    let input = try InputFile(path)
    var pending: [UInt8] = []
    try input.forEachPiece(byteCount: try input.byteCount()) { piece in
      pending.append(piece)
      var start = 0
      while let end = pending[start...].firstIndex(of: 0x0A) {
        try body(pending[start..<end])
        start = end + 1
      }
      pending.removeFirst(start)
    }
    try body(pending[...])
  }

  private func isEmptyFolder(_ place: String) -> Bool {
    (try? FileManager.default.contentsOfDirectory(atPath: place))?.isEmpty == true
  }

  // MARK: Removal

  /// Removes volumes that no longer belong to a run, the last one first: those that are left follow
  /// one another whenever it ends, and the next run finds them.
  ///
  /// - Parameter paths: What ``parts(after:)`` gave.
  /// - Throws: `ProductionError`.
  static func remove(_ paths: [String]) throws {
    for path in paths.reversed() {
      let cut = path.lastIndex(of: "/") ?? path.startIndex
      let name = String(path[path.index(after: cut)...])
      // Its lock keeps another run from writing there meanwhile.
      let staging = try StagingFolder(in: String(path[..<cut]), for: name)
      let sidecar = path + ".sha256"
      // Without it an archive is whole; it is nothing without the archive.
      if let line = try? ContainerCheck.line(in: sidecar), line.name == name {
        try staging.takeAway(sidecar, as: "sidecar")
      }
      let stamp = TimeStampFiles(volume: path)
      try staging.takeAway(path, as: "surplus")
      stamp.remove()
    }
  }
}
