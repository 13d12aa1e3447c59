// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// Cases, which holds, searches and review sets belong to.
struct CaseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "case",
    abstract: "Manage cases.",
    discussion: """
      A case gathers custodians, holds, searches and review sets. Closing one frees nothing by \
      itself, and reopening one brings back no hold.
      """,
    subcommands: [
      CaseCreate.self, CaseList.self, CaseShow.self, CaseUpdate.self, CaseAdd.self,
      CaseRemove.self, CaseClose.self, CaseReopen.self, CaseDelete.self,
    ])
}
