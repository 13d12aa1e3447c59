// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("ImmutableWeakCaptures"),
  .enableUpcomingFeature("InferIsolatedConformances"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableExperimentalFeature("Lifetimes"),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .treatWarning("DeprecatedDeclaration", as: .warning),
]

let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
/// SQLite's own C interface, as GRDB imports it.
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")

let package = Package(
  name: "custody",
  products: [
    .executable(name: "custody", targets: ["custody"])
  ],
  dependencies: [
    // Arguments, help, completions: the ecosystem's own.
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    // The best-kept Swift layer over SQLite, an embedded ACID engine with full text.
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    // SHA-256, MD5, SHA-1 from BoringSSL: audited, with hardware instructions.
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    // Runs the built binary and independent readers in tests, without a shell.
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
  ],
  targets: [
    // Archives in and out: zip, tar, zstd, streamed and hardened.
    .systemLibrary(
      name: "CLibArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
    // Native records are stored compressed one by one, which libarchive cannot do.
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    // Checks the checksums of gzip files, which libarchive does not.
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    // XML out and in, validation: the reference implementation.
    .systemLibrary(
      name: "CLibXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
    // SQLite settings behind variadic C functions, out of Swift's reach.
    .target(name: "CSQLiteSettings", linkerSettings: [.linkedLibrary("sqlite3")]),
    // libcurl, loaded where it is used.
    .target(name: "CCurl"),
    // Starts a program that reads a file, with limits that only its own process can set.
    .target(name: "CReader"),
    // Generated Unicode tables: constant data, no start-up cost.
    .target(name: "CUnicode", exclude: ["generate.py"]),
    // MD5 of many files at a time, with vectors as wide as the processor has them, and the checksum of
    // zips.
    .target(name: "CDigests"),

    .target(name: "Bytes", dependencies: ["CDigests", crypto], swiftSettings: settings),
    .target(name: "Model", dependencies: ["Bytes"], swiftSettings: settings),
    .target(
      name: "Archives", dependencies: ["CDigests", "CLibArchive", "CZlib", "Bytes"],
      swiftSettings: settings),
    .target(name: "Detection", dependencies: ["Model", "Bytes"], swiftSettings: settings),
    .target(name: "XML", dependencies: ["CLibXML2"], swiftSettings: settings),
    .target(
      name: "FileText", dependencies: ["Model", "Bytes", "Archives", "XML", "CReader"],
      swiftSettings: settings),
    .target(
      name: "Query", dependencies: ["Model", "Bytes", "CUnicode"], swiftSettings: settings),
    .target(name: "Retention", dependencies: ["Model", "Query"], swiftSettings: settings),
    .target(name: "Review", dependencies: ["Bytes"], swiftSettings: settings),
    .target(
      name: "Capture", dependencies: ["Model", "Bytes", "Archives", "CCurl"],
      swiftSettings: settings),
    .target(
      name: "Production", dependencies: ["Model", "Bytes", "Archives", "XML", crypto],
      swiftSettings: settings),
    .target(
      name: "Store",
      dependencies: [
        "Model", "Bytes", "Detection", "FileText", "Query", "Retention", "CZstd",
        "CSQLiteSettings", grdb,
      ],
      swiftSettings: settings),
    .target(
      name: "Actions",
      dependencies: [
        "Model", "Bytes", "Archives", "Capture", "Detection", "FileText", "Query", "Retention",
        "Production", "Store",
      ],
      swiftSettings: settings),
    .target(
      name: "Commands",
      dependencies: [
        "Model", "Bytes", "Capture", "Query", "Retention", "Review", "Store", "Actions",
        "Production", argumentParser,
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "custody", dependencies: ["Commands", argumentParser], swiftSettings: settings),
    .executableTarget(name: "Manual", dependencies: ["Model"], swiftSettings: settings),
    .executableTarget(
      name: "Benchmark",
      dependencies: [
        "Model", "Bytes", "Archives", "Capture", "Detection", "Query", "Store", "Actions",
        "Production", "CLibArchive", "CSQLiteSettings", sqlite, crypto, argumentParser,
      ],
      swiftSettings: settings),
    .target(name: "TestSupport", dependencies: ["Bytes", subprocess], swiftSettings: settings),

    .testTarget(
      name: "BytesTests", dependencies: ["Bytes", "TestSupport"], swiftSettings: settings),
    .testTarget(
      name: "ModelTests", dependencies: ["Model", "TestSupport"], swiftSettings: settings),
    .testTarget(
      name: "ArchivesTests", dependencies: ["Archives", "TestSupport"], swiftSettings: settings),
    .testTarget(
      name: "DetectionTests", dependencies: ["Detection", "Model", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "XMLTests", dependencies: ["XML", "Bytes", "TestSupport"], swiftSettings: settings),
    .testTarget(
      name: "FileTextTests", dependencies: ["FileText", "Model", "TestSupport"],
      // Run where it lies.
      exclude: ["make_files.py"], swiftSettings: settings),
    .testTarget(
      name: "QueryTests", dependencies: ["Query", "Model", "TestSupport"],
      // Read where it lies.
      exclude: ["Fuzz/corpus.txt"], swiftSettings: settings),
    .testTarget(
      name: "RetentionTests", dependencies: ["Retention", "TestSupport"], swiftSettings: settings),
    .testTarget(
      name: "ReviewTests", dependencies: ["Review", "Bytes", "TestSupport"], swiftSettings: settings
    ),
    .testTarget(
      name: "CaptureTests", dependencies: ["Capture", "TestSupport"], swiftSettings: settings),
    .testTarget(
      name: "ProductionTests", dependencies: ["Production", "TestSupport"],
      // Read where they lie.
      exclude: ["Readers"], swiftSettings: settings),
    .testTarget(
      name: "StoreTests", dependencies: ["Store", "Detection", "FileText", "TestSupport", grdb],
      swiftSettings: settings),
    .testTarget(
      name: "ActionsTests",
      dependencies: [
        "Actions", "Bytes", "FileText", "Model", "Query", "Retention", "Store", "Capture",
        "Production", "TestSupport",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "CommandsTests", dependencies: ["Commands", "TestSupport"], swiftSettings: settings),
    .testTarget(
      name: "EndToEndTests", dependencies: ["custody", "Manual", "TestSupport", "Bytes", "Model"],
      // Read where they lie, so that a recorded transcript lands in the sources.
      exclude: ["Transcripts", "Examples", "Faults"],
      swiftSettings: settings),
  ]
)
