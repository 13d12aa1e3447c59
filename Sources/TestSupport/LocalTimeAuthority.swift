// SPDX-License-Identifier: Apache-2.0
package import Foundation

/// An authority that stamps the time, made with openssl in a folder: a root, and a certificate for time
/// stamps that it signed (export-formats section 10.3).
package struct LocalTimeAuthority: Sendable {
  /// An openssl command that did not end well.
  package struct Failure: Error {
    package var words: String
  }

  private let folder: URL
  /// The root's certificate, in PEM.
  package var root: String { folder.path + "/root.pem" }
  /// The authority's own certificate, in PEM.
  package var certificate: String { folder.path + "/tsa.pem" }

  /// Makes one.
  ///
  /// - Parameters:
  ///   - folder: Where its files go; made anew.
  ///   - digests: The kinds of digest that it stamps.
  /// - Throws: ``Failure``.
  package init(in folder: URL, digests: String = "sha256, sha384, sha512") async throws {
    self.folder = folder
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    try write("extendedKeyUsage = critical, timeStamping\n", "usage.cnf")
    try write("01\n", "serial")
    try write(
      """
      [tsa]
      default_tsa = here
      [here]
      serial = serial
      signer_digest = sha256
      default_policy = 1.2.3.4.1
      digests = \(digests)
      ess_cert_id_alg = sha256

      """, "tsa.cnf")
    let key = ["-newkey", "rsa:2048", "-nodes"]
    try await openssl(
      ["req", "-x509"] + key + ["-keyout", "root.key", "-out", "root.pem", "-days", "30"]
        + ["-subj", "/CN=Root of \(folder.lastPathComponent)"])
    try await openssl(
      ["req"] + key + ["-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Time"])
    try await openssl(
      ["x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key"]
        + ["-CAcreateserial", "-out", "tsa.pem", "-days", "30", "-extfile", "usage.cnf"])
  }

  /// Answers a request.
  ///
  /// - Parameters:
  ///   - request: The path of the request.
  ///   - reply: The path that the reply goes to.
  /// - Throws: What starting openssl throws.
  package func answer(_ request: String, to reply: String) async throws {
    // A refusal is a reply too, and openssl ends with 1 after it.
    try await openssl(
      ["ts", "-reply", "-config", "tsa.cnf", "-queryfile", request, "-signer", "tsa.pem"]
        + ["-inkey", "tsa.key", "-out", reply], mayRefuse: true)
  }

  private func openssl(_ words: [String], mayRefuse: Bool = false) async throws {
    let result = try await Tool.run("openssl", words, in: folder)
    guard result.status == 0 || mayRefuse else { throw Failure(words: result.errorText) }
  }

  private func write(_ text: String, _ name: String) throws {
    try Data(text.utf8).write(to: folder.appendingPathComponent(name))
  }
}
