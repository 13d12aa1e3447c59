// SPDX-License-Identifier: Apache-2.0
import Glibc
package import Model

extension AuditActor {
  /// The account that runs this process: its real user id, never a name from an option.
  ///
  /// `SUDO_USER` and `SUDO_UID` are taken only in a process of root, where sudo set them.
  ///
  /// - Parameters:
  ///   - program: The program with its version, such as `custody 0.1.0`.
  ///   - command: Noun and verb.
  /// - Returns: The acting account.
  package static func current(program: String, command: String) -> AuditActor {
    let userID = getuid()
    var calling: String?
    if userID == 0, let name = environment("SUDO_USER"), !name.isEmpty {
      calling = environment("SUDO_UID").map { name + " (uid " + $0 + ")" } ?? name
    }
    return AuditActor(
      userID: Int64(userID), account: accountName(of: userID) ?? String(userID),
      callingAccount: calling, host: hostName(), program: program, command: command)
  }
}

private func environment(_ name: String) -> String? {
  guard let value = unsafe getenv(name) else { return nil }
  return unsafe String(cString: value)
}

private func accountName(of userID: uid_t) -> String? {
  var record = unsafe passwd()
  var buffer = [CChar](repeating: 0, count: 16_384)
  return unsafe buffer.withUnsafeMutableBufferPointer { storage -> String? in
    guard let start = storage.baseAddress else { return nil }
    var found: UnsafeMutablePointer<passwd>?
    let status = unsafe getpwuid_r(userID, &record, start, storage.count, &found)
    guard status == 0, unsafe found != nil, let name = unsafe record.pw_name else { return nil }
    return unsafe String(cString: name)
  }
}

private func hostName() -> String {
  var buffer = [CChar](repeating: 0, count: 256)
  return unsafe buffer.withUnsafeMutableBufferPointer { storage -> String in
    guard let start = storage.baseAddress,
      unsafe gethostname(start, storage.count - 1) == 0
    else { return "unknown" }
    return unsafe String(cString: start)
  }
}
