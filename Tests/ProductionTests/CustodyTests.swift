// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import Model
import Production
import TestSupport
import Testing

/// A key as ssh-keygen makes it.
func makeKey(_ name: String, in folder: URL) throws -> (path: String, key: SigningKey) {
  let path = folder.appendingPathComponent(name).path
  let result = try run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", path])
  #expect(result.status == 0, "\(result.output)")
  return (path, try SigningKey(openSSH: Array(Data(contentsOf: URL(fileURLWithPath: path)))))
}

@Suite("Signatures, checked by the programs they are for")
struct SignatureTests {
  static let sizes = [0, 1, 63, 64, 127, 128, 129, 256, 100_000]

  private func content(_ size: Int) -> [UInt8] {
    (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
  }

  @Test(
    "ssh-keygen verifies every signature and refuses another file or namespace", arguments: sizes)
  func ssh(_ size: Int) async throws {
    try await withTemporaryDirectory { folder in
      let (path, key) = try makeKey("key", in: folder)
      let file = folder.appendingPathComponent("x")
      try Data(content(size)).write(to: file)
      let signature = try SSHSignature.make(for: content(size), with: key)
      try Data(signature.utf8).write(to: folder.appendingPathComponent("x.sig"))
      let line = try String(contentsOfFile: path + ".pub", encoding: .utf8)
      #expect(line.hasPrefix(key.publicKey.line))
      try Data("me namespaces=\"ediscovery-manifest\" \(line)".utf8)
        .write(to: folder.appendingPathComponent("signers"))
      func verify(_ name: String, _ namespace: String) throws -> Int32 {
        try run(
          "bash",
          [
            "-c",
            "ssh-keygen -Y verify -f signers -I me -n \(namespace) -s x.sig < \(name)",
          ], in: folder
        ).status
      }
      #expect(try verify("x", "ediscovery-manifest") == 0)
      #expect(try verify("x", "other") != 0)
      try Data(content(size) + [1]).write(to: folder.appendingPathComponent("y"))
      #expect(try verify("y", "ediscovery-manifest") != 0)
      #expect(SSHSignature.signer(of: content(size), signature: signature) == key.publicKey)
      #expect(SSHSignature.signer(of: content(size) + [1], signature: signature) == nil)
      let fingerprint = try run("ssh-keygen", ["-l", "-f", path + ".pub"]).output
      #expect(fingerprint.contains(key.publicKey.fingerprint))
    }
  }

  @Test("a signature of ssh-keygen's own is accepted")
  func fromSSH() async throws {
    try await withTemporaryDirectory { folder in
      let (path, key) = try makeKey("key", in: folder)
      let file = folder.appendingPathComponent("x")
      try Data("hello".utf8).write(to: file)
      let sign = try run(
        "ssh-keygen", ["-q", "-Y", "sign", "-f", path, "-n", "ediscovery-manifest", file.path])
      #expect(sign.status == 0, "\(sign.output)")
      let text = try String(contentsOfFile: file.path + ".sig", encoding: .utf8)
      #expect(SSHSignature.signer(of: Array("hello".utf8), signature: text) == key.publicKey)
      // Ed25519 gives one signature, so ours is the same to the byte.
      #expect(try SSHSignature.make(for: Array("hello".utf8), with: key) == text)
    }
  }

  @Test(
    "minisign verifies every signature with its comment and refuses another file", arguments: sizes)
  func minisign(_ size: Int) async throws {
    try await withTemporaryDirectory { folder in
      let key = try #require(SigningKey(seed: Array(0..<32)))
      let file = folder.appendingPathComponent("x")
      try Data(content(size)).write(to: file)
      let signature = try MinisignSignature.make(
        for: content(size), trustedComment: "volume VOL001", with: key)
      try Data(signature.utf8).write(to: folder.appendingPathComponent("x.minisig"))
      try Data(MinisignSignature.publicKeyFile(key.publicKey).utf8)
        .write(to: folder.appendingPathComponent("key.pub"))
      let good = try run("minisign", ["-V", "-p", "key.pub", "-m", "x"], in: folder)
      #expect(good.status == 0, "\(good.output)")
      #expect(good.output.contains("volume VOL001"))
      #expect(MinisignSignature.isValid(signature, for: content(size), by: key.publicKey))
      try Data(content(size) + [1]).write(to: file)
      #expect(try run("minisign", ["-V", "-p", "key.pub", "-m", "x"], in: folder).status != 0)
      #expect(!MinisignSignature.isValid(signature, for: content(size) + [1], by: key.publicKey))
      let forged = signature.replacing("VOL001", with: "VOL002")
      #expect(!MinisignSignature.isValid(forged, for: content(size), by: key.publicKey))
    }
  }

  @Test("BLAKE2b gives what b2sum gives", arguments: sizes)
  func blake(_ size: Int) async throws {
    try await withTemporaryDirectory { folder in
      let file = folder.appendingPathComponent("x")
      try Data(content(size)).write(to: file)
      let sum = try run("b2sum", [file.path]).output
      let bytes = content(size)
      let digest = BLAKE2b.digest(of: bytes.span).hexadecimal
      #expect(sum.hasPrefix(digest + " "))
    }
  }

  @Test("keys with a passphrase, of other types and damaged ones are refused with a reason")
  func badKeys() async throws {
    try await withTemporaryDirectory { folder in
      let path = folder.appendingPathComponent("locked").path
      #expect(
        try run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "secret words", "-f", path]).status == 0
      )
      let locked = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
      let error = #expect(throws: ProductionError.self) { try SigningKey(openSSH: locked) }
      #expect(error?.message.contains("passphrase") == true)
      let ecdsa = folder.appendingPathComponent("ecdsa").path
      #expect(try run("ssh-keygen", ["-q", "-t", "ecdsa", "-N", "", "-f", ecdsa]).status == 0)
      for file in [ecdsa, ecdsa + ".pub"] {
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: file)))
        #expect(throws: ProductionError.self) { try SigningKey(openSSH: bytes) }
      }
      let (good, _) = try makeKey("good", in: folder)
      let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: good)))
      for count in stride(from: 0, to: bytes.count - 1, by: 13) {
        #expect(throws: ProductionError.self) { try SigningKey(openSSH: Array(bytes[..<count])) }
      }
    }
  }
}

