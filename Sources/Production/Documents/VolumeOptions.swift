// SPDX-License-Identifier: Apache-2.0
import Archives
package import Model

/// How a volume is packed.
package enum VolumePackage: Sendable, Hashable {
  case folder
  /// A zip; the members stored or deflated (level 1 to 9).
  case zip(ZipCompression)
  /// A pax tar in Zstandard, level 1 to 19.
  case tarZstandard(level: Int)
  /// A folder that is a bag (RFC 8493) with the volume as its payload.
  case bagit

  /// How the members of a zip are kept.
  package enum ZipCompression: Sendable, Hashable {
    /// As they are: the same bytes on every machine.
    case store
    /// Deflated: a quarter of the size; the bytes follow the build of zlib.
    case deflate(level: Int)
  }

  /// What a file of this kind is named after its volume: empty, `.zip` or `.tar.zst`.
  package var fileExtension: String {
    switch self {
    case .folder, .bagit: ""
    case .zip: ".zip"
    case .tarZstandard: ".tar.zst"
    }
  }

  var archiveFormat: ArchiveWritingFormat? {
    switch self {
    case .folder, .bagit: nil
    case .zip(.store): .zipStored
    case .zip(.deflate(let level)): .zipDeflated(level: level)
    case .tarZstandard(let level): .tarZstandard(level: level)
    }
  }
}

/// The program that writes, as the manifest names it.
package struct ToolIdentity: Sendable, Hashable {
  package var name: String
  package var version: String
  /// The commit that it was built from; empty when not known.
  package var commit: String

  package init(name: String, version: String, commit: String = "") {
    self.name = name
    self.version = version
    self.commit = commit
  }
}

/// What varies from run to run; written to `MANIFEST/run.json` alone, and only when given.
package struct RunRecord: Sendable, Hashable {
  package var generatedAt: Instant
  package var operatorName: String
  package var host: String

  package init(generatedAt: Instant, operatorName: String, host: String) {
    self.generatedAt = generatedAt
    self.operatorName = operatorName
    self.host = host
  }
}

/// Everything that decides the bytes of a volume, beside the documents themselves.
package struct VolumeOptions: Sendable {
  /// The most documents in a volume by default; more make further volumes.
  package static let defaultMaximumDocumentCount = 50_000

  /// The first volume's name: 2 to 10 letters and 3 digits.
  package var volumeName: String
  package var numbers: ControlNumbers
  /// The last number that the case gave before the first one of this run; nil where it gave none.
  ///
  /// What lies between was left out on purpose and is listed.
  package var previousNumber: Int?
  package var package: VolumePackage
  /// Encrypts a zip with AES-256; nil encrypts nothing.
  package var passphrase: String?
  package var layout: VolumeLayout
  /// Whether the messages of a report come with their words.
  package var reportHasBodies: Bool
  /// What is made beside natives, texts and load files.
  package var renderings: Set<Rendering>
  package var slicing: Slicing
  package var zone: RunZone
  package var maximumEventCount: Int
  package var maximumDocumentCount: Int
  /// The run's stated date (export-formats section 1.4), never the clock's.
  package var date: CivilDate
  package var loadFiles: LoadFileForm
  package var extraFields: [ExtraField]
  /// A designation such as `CONFIDENTIAL`; empty for none.
  package var confidentiality: String
  package var tool: ToolIdentity
  package var scope: ProductionScope
  /// SHA-256 of the manifest of the production before this one; empty when there is none.
  package var previousManifestSHA256: String
  /// What MANIFEST carries beside the checksums; nothing by itself.
  package var evidence: VolumeEvidence
  /// The lines that begin the review data, with which a review set comes back into a store; nil
  /// writes none.
  package var reviewHead: [UInt8]?
  /// Nil gives the same bytes on every run, containers included.
  package var runRecord: RunRecord?
  /// Whether an earlier volume of the same name may be replaced.
  package var replacesExisting: Bool
  /// Whether everything is rendered and counted, and nothing written.
  package var isRehearsal: Bool

  package init(numbers: ControlNumbers, date: CivilDate, tool: ToolIdentity) {
    volumeName = "VOL001"
    self.numbers = numbers
    package = .folder
    layout = .volume
    reportHasBodies = false
    renderings = [.html]
    slicing = .day
    zone = .utc
    maximumEventCount = Slicer.defaultMaximumEventCount
    maximumDocumentCount = VolumeOptions.defaultMaximumDocumentCount
    self.date = date
    loadFiles = LoadFileForm()
    extraFields = []
    confidentiality = ""
    self.tool = tool
    scope = ProductionScope()
    previousManifestSHA256 = ""
    evidence = VolumeEvidence()
    replacesExisting = false
    isRehearsal = false
  }
}
