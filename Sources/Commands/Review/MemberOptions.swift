// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
import Model
import Query
import Store

/// Which items of a review set a command is about.
struct MemberOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: "A query on the items of the set as they were frozen, on their tags and notes.")
  var query: String?
  @Option(help: ArgumentHelp("A filter of the set, by id or name.", valueName: "name"))
  var filter: String?
  @Option(
    help: ArgumentHelp(
      "An item, or a conversation with all its items; may be repeated.", valueName: "id"))
  var item: [String] = []
  @OptionGroup var list: IDListOptions
  @Option(help: ArgumentHelp("The items of a sample, by id or name.", valueName: "name"))
  var sample: String?
  @Flag(help: "All items of the set.") var all = false
  @Flag(help: "All items of the set in the conversations of these items.")
  var conversations = false
  @Flag(help: "Leave out the items that are context alone.") var noContext = false

  var isGiven: Bool {
    query != nil || filter != nil || sample != nil || !item.isEmpty || list.isGiven || all
  }

  func validate() throws {
    let count = [
      query != nil, filter != nil, sample != nil, !item.isEmpty || list.isGiven, all,
    ].count(where: \.self)
    if count > 1 {
      throw ValidationError(
        "give one of --query, --filter, --sample, --item or --ids-from, and --all")
    }
  }

  /// Refuses a command line that names no items: nothing given never means everything.
  func requireGiven() throws {
    guard isGiven else {
      throw ValidationError(
        "name the items with --query, --filter, --sample, --item or --ids-from, or say --all")
    }
  }

  /// The items, all of the set where none are named.
  func choice(
    _ set: ReviewSet, _ store: Store, _ language: QueryOptionGroup, zone: DayZone,
    _ output: OutputSettings
  ) throws -> MemberChoice {
    var choice = MemberChoice(try items(set, store, language, zone: zone, output))
    choice.takesConversations = conversations
    choice.includesContext = !noContext
    return choice
  }

  private func items(
    _ set: ReviewSet, _ store: Store, _ language: QueryOptionGroup, zone: DayZone,
    _ output: OutputSettings
  ) throws -> MemberChoice.Items {
    if let filter {
      let saved = try store.read { try $0.filter(filter, of: set) }
      guard let dialect = QueryDialect(rawValue: saved.dialect), let zone = DayZone(saved.zone)
      else {
        throw CommandFailure(
          .version, "the filter \(saved.name) was made by another version",
          whatToDo: "make it again")
      }
      var language = language
      language.dialect = dialect
      return try question(saved.query, filter: saved.name, store, language, zone, output)
    }
    if let query = try queryText(query) {
      return try question(query, filter: nil, store, language, zone, output)
    }
    if let sample {
      // What was taken out of the set since is in the sample, not in the set.
      return .present(try store.read { try $0.items(of: $0.sample(sample, of: set)) })
    }
    let ids = try item + list.ids()
    return ids.isEmpty ? .everything : .ids(ids)
  }

  private func question(
    _ text: String, filter: String?, _ store: Store, _ language: QueryOptionGroup,
    _ zone: DayZone, _ output: OutputSettings
  ) throws -> MemberChoice.Items {
    let question = try SetQuestion(
      text, options: language.options(clock: output.console.now(), zone: zone), filter: filter,
      store: store)
    output.warn(about: question.query)
    return .question(question)
  }
}

/// The review set that a command with another object belongs to.
struct ReviewSetOption: ParsableArguments {
  @Option(help: ArgumentHelp("The review set, by id or name.", valueName: "set"))
  var review: String
}

/// The zone in which the days of a query begin.
struct ZoneOption: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Where days begin: UTC, an offset such as +02:00, or a name such as Europe/Berlin.",
      valueName: "zone"))
  var timezone: DayZone = .utc
}

extension OutputSettings {
  /// Prints what an act of coding changed.
  func print(
    _ verb: ChangeVerb, _ coding: Coding, of set: ReviewSet, isDryRun: Bool, schema: String,
    object: String = "review set", details: [FieldValue.Member] = []
  ) throws {
    try print(
      ChangeRecord(
        verb, object, id: set.id.text, name: set.name, isDryRun: isDryRun,
        counts: .init(
          added: coding.changed, already: coding.already, skipped: coding.skipped),
        details: details + [.init("coding", FieldValue(isDryRun ? nil : coding.id.text))]),
      schema: schema)
  }
}
