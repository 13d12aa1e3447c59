// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import Model

/// Passphrases and keys, which come from files or the terminal and never from the command line
/// (cli-conventions section 7).
enum Passphrase {
  /// The least number of characters of a new passphrase.
  static let minimumCharacterCount = 12

  /// The first line of a file that nobody else may read.
  ///
  /// - Throws: ``CommandFailure`` with status 32.
  static func read(_ path: String) throws -> String {
    let bytes = try secret(path)
    let line = bytes.prefix { $0 != 0x0A && $0 != 0x0D }
    guard !line.isEmpty, let text = String(validating: line, as: UTF8.self), !text.contains("\0")
    else {
      throw CommandFailure(
        .secret, "the first line of '\(path)' is no passphrase",
        whatToDo: "write the passphrase there as one line of text", objects: [path])
    }
    return text
  }

  /// The bytes of a small file or pipe that nobody else may read.
  ///
  /// - Throws: ``CommandFailure`` with status 32.
  static func secret(_ path: String) throws -> [UInt8] {
    let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw CommandFailure(
        .secret, "cannot read '\(path)'", why: unsafe String(cString: strerror(errno)),
        objects: [path])
    }
    defer { close(descriptor) }
    var facts = stat()
    let kinds = [S_IFREG, S_IFIFO]
    guard unsafe fstat(descriptor, &facts) == 0, kinds.contains(facts.st_mode & S_IFMT) else {
      throw CommandFailure(.secret, "'\(path)' is no file", objects: [path])
    }
    guard facts.st_mode & 0o077 == 0 else {
      throw CommandFailure(
        .secret, "others may read '\(path)'", whatToDo: "run chmod 600 on it", objects: [path])
    }
    var bytes = [UInt8](repeating: 0, count: 65_536)
    var count = 0
    // A pipe gives what was written at once, not all that will be.
    while count < bytes.count {
      let piece = unsafe bytes.withUnsafeMutableBytes { buffer in
        unsafe Glibc.read(
          descriptor, buffer.baseAddress?.advanced(by: count), buffer.count - count)
      }
      if piece < 0, errno == EINTR { continue }
      guard piece >= 0 else {
        throw CommandFailure(
          .secret, "cannot read '\(path)'", why: systemMessage(errno), objects: [path])
      }
      if piece == 0 { break }
      count += piece
    }
    guard count > 0 else { throw CommandFailure(.secret, "'\(path)' is empty", objects: [path]) }
    return Array(bytes[..<count])
  }

  /// Asks on the terminal without showing what is typed.
  ///
  /// - Parameters:
  ///   - isNew: Whether it is asked for twice and must be long enough.
  ///   - noInput: Whether questions are forbidden.
  /// - Returns: The passphrase.
  /// - Throws: ``CommandFailure`` with status 32 when nobody can be asked.
  static func ask(isNew: Bool, noInput: Bool) throws -> String {
    let console = Console.current
    guard console.inputIsTerminal, !noInput else {
      throw CommandFailure(
        .secret, "a passphrase is needed", whatToDo: "give --passphrase-file FILE")
    }
    let first = try askOnce("Passphrase: ", console)
    guard !first.isEmpty else { throw CommandFailure(.secret, "no passphrase was given") }
    guard isNew else { return first }
    guard try askOnce("The same again: ", console) == first else {
      throw CommandFailure(.secret, "the two passphrases differ")
    }
    return first
  }

  /// The failure for a passphrase that does not open a file.
  static func refusal(_ path: String) -> CommandFailure {
    CommandFailure(
      .secret, "the passphrase does not open '\(path)'",
      whatToDo: "give the one that it was encrypted with", objects: [path])
  }

  /// Refuses a new passphrase that is too short.
  static func requireLength(_ passphrase: String) throws {
    guard passphrase.count >= minimumCharacterCount else {
      throw CommandFailure(
        .secret, "the passphrase is too short",
        whatToDo: "take one of \(minimumCharacterCount) characters or more")
    }
  }

  private static func askOnce(_ question: String, _ console: Console) throws -> String {
    try console.errors.write(question)
    try console.errors.flush()
    var old = termios()
    let hasTerminal = unsafe tcgetattr(0, &old) == 0
    if hasTerminal {
      Interruption.rememberTerminal(old)
      var silent = old
      silent.c_lflag &= ~tcflag_t(ECHO)
      unsafe tcsetattr(0, TCSAFLUSH, &silent)
    }
    defer {
      if hasTerminal {
        unsafe tcsetattr(0, TCSAFLUSH, &old)
        Interruption.forgetTerminal()
      }
      try? console.errors.write("\n")
      try? console.errors.flush()
    }
    return console.readLine() ?? ""
  }
}
