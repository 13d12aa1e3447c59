// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// The persons whose interactions are captured.
struct CustodianCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "custodian",
    abstract: "Manage the persons whose interactions are captured.",
    discussion: """
      A custodian is a natural person with identities over time: accounts, user ids, e-mail \
      addresses, names. Persons that a capture names become custodians by themselves; two records \
      of one person are merged by hand.
      """,
    subcommands: [
      CustodianCreate.self, CustodianList.self, CustodianShow.self, CustodianUpdate.self,
      CustodianAdd.self, CustodianRemove.self, CustodianMerge.self, CustodianImport.self,
    ])
}
