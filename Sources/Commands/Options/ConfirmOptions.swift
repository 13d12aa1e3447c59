// SPDX-License-Identifier: Apache-2.0
package import ArgumentParser
import Bytes
import Model

/// Consent to a change that can be undone (cli-conventions section 5, moderate).
package struct YesOption: ParsableArguments {
  @Flag(name: .shortAndLong, help: "Answer yes to the question.")
  package var yes = false

  package init() {}

  /// Asks before a change that can be undone.
  ///
  /// - Parameters:
  ///   - question: What will happen, as a question.
  ///   - noInput: Whether questions are forbidden.
  /// - Throws: ``CommandFailure`` with status 25 without a yes.
  package func confirm(_ question: String, noInput: Bool) throws {
    guard !yes else { return }
    guard let answer = ask(question + " [y/N] ", noInput: noInput) else {
      throw CommandFailure(
        .confirm, "a confirmation is needed", why: question, whatToDo: "give --yes")
    }
    guard ["y", "yes"].contains(answer.lowercased()) else {
      throw CommandFailure(.confirm, "not confirmed, nothing changed")
    }
  }
}

/// Consent to a change that frees or removes evidence (cli-conventions section 5, severe).
package struct ConfirmOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Confirm by the name of the object concerned; --yes is not enough.", valueName: "name"))
  package var confirm: String?

  // Accepted so that the refusal can say what is needed instead.
  @Flag(name: .shortAndLong, help: .hidden)
  package var yes = false

  package init() {}

  /// Asks for the object's name before a change that cannot be taken back at will.
  ///
  /// - Parameters:
  ///   - question: What will happen.
  ///   - name: What must be typed.
  ///   - noInput: Whether questions are forbidden.
  /// - Throws: ``CommandFailure`` with status 25 unless the name was given.
  package func confirm(_ question: String, name: String, noInput: Bool) throws {
    let command = "--confirm '\(name)'"
    if let confirm {
      guard confirm == name else {
        throw CommandFailure(
          .confirm, "--confirm says '\(confirm)', the name is '\(name)'", why: question,
          whatToDo: "give \(command)", objects: [name])
      }
      return
    }
    guard let answer = ask("\(question)\nType '\(name)' to go on: ", noInput: noInput) else {
      throw CommandFailure(
        .confirm, "a confirmation by name is needed", why: question,
        whatToDo: "give \(command)", objects: [name])
    }
    guard answer == name else {
      throw CommandFailure(.confirm, "not confirmed, nothing changed", objects: [name])
    }
  }
}

/// Asks on the terminal; nil when nobody can be asked.
private func ask(_ question: String, noInput: Bool) -> String? {
  let console = Console.current
  guard console.inputIsTerminal, !noInput else { return nil }
  try? console.errors.write(question.escapedForTerminal(keeping: .lineFeedAndTab))
  try? console.errors.flush()
  return console.readLine() ?? ""
}
