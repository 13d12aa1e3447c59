// SPDX-License-Identifier: Apache-2.0
package import ArgumentParser
import Model
import Store

/// What the scope of a policy names beside the things of every scope, and what it leaves out.
package struct PolicyScopeOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A group of persons by directory attribute, such as department=Sales; may be repeated.",
      valueName: "attribute=value"))
  package var group: [String] = []
  @Option(
    help: ArgumentHelp("A list of groups, one a line; - reads it.", valueName: "file"),
    completion: .file())
  package var groupsFrom: [String] = []
  @Option(help: ArgumentHelp("A model, by its id; may be repeated.", valueName: "model"))
  package var model: [String] = []
  @Option(
    help: ArgumentHelp("A list of models, one a line; - reads it.", valueName: "file"),
    completion: .file())
  package var modelsFrom: [String] = []
  @Option(help: ArgumentHelp("Leave out a custodian; may be repeated.", valueName: "person"))
  package var excludeCustodian: [String] = []
  @Option(
    help: ArgumentHelp("Leave out a list of custodians, one a line.", valueName: "file"),
    completion: .file())
  package var excludeCustodiansFrom: [String] = []
  @Option(help: ArgumentHelp("Leave out a group; may be repeated.", valueName: "attribute=value"))
  package var excludeGroup: [String] = []
  @Option(help: ArgumentHelp("Leave out a project; may be repeated.", valueName: "project"))
  package var excludeProject: [String] = []
  @Option(help: ArgumentHelp("Leave out a source; may be repeated.", valueName: "source"))
  package var excludeSource: [String] = []
  @Option(help: ArgumentHelp("Leave out a model; may be repeated.", valueName: "model"))
  package var excludeModel: [String] = []

  package init() {}

  package func validate() throws {
    let words = group + model + excludeCustodian + excludeGroup + excludeProject + excludeSource
    if (words + excludeModel).contains(where: { $0.allSatisfy(\.isWhitespace) }) {
      throw ValidationError("an empty name is no scope")
    }
    if let bad = (group + excludeGroup).first(where: { GroupName($0) == nil }) {
      throw ValidationError("'\(bad)' is no group; write attribute=value, as department=Sales")
    }
  }
}

/// The scope of a policy as typed; each side is nil where nothing of it was typed.
struct TypedPolicyScope {
  var included: ScopeNames?
  var groups: [GroupName]
  var models: [String]
  var excluded: ScopeNames?
  var excludedGroups: [GroupName]
  var excludedModels: [String]

  init(_ scope: ScopeOptions, _ more: PolicyScopeOptions) throws {
    func listed(_ paths: [String], _ option: String) throws -> [String] {
      try paths.flatMap { try readNames($0, option: option, scope.form.format) }
    }
    let names = try scope.names()
    groups = try Self.groups(more.group + listed(more.groupsFrom, "--groups-from"))
    models = (more.model + (try listed(more.modelsFrom, "--models-from"))).map { $0.lowercased() }
    if names.everyone, !(groups.isEmpty && models.isEmpty) {
      throw CommandFailure.usage(
        "--everyone leaves no room for other names", whatToDo: "leave out what --exclude names")
    }
    included = names.isEmpty && groups.isEmpty && models.isEmpty ? nil : names
    excludedGroups = try Self.groups(more.excludeGroup)
    excludedModels = more.excludeModel.map { $0.lowercased() }
    let others = ScopeNames(
      everyone: false,
      custodians: more.excludeCustodian
        + (try listed(more.excludeCustodiansFrom, "--exclude-custodians-from")),
      projects: more.excludeProject, sources: more.excludeSource)
    excluded = others.isEmpty && excludedGroups.isEmpty && excludedModels.isEmpty ? nil : others
  }

  private static func groups(_ texts: [String]) throws -> [GroupName] {
    try texts.map { text in
      guard let group = GroupName(text) else {
        throw CommandFailure.usage("'\(text)' is no group", whatToDo: "write attribute=value")
      }
      return group
    }
  }

  /// The scope in ids; a side that was not typed stays as it was.
  ///
  /// - Throws: ``CommandFailure`` with status 20 naming all unknown names of a side.
  func resolved(in catalog: Catalog, over before: PolicyScope = PolicyScope()) throws -> PolicyScope
  {
    var scope = before
    if let included {
      let found = try included.resolved(in: catalog)
      scope.everyone = found.everyone
      scope.included = PolicyNames(
        custodians: found.custodians, groups: groups, projects: found.projects,
        sources: found.sources, models: models)
    }
    if let excluded {
      let found = try excluded.resolved(in: catalog)
      scope.excluded = PolicyNames(
        custodians: found.custodians, groups: excludedGroups, projects: found.projects,
        sources: found.sources, models: excludedModels)
    }
    return scope.sorted
  }
}

extension PolicyScope {
  /// Warnings of groups and models that the store does not know; one that is mistyped in what is left
  /// out makes a deletion wider.
  ///
  /// They are no errors: a group may get its first person, and a model its first answer, later.
  ///
  /// - Parameter store: The store.
  /// - Returns: One sentence each.
  /// - Throws: `StoreError` when the store cannot be read.
  func warnings(in store: Store) throws -> [String] {
    let groups = try store.read { try $0.groups() }
    let asked = Set(included.models + excluded.models)
    let models = asked.isEmpty ? [] : try store.models()
    return [(included, ""), (excluded, ", so it leaves nobody out")].flatMap { names, effect in
      names.groups.filter { !groups.contains($0) }.map {
        "nobody is in the group \($0.text)" + effect
      }
        + names.models.filter { !models.contains($0) }.map {
          "no captured answer is by the model \($0)"
            + (effect.isEmpty ? "" : ", so it leaves nothing out")
        }
    }
  }
}

extension RetentionAction: ExpressibleByArgument {}
extension RetentionStart: ExpressibleByArgument {}
extension PolicyMode: ExpressibleByArgument {}
extension PolicyKind: ExpressibleByArgument {}
extension Disposition: ExpressibleByArgument {}
extension RetentionPeriod: ExpressibleByArgument {
  package init?(argument: String) { self.init(argument) }
}