@Suite("Checkpoints and proofs")
struct CheckpointTests {
  private static let leaves = [
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
  ].compactMap { [UInt8](hexadecimal: $0) }

  @Test(
    "roots are those of the specification's table",
    arguments: [
      (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
      (2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
      (3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
      (5, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
      (6, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
      (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
    ])
  func roots(_ count: Int, _ root: String) {
    var tree = HashTree()
    for leaf in Self.leaves[..<count] { tree.add(leaf.span) }
    #expect(tree.root.hexadecimal == root)
  }

  @Test("the inclusion proof of the specification is made and leads to the root")
  func vector() throws {
    var collector = ProofCollector(size: 8, wanted: [5])
    for leaf in Self.leaves { collector.add(leaf.span) }
    let path = try #require(collector.finish()[5])
    #expect(
      path.map(\.hexadecimal) == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      ])
    let leaf = Self.leaves[5]
    let root = HashTree.root(
      of: HashTree.leafHash(leaf.span), at: 5, size: 8, path: path)
    #expect(
      root?.hexadecimal == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")
  }

  @Test("every leaf of every small tree has a proof that fits it alone", arguments: 1...33)
  func proofs(_ size: Int) {
    var tree = HashTree()
    var collector = ProofCollector(size: size, wanted: Array(0..<size))
    let leaves = (0..<size).map { [UInt8(truncatingIfNeeded: $0)] }
    for leaf in leaves {
      tree.add(leaf.span)
      collector.add(leaf.span)
    }
    let paths = collector.finish()
    let digests = leaves.map { HashTree.leafHash($0.span) }
    #expect(paths.count == size)
    for (index, path) in paths {
      for other in 0..<size {
        let root = HashTree.root(
          of: digests[index], at: other, size: size, path: path)
        #expect((root == tree.root) == (other == index), "\(index) at \(other) of \(size)")
      }
      let foreign: [UInt8] = [0xFF, 0xFF]
      let changed = HashTree.root(
        of: HashTree.leafHash(foreign.span), at: index, size: size, path: path)
      #expect(changed != tree.root)
      let long = HashTree.root(
        of: digests[index], at: index, size: size,
        path: path + [tree.root])
      #expect(long == nil)
    }
  }

  @Test("the signed note of the specification is made to the byte and read back")
  func note() throws {
    let key = try #require(SigningKey(seed: Array(0..<32)))
    var tree = HashTree()
    for leaf in Self.leaves { tree.add(leaf.span) }
    var checkpoint = Checkpoint(origin: "example.com/ediscovery-audit", size: 8, root: tree.root)
    #expect(Checkpoint(checkpoint.text) == checkpoint)
    try checkpoint.sign(with: key)
    #expect(
      checkpoint.text == """
        example.com/ediscovery-audit
        8
        XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=

        \u{2014} example.com/ediscovery-audit smPaw8ECDYhXvjKo0i+Clx6+H6IZavLQ9rX0UH9ELu8VlaaV6T9JznyXyzVa43eJ47B6qD903s2ZnQe1m/+VSqChdAs=

        """)
    #expect(
      Checkpoint.verifierKey("example.com/ediscovery-audit", key.publicKey)
        == "example.com/ediscovery-audit+b263dac3+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4")
    let read = try #require(Checkpoint(checkpoint.text))
    #expect(read == checkpoint)
    #expect(read.isSigned(by: key.publicKey))
    let other = try #require(SigningKey(seed: Array(1...32)))
    #expect(!read.isSigned(by: other.publicKey))
    var forged = read
    forged.size = 9
    #expect(!forged.isSigned(by: key.publicKey))
  }

  @Test(
    "anything but the very form of a note is refused",
    arguments: [
      "", "a\n", "a b\n1\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n",
      "a\n01\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n",
      "a\n-1\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n",
      "a\n1\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=", "a\n1\nXcna\n",
      "a\n1\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\nmore\n",
      "a\n1\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n\n",
      "a\r\n1\r\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\r\n",
    ])
  func badNotes(_ text: String) {
    #expect(Checkpoint(text) == nil)
  }

  @Test("pymerkle gives the same roots")
  func pymerkle() async throws {
    try await withTemporaryDirectory { folder in
      let script = """
        import hashlib
        from pymerkle import InmemoryTree
        tree = InmemoryTree(algorithm='sha256')
        for n in range(100):
            tree.append_entry(str(n).encode())
            print(tree.get_root(n + 1).hex())
        """
      let python = try run("python3", ["-c", script], in: folder)
      #expect(python.status == 0, "\(python.output)")
      var tree = HashTree()
      var roots: [String] = []
      for number in 0..<100 {
        tree.add(String(number).utf8.span)
        roots.append(tree.root.hexadecimal)
      }
      #expect(python.output.split(separator: "\n").map(String.init) == roots)
    }
  }
}

@Suite("Volumes with evidence")
struct EvidenceTests {
  static func proof(
    _ volume: String, key: SigningKey?, package: String = "folder"
  ) throws -> AuditProof {
    let options =
      #"{"package":"\#(package)","signer":"\#(key?.publicKey.fingerprint ?? "")"}"#
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

@Suite("Differences between volumes")
struct ComparisonTests {
  @Test("equal volumes differ in nothing, whatever they are packed in")
  func equal() async throws {
    try await withTemporaryDirectory { folder in
      let first = try export(hostileUnits(), to: folder.appendingPathComponent("a"))
      var options = try sampleOptions()
      options.package = .tarZstandard(level: 3)
      let second = try export(hostileUnits(), to: folder.appendingPathComponent("b"), options)
      #expect(try VolumeComparison.differences(first.path, first.path) == [])
      let other = try VolumeComparison.differences(first.path, second.path)
      #expect(other.map(\.object) == ["options.package"])
    }
  }

  @Test("documents added, removed and changed are told with the fields and files that differ")
  func documents() async throws {
    try await withTemporaryDirectory { folder in
      let units = hostileUnits()
      let first = try export(units, to: folder.appendingPathComponent("a"))
      var changed = units
      changed[1].unit.title = "Now with a title"
      changed.append(sampleUnit(id: "conv-9", [SampleMessage(id: "n1", text: "new")]))
      var options = try sampleOptions()
      options.confidentiality = "CONFIDENTIAL"
      options.scope.matter = "Pier 9"
      let second = try export(changed, to: folder.appendingPathComponent("b"), options)
      let found = try VolumeComparison.differences(first.path, second.path)
      #expect(
        found.contains {
          $0 == VolumeDifference(kind: .documentAdded, object: "CLD0000009", details: [])
        })
      let seventh = try #require(found.first { $0.object == "CLD0000007" })
      let expected = ["SUBJECT", "CONFIDENTIALITY", "HTML/0001/CLD0000007.html"]
      #expect(seventh.kind == .documentChanged)
      #expect(seventh.details == expected)
      #expect(
        found.contains {
          $0 == VolumeDifference(kind: .manifest, object: "matter", details: ["", "Pier 9"])
        })
      #expect(found.contains { $0.kind == .file && $0.object == "DATA/VOL001.dat" })
      let back = try VolumeComparison.differences(second.path, first.path)
      #expect(back.contains { $0.kind == .documentRemoved && $0.object == "CLD0000009" })
    }
  }

  @Test("reports are compared like volumes, and never with them")
  func reports() async throws {
    try await withTemporaryDirectory { folder in
      var options = try sampleOptions()
      options.layout = .report
      let first = try export(hostileUnits(), to: folder.appendingPathComponent("a"), options)
      #expect(try VolumeComparison.differences(first.path, first.path) == [])
      var units = hostileUnits()
      units[1].unit.title = "Now with a title"
      let second = try export(units, to: folder.appendingPathComponent("b"), options)
      let found = try VolumeComparison.differences(first.path, second.path)
      let changed = try #require(found.first { $0.object == "CLD0000007" })
      #expect(changed.details == ["ConversationName", "transcripts/CLD0000007.html"])
      #expect(!found.contains { $0.kind == .documentAdded || $0.kind == .documentRemoved })
      let volume = try export(units, to: folder.appendingPathComponent("c"))
      #expect(throws: ProductionError.self) {
        try VolumeComparison.differences(first.path, volume.path)
      }
    }
  }

  @Test("evidence that one volume has and the other has not is told")
  func evidence() async throws {
    try await withTemporaryDirectory { folder in
      var options = try sampleOptions()
      let first = try export(hostileUnits(), to: folder.appendingPathComponent("a"), options)
      let key = try #require(SigningKey(seed: Array(0..<32)))
      options.evidence.signingKey = key
      options.evidence.proof = try EvidenceTests.proof("VOL001", key: key)
      let second = try export(hostileUnits(), to: folder.appendingPathComponent("b"), options)
      let found = try VolumeComparison.differences(first.path, second.path)
      #expect(
        found.map(\.object) == [
          "counts.bytes", "options.audit_proof", "options.signer", "MANIFEST/audit-proof.json",
          "MANIFEST/checkpoint.txt", "README.txt",
        ])
    }
  }

