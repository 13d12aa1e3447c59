// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
import Production
import TestSupport
import Testing

@Suite("Containers, checked by other programs")
struct ContainerTests {
  private func write(
    _ package: VolumePackage, passphrase: String? = nil, to folder: URL
  ) throws -> VolumeReport {
    var options = try sampleOptions()
    options.package = package
    options.passphrase = passphrase
    options.scope.producingParty = "Meridian\nForged-Label: x"
    return try export(hostileUnits(), to: folder, options)
  }

  @Test("a bag is valid for bagit.py and for sha256sum and sha512sum, and the same every time")
  func bag() async throws {
    try await withTemporaryDirectory { folder in
      let report = try write(.bagit, to: folder)
      let bag = URL(fileURLWithPath: report.path)
      let check = try run("bagit.py", ["--validate", bag.path])
      #expect(check.status == 0, "\(check.output)")
      for sum in ["sha256", "sha512"] {
        let list = "manifest-\(sum).txt"
        let sums = try run("\(sum)sum", ["-c", "--strict", "--quiet", list], in: bag)
        #expect(sums.status == 0, "\(sums.output)")
        let listed = try String(contentsOf: bag.appendingPathComponent(list), encoding: .utf8)
          .split(separator: "\n").map { String($0.drop { $0 != " " }.dropFirst(2)) }
        let found = try run("find", ["data", "-type", "f"], in: bag).output.split(separator: "\n")
        #expect(listed.sorted() == found.map(String.init).sorted())
      }
      let info = try String(
        contentsOf: bag.appendingPathComponent("bag-info.txt"), encoding: .utf8)
      #expect(info.contains("Source-Organization: Meridian Forged-Label: x\n"))
      #expect(try VolumeVerifier.verify(bag.path).problems == [])
      let again = try write(.bagit, to: folder.appendingPathComponent("again"))
      let difference = try run("diff", ["-r", bag.path, again.path])
      #expect(difference.status == 0, "\(difference.output)")
    }
  }

  @Test("a byte changed in any tag file of a bag, and files added to it, are found")
  func damagedBag() async throws {
    try await withTemporaryDirectory { folder in
      let report = try write(.bagit, to: folder)
      for name in try FileManager.default.contentsOfDirectory(atPath: report.path)
      where name != "data" {
        let file = URL(fileURLWithPath: report.path + "/" + name)
        let bytes = try Data(contentsOf: file)
        for offset in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 17)) {
          var changed = bytes
          changed[offset] ^= 1
          try changed.write(to: file)
          #expect(!(try VolumeVerifier.verify(report.path).isIntact), "\(name) \(offset)")
        }
        try bytes.write(to: file)
      }
      #expect(try VolumeVerifier.verify(report.path).isIntact)
      let extra = URL(fileURLWithPath: report.path + "/fetch.txt")
      try Data().write(to: extra)
      #expect(!(try VolumeVerifier.verify(report.path).isIntact))
    }
  }

  @Test(
    "an encrypted zip opens for pyzipper and for verify with its passphrase, and shows no content",
    arguments: [VolumePackage.ZipCompression.store, .deflate(level: 6)])
  func encrypted(_ compression: VolumePackage.ZipCompression) async throws {
    try await withTemporaryDirectory { folder in
      let passphrase = "twelve characters"
      let report = try write(.zip(compression), passphrase: passphrase, to: folder)
      let raw = try Data(contentsOf: URL(fileURLWithPath: report.path))
      #expect(raw.range(of: Data("Please list the clauses".utf8)) == nil)
      let script = """
        import sys, hashlib, pyzipper
        z = pyzipper.AESZipFile(sys.argv[1])
        z.setpassword(sys.argv[2].encode())
        sums = z.read('VOL001/MANIFEST/SHA256SUMS').decode().splitlines()
        for line in sums:
            digest, path = line.split('  ', 1)
            assert hashlib.sha256(z.read('VOL001/' + path)).hexdigest() == digest
        print(len(sums))
        """
      let python = try run("python3", ["-c", script, report.path, passphrase])
      #expect(python.status == 0, "\(python.output)")
      let open = try VolumeVerifier.verify(report.path, passphrase: passphrase)
      #expect(open.problems == [])
      #expect(open.isEncrypted)
      let closed = try VolumeVerifier.verify(report.path)
      #expect(closed.isEncrypted && !closed.isIntact)
      let wrong = try VolumeVerifier.verify(report.path, passphrase: "wrong")
      #expect(!wrong.isIntact && wrong.isPassphraseRefused)
      let zip7 = try run("7z", ["t", "-p" + passphrase, report.path])
      #expect(zip7.status == 0, "\(zip7.output)")
      #expect(try run("7z", ["t", "-pwrong", report.path]).status != 0)
      #expect(try run("unzip", ["-Z1", report.path]).output.contains("VOL001/README.txt"))
      try FileManager.default.removeItem(atPath: report.path + ".sha256")
      let bare = try VolumeVerifier.verify(report.path, passphrase: passphrase)
      #expect(bare.problems == [] && !bare.hasContainerDigest)
    }
  }

  @Test(
    "only a zip takes a passphrase",
    arguments: [VolumePackage.folder, .bagit, .tarZstandard(level: 3)])
  func notEncrypted(_ package: VolumePackage) async throws {
    try await withTemporaryDirectory { folder in
      let error = #expect(throws: ProductionError.self) {
        try write(package, passphrase: "twelve characters", to: folder)
      }
      #expect(error?.code == .invalidOption)
    }
  }
}
