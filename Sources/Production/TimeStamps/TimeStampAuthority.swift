// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import Glibc
import Model

/// Whose word about the time is taken: certificates in a file, asked of `openssl ts`, which knows the
/// signatures and chains that authorities use.
package struct TimeStampAuthority: Sendable {
  private let certificates: String
  private let program: String

  /// Takes certificates.
  ///
  /// - Parameters:
  ///   - certificates: A file of trusted ones in PEM.
  ///   - path: Folders with colons between them, in which `openssl` is looked for; nil for those of the
  ///     environment.
  /// - Throws: `ProductionError` with `.badKey` where the file cannot be read or holds none,
  ///   `.noProgram` where openssl is not installed.
  package init(certificates: String, searching path: String? = nil) throws {
    guard let text = try? Data(contentsOf: URL(fileURLWithPath: certificates)) else {
      throw ProductionError(.badKey, "cannot read '\(certificates)'; check the path of --tsa-ca")
    }
    guard text.range(of: Data("-----BEGIN CERTIFICATE-----".utf8)) != nil else {
      throw ProductionError(
        .badKey,
        "'\(certificates)' holds no certificate in PEM; name the file with the authority's root")
    }
    self.certificates = certificates
    let folders = path ?? ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    let program = folders.split(separator: ":").filter { $0.hasPrefix("/") }
      .map { String($0) + "/openssl" }.first { unsafe access($0, X_OK) == 0 }
    guard let program else {
      throw ProductionError(
        .noProgram,
        "time stamps are checked by openssl, which is not installed; install it, or leave out --tsa-ca"
      )
    }
    self.program = program
  }

  /// Why a reply is not the authority's word; nil where it is.
  ///
  /// Certificates must have been valid at the time that the reply states: it is to last longer than they.
  ///
  /// - Parameters:
  ///   - reply: The reply, which was read as one about the file.
  ///   - places: Where the reply and the chain lie.
  /// - Returns: The cause that openssl gives, without a full stop.
  /// - Throws: `ProductionError` with `.noProgram` when openssl cannot be started.
  func refusal(of reply: TimeStampReply, in places: TimeStampFiles) throws -> String? {
    var arguments = [
      "ts", "-verify", "-digest", reply.digest.hexadecimal, "-in", absolute(places.reply),
      "-CAfile", absolute(certificates), "-attime",
      String(reply.time.flooredToSecond.ticks / Instant.ticksPerSecond),
    ]
    if exists(places.chain) { arguments += ["-untrusted", absolute(places.chain)] }
    return try refusal(arguments)
  }

  private func absolute(_ path: String) -> String { URL(fileURLWithPath: path).path }

  private func refusal(_ arguments: [String]) throws -> String? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    // Settings of the machine have no say in what is trusted.
    process.environment = ["LC_ALL": "C", "OPENSSL_CONF": "/dev/null"]
    let output = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = output
    do {
      try process.run()
    } catch {
      throw ProductionError(.noProgram, "openssl cannot be started", cause: error)
    }
    let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let text = String(decoding: bytes, as: UTF8.self)
    let isOK = process.terminationStatus == 0 && text.contains("Verification: OK")
    return isOK ? nil : TimeStampAuthority.reason(in: text)
  }

  // The last line of openssl's stack of errors is the cause.
  private static func reason(in text: String) -> String {
    let lines = text.split(whereSeparator: \.isNewline).map(String.init)
    let errors = lines.filter { $0.contains(":error:") || $0.contains("Verify error") }
    guard let line = errors.last else { return "openssl does not verify it" }
    let parts = line.split(separator: ":").map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty }
    // number:error:code:library:function:reason:file:line:detail
    guard let place = parts.firstIndex(of: "error"), parts.count > place + 4 else { return line }
    return parts[(place + 4)...].filter { Int($0) == nil && !$0.hasSuffix(".c") }
      .joined(separator: ": ")
  }
}
