// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import Model
import Production
import TestSupport
import Testing

@Suite("Volumes with evidence")
struct EvidenceTests {
  static func proof(
    _ volume: String, key: SigningKey?, package: String = "folder", first: Int = 1,
    selection: String = ""
  ) throws -> AuditProof {
    let options =
      #"{"first_number":\#(first),"package":"\#(package)","selection_sha256":"\#(selection)","#
      + #""signer":"\#(key?.publicKey.fingerprint ?? "")"}"#
    let lines = [
      #"{"action":"store.create","after":{}}"#,
      #"{"action":"export.create","after":{"options":\#(options),"prefix":"CLD",""#
        + #"volume":"\#(volume)"}}"#,
      #"{"action":"other","after":{}}"#,
    ]
    var tree = HashTree()
    var collector = ProofCollector(size: lines.count, wanted: [1])
    for line in lines {
      tree.add(line.utf8.span)
      collector.add(line.utf8.span)
    }
    var checkpoint = Checkpoint(origin: "custody/store_1", size: lines.count, root: tree.root)
    if let key { try checkpoint.sign(with: key) }
    let path = try #require(collector.finish()[1])
    return AuditProof(
      checkpoint: checkpoint, events: [.init(index: 1, leaf: lines[1], path: path)])
  }

  private func write(
    _ key: SigningKey?, proof: AuditProof? = nil, package: VolumePackage = .folder, to folder: URL
  ) throws -> VolumeReport {
    var options = try sampleOptions()
    options.package = package
    options.evidence.signingKey = key
    options.evidence.proof = proof
    options.evidence.collections = [
      .init(
        source: "import\nForged: line", method: "import", operatorName: "ada",
        started: Instant(ticks: 0), finished: nil, recordCount: 3, exceptionCount: 1)
    ]
    return try export(hostileUnits(), to: folder, options)
  }

  @Test("signed volumes verify by ssh-keygen and minisign with the commands of their README")
  func commands() async throws {
    try await withTemporaryDirectory { folder in
      let (path, key) = try makeKey("key", in: folder)
      let report = try write(key, proof: try Self.proof("VOL001", key: key), to: folder)
      let manifest = URL(fileURLWithPath: report.path + "/MANIFEST")
      for name in ["SHA256SUMS", "manifest.json", "run.json"] {
        let ssh = try run(
          "bash",
          [
            "-c",
            "ssh-keygen -Y verify -f <(echo signer namespaces=\\\"ediscovery-manifest\\\" "
              + "$(cat \(path).pub)) -I signer -n ediscovery-manifest -s \(name).sig < \(name)",
          ], in: manifest)
        #expect(ssh.status == 0, "\(ssh.output)")
        let minisign = try run("minisign", ["-V", "-p", "minisign.pub", "-m", name], in: manifest)
        #expect(minisign.status == 0, "\(minisign.output)")
      }
      let verified = try VolumeVerifier.verify(report.path, signers: [key.publicKey])
      #expect(verified.problems == [])
      #expect(verified.signer == key.publicKey.fingerprint && verified.isSignerKnown)
      #expect(verified.checkpointSize == 3)
      let stranger = try #require(SigningKey(seed: Array(0..<32)))
      let other = try VolumeVerifier.verify(report.path, signers: [stranger.publicKey])
      #expect(other.problems.map(\.code) == [.otherSigner])
      let sheet = try String(
        contentsOf: manifest.appendingPathComponent("certification.txt"), encoding: .utf8)
      #expect(sheet.contains(report.filesSHA256) && sheet.contains(report.manifestSHA256))
      #expect(sheet.contains("Source: import Forged: line;"))
      #expect(!sheet.contains("\nForged"))
    }
  }

