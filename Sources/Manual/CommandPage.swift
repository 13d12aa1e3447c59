// SPDX-License-Identifier: Apache-2.0
import Model

/// A page of section 1: a noun with all its verbs, a command of the top level, or the program.
struct CommandPage {
  var command: CommandDump
  var fragment: Fragment

  private var isProgram: Bool { command.superCommands?.isEmpty ?? true }
  /// The name of the page: `custody-hold`.
  private var name: String { command.path.joined(separator: "-") }
  /// The commands that the page describes.
  private var commands: [CommandDump] { isProgram ? [command] : command.leaves }

  /// The page in mdoc.
  var text: String {
    var page = Mdoc()
    page.raw(".\\\" SPDX-License-Identifier: Apache-2.0\n")
    page.raw(
      ".\\\" Made by Sources/Manual from the program's help and man/fragments: do not edit.\n")
    page.macro("Dd \(Manual.date)")
    page.macro("Dt \(name.uppercased()) 1")
    page.macro("Os")
    for heading in Fragment.order {
      var section = Mdoc()
      write(heading, to: &section)
      section.raw(fragment.sections[heading] ?? "")
      guard !section.text.isEmpty else { continue }
      page.macro("Sh \(heading)")
      page.raw(section.text)
    }
    return page.text
  }

  private func write(_ heading: String, to section: inout Mdoc) {
    switch heading {
    case "NAME":
      section.macro("Nm \(name)")
      section.macro("Nd \(description(of: command))")
    case "SYNOPSIS": writeSynopsis(to: &section)
    case "DESCRIPTION": writeDescription(to: &section)
    case "OPTIONS": writeOptions(to: &section)
    case "EXIT STATUS": writeExitStatuses(to: &section)
    case "EXAMPLES":
      for command in isProgram
        ? [command] : [command] + (command.subcommands == nil ? [] : commands)
      {
        for example in Discussion(command.discussion).examples { section.example(example) }
      }
    default: break
    }
  }

  /// The abstract as a name line has it: lower case, no full stop.
  private func description(of command: CommandDump) -> String {
    var text = command.abstract ?? ""
    if text.hasSuffix(".") { text.removeLast() }
    return Mdoc.escaped(text.prefix(1).lowercased() + text.dropFirst())
  }

  private func writeSynopsis(to section: inout Mdoc) {
    if isProgram {
      section.macro("Nm custody")
      section.macro("Op Ar global options")
      section.macro("Ar noun verb")
      section.macro("Op Ar options")
      section.macro("Op Ar arguments")
      return
    }
    for command in commands {
      section.macro("Nm \(command.path.joined(separator: " "))")
      for argument in command.ownArguments { section.macro(synopsis(argument)) }
    }
  }

  private func synopsis(_ argument: CommandDump.Argument) -> String {
    var words = ""
    if let name = argument.preferredName { words = "Fl \(Mdoc.escaped(name.flag))" }
    if argument.kind != .flag, let value = argument.valueName {
      words += (words.isEmpty ? "" : " ") + "Ar \(value)"
    }
    if argument.isRepeating, argument.kind != .flag {
      return argument.isOptional ? "Oo \(words) Oc Ar ..." : "\(words) Ar ..."
    }
    return argument.isOptional || argument.kind == .flag ? "Op \(words)" : words
  }

  private func writeDescription(to section: inout Mdoc) {
    writeParagraphs(of: command, to: &section)
    if isProgram {
      section.macro("Pp")
      section.prose("The commands, each with its own page:")
      section.macro("Bl -tag -width \"custody\\-completion(1)\"")
      for child in command.visibleSubcommands {
        section.macro("It Xr custody-\(child.commandName) 1")
        section.prose(child.abstract ?? "")
      }
      section.macro("El")
      return
    }
    guard !command.visibleSubcommands.isEmpty else { return }
    for verb in commands {
      section.macro("Ss \(verb.path.joined(separator: " "))")
      section.prose(verb.abstract ?? "")
      writeParagraphs(of: verb, to: &section)
    }
  }

  private func writeParagraphs(of command: CommandDump, to section: inout Mdoc) {
    for paragraph in Discussion(command.discussion).paragraphs {
      if !section.text.isEmpty { section.macro("Pp") }
      section.prose(paragraph)
    }
    if section.text.isEmpty { section.prose(command.abstract ?? "") }
  }

  private func writeOptions(to section: inout Mdoc) {
    if isProgram {
      writeList((command.arguments ?? []).filter { $0.isGlobal || $0.isBuiltIn }, to: &section)
      return
    }
    section.prose("The global options are described in")
    section.macro("Xr custody 1 .")
    for command in commands where !command.ownArguments.isEmpty {
      if commands.count > 1 {
        section.macro("Ss Options of \(command.path.joined(separator: " "))")
      }
      writeList(command.ownArguments, to: &section)
    }
  }

  private func writeList(_ arguments: [CommandDump.Argument], to section: inout Mdoc) {
    section.macro("Bl -tag -width Ds")
    for argument in arguments {
      let names = argument.names ?? []
      let value = argument.kind == .flag ? nil : argument.valueName
      if names.isEmpty {
        section.macro("It Ar \(value ?? "")")
      } else {
        let flags = names.sorted { $0.name.count < $1.name.count }
          .map { "Fl \(Mdoc.escaped($0.flag))" }.joined(separator: " , ")
        section.macro("It " + flags + (value.map { " Ar \($0)" } ?? ""))
      }
      section.prose(argument.abstract ?? "")
      if let values = argument.allValues, !values.isEmpty {
        section.prose("One of \(values.joined(separator: ", ")).")
      }
      if let value = argument.defaultValue { section.prose("The default is \(value).") }
    }
    section.macro("El")
  }

  private func writeExitStatuses(to section: inout Mdoc) {
    if isProgram {
      section.prose("Every command tells how it ended by its exit status, described in")
      section.macro("Xr custody-exit-status 7 .")
      return
    }
    let statuses = Set(commands.flatMap { Discussion($0.discussion).statuses })
    section.macro("Bl -tag -width \"100\"")
    for status in ExitStatus.allCases where statuses.contains(status) {
      section.macro("It \(status.rawValue)")
      section.raw(".Li \(status.name) :\n")
      section.prose(status.meaning)
    }
    section.macro("El")
    section.prose("See")
    section.macro("Xr custody-exit-status 7 .")
  }
}
