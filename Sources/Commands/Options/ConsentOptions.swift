// SPDX-License-Identifier: Apache-2.0
package import ArgumentParser
import Model

/// Consent to a change that may be moderate or severe, as the case may be (cli-conventions
/// section 5).
package struct ConsentOptions: ParsableArguments {
  @Flag(name: .shortAndLong, help: "Answer yes to the question.") package var yes = false
  @Option(
    help: ArgumentHelp(
      "Confirm by the name of the object, where something may become due earlier.",
      valueName: "name"))
  package var confirm: String?

  package init() {}

  /// The consent that a command took by options of its own.
  init(yes: Bool, confirm: String?) {
    self.yes = yes
    self.confirm = confirm
  }

  /// Asks before a change.
  ///
  /// - Parameters:
  ///   - question: What will happen, without a question mark.
  ///   - name: What must be typed for a severe change.
  ///   - isSevere: Whether `--yes` is not enough.
  ///   - noInput: Whether questions are forbidden.
  /// - Throws: ``CommandFailure`` with status 25 without consent.
  package func confirm(
    _ question: String, name: String, isSevere: Bool, noInput: Bool
  ) throws {
    guard isSevere else {
      var consent = YesOption()
      consent.yes = yes || confirm == name
      try consent.confirm(question + "?", noInput: noInput)
      return
    }
    var consent = ConfirmOption()
    consent.confirm = confirm
    try consent.confirm(question, name: name, noInput: noInput)
  }
}