  @Test(
    "every byte of a signature file counts, its line ends and comments too",
    arguments: ["SHA256SUMS.sig", "SHA256SUMS.minisig", "minisign.pub", "signer.pub"])
  func signatureBytes(_ name: String) async throws {
    try await withTemporaryDirectory { folder in
      let key = try #require(SigningKey(seed: Array(0..<32)))
      var options = try sampleOptions()
      options.evidence.signingKey = key
      let report = try export([sampleUnit([SampleMessage(text: "x")])], to: folder, options)
      let file = URL(fileURLWithPath: report.path + "/MANIFEST/" + name)
      let bytes = try Data(contentsOf: file)
      for offset in bytes.indices {
        var changed = bytes
        changed[offset] ^= 1
        try changed.write(to: file)
        #expect(!(try VolumeVerifier.verify(report.path).isIntact), "\(offset)")
      }
      for changed in [bytes + [0x0A], bytes.dropLast(), Data([0x0A]) + bytes] {
        try changed.write(to: file)
        #expect(!(try VolumeVerifier.verify(report.path).isIntact))
      }
    }
  }

  @Test("a volume from which all of its evidence was taken is not intact")
  func stripped() async throws {
    try await withTemporaryDirectory { folder in
      let key = try #require(SigningKey(seed: Array(0..<32)))
      let report = try write(key, proof: try Self.proof("VOL001", key: key), to: folder)
      let manifest = report.path + "/MANIFEST/"
      for name in try FileManager.default.contentsOfDirectory(atPath: manifest)
      where name.hasSuffix("sig") || name.hasSuffix(".pub") {
        try FileManager.default.removeItem(atPath: manifest + name)
      }
      let problems = try VolumeVerifier.verify(report.path).problems
      #expect(problems.contains { $0.code == .missing && $0.path == "MANIFEST/SHA256SUMS.sig" })
      // The run record is made to fit what is left.
      for name in ["checkpoint.txt", "audit-proof.json", "certification.txt"] {
        try FileManager.default.removeItem(atPath: manifest + name)
      }
      let script = """
        import hashlib, json
        run = json.load(open('run.json'))
        del run['files'], run['run_id']
        text = lambda: json.dumps(run, sort_keys=True, separators=(',', ':'))
        run['run_id'] = hashlib.sha256(text().encode()).hexdigest()
        open('run.json', 'w').write(text())
        """
      let forged = try run("python3", ["-c", script], in: URL(fileURLWithPath: manifest))
      #expect(forged.status == 0, "\(forged.output)")
      let found = Set(try VolumeVerifier.verify(report.path).problems.map(\.path))
      #expect(!found.contains("MANIFEST/run.json"))
      for name in ["checkpoint.txt", "audit-proof.json", "certification.txt", "run.json.minisig"] {
        #expect(found.contains("MANIFEST/" + name), "\(name)")
      }
    }
  }