  @Test("encrypted volumes are compared with their passphrase alone")
  func encrypted() async throws {
    try await withTemporaryDirectory { folder in
      var options = try sampleOptions()
      let plain = try export(hostileUnits(), to: folder.appendingPathComponent("a"), options)
      options.package = .zip(.store)
      options.passphrase = "twelve characters"
      let closed = try export(hostileUnits(), to: folder.appendingPathComponent("b"), options)
      for passphrase in [nil, "another of twelve"] {
        let error = #expect(throws: ProductionError.self) {
          try VolumeComparison.differences(plain.path, closed.path, passphrase: passphrase)
        }
        #expect(error?.code == .encrypted)
      }
      let found = try VolumeComparison.differences(
        plain.path, closed.path, passphrase: "twelve characters")
      #expect(found.map(\.object) == ["options.encryption", "options.package"])
    }
  }

  @Test("what is no volume is refused")
  func noVolume() async throws {
    try await withTemporaryDirectory { folder in
      let volume = try export(hostileUnits(), to: folder.appendingPathComponent("a"))
      #expect(throws: ProductionError.self) {
        try VolumeComparison.differences(volume.path, folder.path)
      }
      #expect(throws: ProductionError.self) {
        try VolumeComparison.differences(volume.path, folder.path + "/none")
      }
    }
  }
}
