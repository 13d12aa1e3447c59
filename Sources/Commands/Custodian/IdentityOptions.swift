// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Identities of a person.
struct IdentityOptions: ParsableArguments {
  @Option(help: ArgumentHelp("An e-mail address; may be repeated.", valueName: "address"))
  var email: [String] = []
  @Option(help: ArgumentHelp("A user id of a directory; may be repeated.", valueName: "id"))
  var userId: [String] = []
  @Option(help: ArgumentHelp("An account id of a capture; may be repeated.", valueName: "id"))
  var account: [String] = []
  @Option(help: ArgumentHelp("A further name; may be repeated.", valueName: "name"))
  var alias: [String] = []

  /// The identities, all valid at the same time.
  func definitions(valid: TimeInterval) -> [IdentityDefinition] {
    let kinds: [(IdentityKind, [String])] = [
      (.emailAddress, email), (.userID, userId), (.account, account), (.name, alias),
    ]
    return kinds.flatMap { kind, values in
      values.map { IdentityDefinition(kind, $0, valid: valid) }
    }
  }

  /// Refuses a command line without any identity.
  func requireSome() throws {
    if (email + userId + account + alias).isEmpty {
      throw ValidationError("name an identity, such as --email ADDRESS")
    }
  }
}
