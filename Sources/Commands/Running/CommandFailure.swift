// SPDX-License-Identifier: Apache-2.0
package import Model

/// Why a command could not do its work, or what kept it from a clean end, in the parts of a message:
/// what, why, what to do (cli-conventions section 4).
///
/// Texts are lower case without a full stop. They may hold text of others: whoever prints them
/// escapes them.
package struct CommandFailure: Error, Equatable {
  /// The status that the command exits with; never ``ExitStatus/ok``.
  package var status: ExitStatus
  /// What failed.
  package var what: String
  /// The reason, where there is more to say.
  package var why: String?
  /// What the reader can do.
  package var whatToDo: String?
  /// Ids or names of the objects concerned, in the order to show them.
  package var objects: [String]
  /// Whether the same command may succeed when it is run again unchanged.
  package var isRetryable: Bool
  /// Further lines for people, shown before the failure itself, such as a query with carets.
  package var details: [String] = []
  /// Further members of the error record.
  package var members: [FieldValue.Member] = []

  /// Makes a failure; without `isRetryable` the status's usual answer is taken.
  package init(
    _ status: ExitStatus, _ what: String, why: String? = nil, whatToDo: String? = nil,
    objects: [String] = [], isRetryable: Bool? = nil
  ) {
    self.status = status
    self.what = what
    self.why = why
    self.whatToDo = whatToDo
    self.objects = objects
    self.isRetryable = isRetryable ?? status.isUsuallyRetryable
  }

  /// A command line that cannot be understood.
  package static func usage(
    _ what: String, why: String? = nil, whatToDo: String? = nil
  ) -> CommandFailure {
    CommandFailure(.usage, what, why: why, whatToDo: whatToDo)
  }

  /// What was shown, and perhaps confirmed, is another thing by now.
  package static func changedMeanwhile(_ what: String, _ id: ObjectID) -> CommandFailure {
    CommandFailure(
      .stale, "\(what) was changed meanwhile", whatToDo: "run it again", objects: [id.text])
  }

  /// What and why in one phrase, as error records carry it.
  package var message: String {
    [what, why].compactMap(\.self).joined(separator: "; ")
  }
}

extension ExitStatus {
  /// Whether a command that ended so may succeed when it is run again unchanged.
  fileprivate var isUsuallyRetryable: Bool {
    switch self {
    case .limit, .locked, .backend: true
    default: false
    }
  }

  /// The word between the program's name and the message on a person's terminal.
  ///
  /// The statuses 3 to 7 end a command that did its work, so they are no errors.
  var messageLabel: String {
    switch self {
    case .partial, .empty, .limit, .incomplete, .attention: name.lowercased()
    default: "error"
    }
  }
}
