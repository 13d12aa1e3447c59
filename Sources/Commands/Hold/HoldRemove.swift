// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Model
import Store

/// Takes something out of the scope of a hold.
struct HoldRemove: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove",
    abstract: "Remove custodians, projects, sources or everyone from a hold.",
    discussion: discussion(
      """
      What falls out is released: it is named before the command asks, and the earlier wording \
      protects it until the cool-down has passed; until then hold reinstate takes the change back. \
      It must be confirmed by the hold's name. The last thing that a hold names cannot be removed: \
      release the hold.
      """,
      examples: [
        "custody hold remove mail --case smith --custodian cleo@example.org --confirm mail"
      ], statuses: .changing + [.notFound, .ambiguous, .confirm, .stale]))

  @OptionGroup var rewording: HoldRewording
  @OptionGroup(title: "Scope") var scope: ScopeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    let names = try scope.namesOfHold()
    var effect = ScopeEffect()
    try rewording.run(.remove, Self.self, global) { known, change in
      effect = try known.definition.scope.removing(
        names.resolved(in: change.catalog), in: change.catalog)
      guard !effect.scope.isEmpty else {
        throw CommandFailure.usage(
          "the hold '\(known.name)' would name nothing any more",
          whatToDo: "release it with custody hold release")
      }
      var wanted = HoldRewording.Wanted(definition: known.definition)
      wanted.definition.scope = effect.scope
      wanted.counts = .init(added: effect.changed, already: effect.unchanged)
      return wanted
    }
  }
}
