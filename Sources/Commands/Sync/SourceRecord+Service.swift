// SPDX-License-Identifier: Apache-2.0
import Capture
import Model
import Store

extension SourceRecord {
  /// The key of a service, from its file.
  ///
  /// - Returns: The key.
  /// - Throws: `CommandFailure` where there is no service or no file; `ComplianceError` for one that
  ///   holds none.
  func serviceKey() throws -> ComplianceKey {
    guard kind == .complianceAPI else {
      throw CommandFailure(
        .usage, "\(name) is no source of a service", whatToDo: "use custody import for files")
    }
    guard !keyFile.isEmpty else {
      throw CommandFailure(
        .secret, "the source \(name) has no key file",
        whatToDo: "name one with custody source update \(name) --key-file FILE")
    }
    return try ComplianceKey(file: keyFile)
  }

  /// Refuses a rate of calls that is more than a service allows to all its clients.
  ///
  /// - Parameter rate: Calls in a minute.
  /// - Throws: `CommandFailure`.
  func requireFits(rate: Int) throws {
    guard rate >= 600, kind == .complianceAPI, !ComplianceAddress.isLocal(url) else { return }
    throw CommandFailure(
      .usage, "--rate \(rate) is more than the service allows to all its clients",
      why: "\(name) is at \(url)", whatToDo: "choose at most 599")
  }
}
