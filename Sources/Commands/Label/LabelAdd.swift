// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
import Model
import Store

/// The conversations that a label is set on or taken from.
struct ConversationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A conversation, by our id or the source's; may be repeated.", valueName: "id"))
  var conversation: [String] = []
  @OptionGroup var list: IDListOptions

  func validate() throws {
    if conversation.isEmpty, !list.isGiven {
      throw ValidationError("name at least one --conversation, or a file with --ids-from")
    }
  }

  /// The rows of the conversations, without repeats; all unknown ones are told at once.
  func keys(in store: Store) throws -> [Int64] {
    let ids = try conversation + list.ids()
    return try store.read { catalog in
      var keys: [Int64] = []
      var unknown: [String] = []
      for id in ids {
        guard let record = try found({ try catalog.conversation(written: id) }) else {
          unknown.append(id)
          continue
        }
        if !keys.contains(record.key) { keys.append(record.key) }
      }
      guard unknown.isEmpty else {
        let list = unknown.map { "'\($0)'" }.joined(separator: ", ")
        throw CommandFailure(.notFound, "there is no conversation \(list)", objects: unknown)
      }
      return keys
    }
  }
}

/// Sets a label.
struct LabelAdd: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add",
    abstract: "Set a label on conversations.",
    discussion: discussion(
      """
      It takes the place of the label that a conversation bears. Where a conversation becomes due \
      earlier by it, that must be confirmed by the label's name, and is refused while the label that \
      it bears is locked.
      """,
      examples: ["custody label add contracts --conversation conv_djux6z3lkz64q6iybmzhcrixyw"],
      statuses: .changing + [.notFound, .ambiguous, .denied, .confirm, .stale]))

  @Argument(help: "The label, by id or name.") var label: String
  @OptionGroup(title: "Conversations") var conversations: ConversationOptions
  @OptionGroup var reason: ReasonOption
  @OptionGroup var consent: ConsentOptions
  @OptionGroup var change: ChangeOptions
  @OptionGroup(title: "Global options") var global: GlobalOptions

  func run() throws {
    try changeLabels(
      of: label, isSet: true, conversations, LabelRun(command: Self.self, verb: .add), consent,
      change, global, reason: reason.reason)
  }
}

/// Which command changes labels.
struct LabelRun {
  var command: any ParsableCommand.Type
  var verb: ChangeVerb
}

/// Sets a label on conversations or takes it away, after it was shown what becomes due earlier.
func changeLabels(
  of written: String, isSet: Bool, _ conversations: ConversationOptions, _ run: LabelRun,
  _ consent: ConsentOptions, _ change: ChangeOptions, _ global: GlobalOptions, reason: String
) throws {
  let output = try global.output(change)
  let store = try global.openForChanges(change)
  let label = try store.read { try $0.policy(written) }
  guard label.kind == .label, label.deleted == nil else {
    throw CommandFailure.usage(
      "'\(label.name)' is no label that stands", whatToDo: "see custody policy list --kind label")
  }
  let action = LabelAction(store: store, actor: .current(run.command))
  let keys = try conversations.keys(in: store)
  let effects = try action.effects(of: label, isSet: isSet, on: keys)
  let shortened = effects.filter(\.isShortening)
  for effect in shortened.prefix(50) {
    output.note("\(effect.record.id) becomes due earlier")
  }
  if shortened.count > 50 { output.note("and \(shortened.count - 50) more conversations") }
  if !change.dryRun, !shortened.isEmpty {
    try consent.confirm(
      "\(isSet ? "set" : "take away") the label '\(label.name)'; \(shortened.count) conversations "
        + "become due earlier", name: label.name, isSevere: true, noInput: global.noInput)
  }
  let count = try action.apply(
    label, isSet: isSet, effects, isRehearsed: change.dryRun, reason: reason)
  let already = effects.filter(\.isAlready).count
  let left = keys.count - already - count
  if left > 0 {
    output.note("\(left) of the conversations were purged or got it otherwise meanwhile")
  }
  try output.print(
    ChangeRecord(
      run.verb, "label", id: label.id.text, name: label.name, isDryRun: change.dryRun,
      counts: .init(added: count, already: already),
      details: [
        .init(
          "replaced",
          FieldValue(isSet ? effects.filter { $0.before != nil && !$0.isAlready }.count : 0)),
        .init("due_earlier", FieldValue(shortened.count)),
      ]), schema: commandPath(of: run.command).split(separator: " ").joined(separator: "-"))
}