  @Test("the commands of the README verify what it speaks of, and find what was changed")
  func readme() async throws {
    try await withTemporaryDirectory { folder in
      let key = try #require(SigningKey(seed: Array(0..<32)))
      for layout in VolumeLayout.allCases {
        var options = try sampleOptions()
        options.layout = layout
        options.evidence.signingKey = key
        let report = try export(
          hostileUnits(), to: folder.appendingPathComponent(layout.rawValue), options)
        let root = URL(fileURLWithPath: report.path)
        let text = try String(
          contentsOf: root.appendingPathComponent("README.txt"), encoding: .utf8)
        let lines = text.split(separator: "\n").map(String.init)
        func command(_ words: String) throws -> String {
          let line = try #require(
            lines.first { $0.drop { $0 == " " }.hasPrefix(words) }, "\(words)")
          return String(line.drop { $0 == " " }).replacing("/tmp/signers", with: "../../signers")
        }
        let manifest = root.appendingPathComponent("MANIFEST")
        func status(_ words: String, in folder: URL) throws -> Int32 {
          let result = try run("bash", ["-c", try command(words)], in: folder)
          return result.status
        }
        #expect(try status("sha256sum", in: root) == 0)
        #expect(try status("hashdeep", in: root) == 0)
        #expect(try status("(printf", in: manifest) == 0)
        #expect(try status("ssh-keygen", in: manifest) == 0)
        #expect(try status("minisign", in: manifest) == 0)
        #expect(text.contains(key.publicKey.line))
        let readme = root.appendingPathComponent("README.txt")
        try (Data(text.utf8) + [0x0A]).write(to: readme)
        #expect(try status("sha256sum", in: root) != 0)
        #expect(try status("hashdeep", in: root) != 0)
        let sums = manifest.appendingPathComponent("SHA256SUMS")
        try (Data(contentsOf: sums) + [0x0A]).write(to: sums)
        #expect(try status("ssh-keygen", in: manifest) != 0)
        #expect(try status("minisign", in: manifest) != 0)
      }
    }
  }

  @Test("every volume of a split production has the proof of its export")
  func split() async throws {
    try await withTemporaryDirectory { folder in
      let key = try #require(SigningKey(seed: Array(0..<32)))
      var options = try sampleOptions()
      options.maximumDocumentCount = 1
      options.evidence.signingKey = key
      options.evidence.proof = try Self.proof("VOL001", key: key)
      let reports = try VolumeExporter(options)
        .write(SequenceSource(hostileUnits()), to: folder.path)
      #expect(reports.count > 2)
      for report in reports {
        let found = try VolumeVerifier.verify(report.path, signers: [key.publicKey])
        #expect(found.problems == [])
      }
      options.volumeName = "VOL000"
      let foreign = try VolumeExporter(options)
        .write(SequenceSource(hostileUnits()), to: folder.path + "/foreign")
      #expect(!(try VolumeVerifier.verify(foreign[0].path).isIntact))
    }
  }

  @Test(
    "a proof of another export under the same name does not pass",
    arguments: [
      ("VOL001", 1, "other", 1, ""), ("VOL001", 2, "", 1, ""), ("VOL001", 1, "", 2, ""),
      ("VOL001", 1, "", 3, "0f"), ("VOL000", 1, "", 1, ""),
    ])
  func otherExport(
    _ volume: String, _ first: Int, _ selection: String, _ number: Int, _ previous: String
  ) async throws {
    try await withTemporaryDirectory { folder in
      var options = try sampleOptions()
      options.volumeName = "VOL00\(number)"
      options.previousManifestSHA256 = String(repeating: previous, count: 32)
      options.evidence.proof = try Self.proof(
        volume, key: nil, first: first, selection: selection)
      let wrong = try export(hostileUnits(), to: folder.appendingPathComponent("a"), options)
      let problems = try VolumeVerifier.verify(wrong.path).problems
      #expect(problems.map(\.path) == ["MANIFEST/audit-proof.json"], "\(problems)")
      options.volumeName = "VOL001"
      options.previousManifestSHA256 = ""
      options.evidence.proof = try Self.proof("VOL001", key: nil)
      let right = try export(hostileUnits(), to: folder.appendingPathComponent("b"), options)
      #expect(try VolumeVerifier.verify(right.path).problems == [])
    }
  }

  @Test("openssl verifies the signature in the checkpoint of a volume")
  func checkpointByOpenSSL() async throws {
    try await withTemporaryDirectory { folder in
      let key = try #require(SigningKey(seed: Array(0..<32)))
      let report = try write(key, proof: try Self.proof("VOL001", key: key), to: folder)
      let script = """
        import base64, json, subprocess, sys
        note = open(sys.argv[1] + '/MANIFEST/checkpoint.txt').read()
        proof = json.load(open(sys.argv[1] + '/MANIFEST/audit-proof.json'))
        assert proof['checkpoint'] == note
        text, signature = note.split('\\n\\n')
        name, key_id, public = proof['verifier_key'].split('+', 2)
        blob = base64.b64decode(signature.split(' ')[2])
        assert blob[:4].hex() == key_id and text.split('\\n')[0] == name
        der = bytes.fromhex('302a300506032b6570032100') + base64.b64decode(public)[1:]
        open('key.der', 'wb').write(der)
        open('text', 'w').write(text + '\\n')
        open('signature', 'wb').write(blob[4:])
        command = ['openssl', 'pkeyutl', '-verify', '-pubin', '-keyform', 'DER', '-inkey', 'key.der',
                   '-rawin', '-in', 'text', '-sigfile', 'signature']
        assert subprocess.run(command).returncode == 0
        open('text', 'a').write('x')
        assert subprocess.run(command).returncode != 0
        """
      let check = try run("python3", ["-c", script, report.path], in: folder)
      #expect(check.status == 0, "\(check.output)")
    }
  }

  @Test(
    "of a file of signers those lines count whose keys may sign volumes",
    arguments: [
      ("KEY", true), ("KEY ada@example.com", true), ("ada@example.com KEY", true),
      ("ada namespaces=\"ediscovery-manifest\" KEY comment", true),
      ("ada namespaces=\"file,ediscovery-*\" KEY", true), ("ada namespaces=\"file\" KEY", false),
      ("ada namespaces=\"*,!ediscovery-manifest\" KEY", false),
      ("ada cert-authority KEY", false), ("ada valid-before=\"20200101\" KEY", false),
      ("ada\tKEY", true), ("ssh-ed25519", false), ("ssh-ed25519 AAAA", false), ("", false),
    ])
  func signers(_ line: String, _ isTaken: Bool) throws {
    let key = try #require(SigningKey(seed: Array(0..<32)))
    let found = VerifyingKey(signerLine: line.replacing("KEY", with: key.publicKey.line))
    #expect(found == (isTaken ? key.publicKey : nil))
  }

  @Test("a changed byte in any file of MANIFEST is found", arguments: [true, false])
  func changed(_ isSigned: Bool) async throws {
    try await withTemporaryDirectory { folder in
      let key = isSigned ? SigningKey(seed: Array(0..<32)) : nil
      let report = try write(key, proof: try Self.proof("VOL001", key: key), to: folder)
      let signers = key.map { [$0.publicKey] } ?? []
      for name in try FileManager.default.contentsOfDirectory(atPath: report.path + "/MANIFEST") {
        let file = URL(fileURLWithPath: report.path + "/MANIFEST/" + name)
        let bytes = try Data(contentsOf: file)
        for offset in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 11)) {
          var changed = bytes
          changed[offset] ^= 1
          try changed.write(to: file)
          let found = try VolumeVerifier.verify(report.path, signers: signers)
          #expect(!found.isIntact, "\(name) \(offset)")
        }
        try FileManager.default.removeItem(at: file)
        #expect(!(try VolumeVerifier.verify(report.path, signers: signers).isIntact), "\(name)")
        try bytes.write(to: file)
      }
      #expect(try VolumeVerifier.verify(report.path, signers: signers).problems == [])
    }
  }

  @Test(
    "a proof of another volume's export does not pass, nor does no signature where one is asked")
  func foreign() async throws {
    try await withTemporaryDirectory { folder in
      let report = try write(nil, proof: try Self.proof("VOL002", key: nil), to: folder)
      #expect(!(try VolumeVerifier.verify(report.path).isIntact))
      let key = try #require(SigningKey(seed: Array(0..<32)))
      let unsigned = try write(nil, to: folder.appendingPathComponent("unsigned"))
      #expect(try VolumeVerifier.verify(unsigned.path).isIntact)
      #expect(!(try VolumeVerifier.verify(unsigned.path, signers: [key.publicKey]).isIntact))
    }
  }

  @Test("signed volumes verify in every package", arguments: VerifyTests.packages)
  func packages(_ package: VolumePackage) async throws {
    try await withTemporaryDirectory { folder in
      let key = try #require(SigningKey(seed: Array(0..<32)))
      let proof = try Self.proof("VOL001", key: key, package: package.description)
      let report = try write(key, proof: proof, package: package, to: folder)
      #expect(try VolumeVerifier.verify(report.path, signers: [key.publicKey]).problems == [])
      let again = try write(
        key, proof: proof, package: package, to: folder.appendingPathComponent("again"))
      let difference = try run("diff", ["-r", report.path, again.path])
      #expect(difference.status == 0, "\(difference.output)")
    }
  }
}
