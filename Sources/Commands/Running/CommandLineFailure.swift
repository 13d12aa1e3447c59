// SPDX-License-Identifier: Apache-2.0
package import ArgumentParser
import Bytes
import Foundation
import Model

/// What the parser made of a command line that names no work to do.
package enum ParserOutcome {
  /// Text that was asked for: help, version, the dump for the manual.
  case text(String)
  /// A command line that cannot be understood, status 2.
  case failure(CommandFailure)
}

extension ParserOutcome {
  /// Turns an error of the parser into our own words and statuses.
  ///
  /// - Parameters:
  ///   - error: What parsing or `validate()` threw.
  ///   - root: The root command.
  ///   - arguments: The raw arguments, without the program's name.
  ///   - columns: The width of help texts; nil leaves it to the terminal.
  package init(
    _ error: any Error, root: any ParsableCommand.Type, arguments: [String], columns: Int?
  ) {
    let path = CommandPath(root: root, arguments: arguments)
    if root.exitCode(for: error) == .success {
      guard let word = wordTakenForHelp(arguments) else {
        self = .text(root.fullMessage(for: error, columns: columns))
        return
      }
      self = .failure(
        .usage(
          "unknown option '\(word)'", why: "a long option begins with two dashes",
          whatToDo: "see '\(path.helpCommand)'"))
      return
    }
    if let word = path.unknownWord {
      self = .failure(
        .usage(
          "unknown command '\(word)'",
          why: path.suggestion.map { "did you mean '\($0)'?" },
          whatToDo: "see '\(path.helpCommand)'"))
      return
    }
    let message = root.message(for: error)
    self = .failure(
      .usage(
        sentence(message), why: valueHelp(root.fullMessage(for: error, columns: nil)),
        whatToDo: "see '\(path.helpCommand)'"))
  }
}

/// The word that the parser took for a request for help, though nobody asked; nil where somebody did.
///
/// It reads a long option with a single dash as short ones, and any with an h among them as `-h`: a
/// script would take the help for success.
private func wordTakenForHelp(_ arguments: [String]) -> String? {
  let words = arguments.prefix { $0 != "--" }
  let requests = ["-h", "--help", "--help-hidden", "--version", "--experimental-dump-help"]
  guard !words.contains(where: requests.contains) else { return nil }
  return words.first { word in
    word.hasPrefix("-") && !word.hasPrefix("--") && word.contains("h")
      && !word.dropFirst().allSatisfy("hVvqny0".contains)
  }
}

/// What the help says of an option with a value that cannot be read; nil where the message names the
/// values already.
private func valueHelp(_ message: String) -> String? {
  let lines = message.split(whereSeparator: \.isNewline)
  guard message.contains("is invalid for"), !message.contains("Please provide"),
    let line = lines.first(where: { $0.hasPrefix("Help:") }), let name = line.lastIndex(of: ">")
  else { return nil }
  let text = line[line.index(after: name)...].drop(while: \.isWhitespace)
  return text.isEmpty ? nil : sentence(String(text))
}

/// The parser's message as one phrase: lower case, without a full stop, on one line.
private func sentence(_ message: String) -> String {
  var text = message.split(whereSeparator: \.isNewline)
    .map { $0.drop(while: \.isWhitespace) }.joined(separator: " ")
    .replacingOccurrences(of: ". Please provide", with: "; provide")
  if text.hasSuffix(".") { text.removeLast() }
  guard let first = text.first, text.dropFirst().first?.isUppercase != true else { return text }
  return first.lowercased() + text.dropFirst()
}

extension CommandFailure {
  /// The first argument of the process that is no UTF-8; nil where all are.
  ///
  /// With its wrong bytes replaced it would name another file, or none.
  package static func argumentWithoutText() -> CommandFailure? {
    for index in 1..<max(1, Int(CommandLine.argc)) {
      guard let argument = unsafe CommandLine.unsafeArgv[index] else { continue }
      let bytes = unsafe Array(UnsafeRawBufferPointer(start: argument, count: strlen(argument)))
      guard String(validating: bytes, as: UTF8.self) == nil else { continue }
      var shown: [UInt8] = []
      shown.appendEscapedForTerminal(bytes.span)
      return .usage(
        "the argument '\(String(decoding: shown, as: UTF8.self))' is no UTF-8",
        whatToDo:
          "write it in UTF-8; a file with such a name: rename it, or import the folder that it lies in"
      )
    }
    return nil
  }
}
