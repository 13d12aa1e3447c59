// SPDX-License-Identifier: Apache-2.0
package import ArgumentParser

/// Whom and what a command looks at, as typed; named things add up.
package struct ScopeNames: Sendable, Equatable {
  package var everyone: Bool
  package var custodians: [String]
  package var projects: [String]
  package var sources: [String]

  /// Whether it names nothing; never read as "everything".
  package var isEmpty: Bool {
    !everyone && custodians.isEmpty && projects.isEmpty && sources.isEmpty
  }
}

/// The scope of a command (design section 4).
package struct ScopeOptions: ParsableArguments {
  @Option(help: ArgumentHelp("A custodian, by id or name; may be repeated.", valueName: "person"))
  package var custodian: [String] = []

  @Option(
    help: ArgumentHelp("A list of custodians, one a line; - reads it.", valueName: "file"),
    completion: .file())
  package var custodiansFrom: [String] = []

  @Option(help: ArgumentHelp("A project, by id or name; may be repeated.", valueName: "project"))
  package var project: [String] = []

  @Option(
    help: ArgumentHelp("A list of projects, one a line; - reads it.", valueName: "file"),
    completion: .file())
  package var projectsFrom: [String] = []

  @Option(help: ArgumentHelp("A source, by id or name; may be repeated.", valueName: "source"))
  package var source: [String] = []

  @Option(
    help: ArgumentHelp("A list of sources, one a line; - reads it.", valueName: "file"),
    completion: .file())
  package var sourcesFrom: [String] = []

  @OptionGroup package var form: ListFormOptions

  @Flag(help: "Everything in the store.")
  package var everyone = false

  package init() {}

  package func validate() throws {
    let lists = custodiansFrom + projectsFrom + sourcesFrom
    if everyone, !(custodian + project + source + lists).isEmpty {
      throw ValidationError("--everyone leaves no room for other names")
    }
    if lists.filter({ $0 == "-" }).count > 1 {
      throw ValidationError("standard input can be one list only")
    }
    if (custodian + project + source).contains(where: { $0.allSatisfy(\.isWhitespace) }) {
      throw ValidationError("an empty name is no scope")
    }
  }

  /// Whether any of the options was given.
  package var isGiven: Bool {
    everyone
      || !(custodian + project + source + custodiansFrom + projectsFrom + sourcesFrom).isEmpty
  }

  /// The names from options and lists.
  ///
  /// - Throws: ``CommandFailure`` for a list that cannot be read or names nothing.
  package func names() throws -> ScopeNames {
    if form.isGiven, (custodiansFrom + projectsFrom + sourcesFrom).isEmpty {
      throw CommandFailure.usage(
        "-0 and --column are about lists", whatToDo: "name one with --custodians-from")
    }
    func listed(_ paths: [String], _ option: String) throws -> [String] {
      try paths.flatMap { try readNames($0, option: option, form.format) }
    }
    return ScopeNames(
      everyone: everyone,
      custodians: custodian + (try listed(custodiansFrom, "--custodians-from")),
      projects: project + (try listed(projectsFrom, "--projects-from")),
      sources: source + (try listed(sourcesFrom, "--sources-from")))
  }
}
