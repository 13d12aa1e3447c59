// SPDX-License-Identifier: Apache-2.0

/// Who changes something, as the operating system tells it (design section 3): never a name that
/// an option or a variable of ours gives.
package struct AuditActor: Hashable, Sendable {
  /// The real user id.
  package var userID: Int64
  /// The account's name; the number when the system knows no name.
  package var account: String
  /// Under sudo the account that called it; else nil.
  package var callingAccount: String?
  /// The machine's name.
  package var host: String
  /// The program with its version, such as `custody 0.1.0`.
  package var program: String
  /// The command, noun and verb without arguments, such as `hold create`.
  package var command: String

  package init(
    userID: Int64, account: String, callingAccount: String?, host: String, program: String,
    command: String
  ) {
    self.userID = userID
    self.account = account
    self.callingAccount = callingAccount
    self.host = host
    self.program = program
    self.command = command
  }

  /// The account for people: `ada`, or `root (for ada)` under sudo.
  package var displayName: String {
    callingAccount.map { account + " (for " + $0 + ")" } ?? account
  }
}
