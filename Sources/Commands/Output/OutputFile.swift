// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model

/// A file that appears complete under its name, or not at all: written beside it, made durable, and
/// renamed (cli-conventions section 5).
final class OutputFile {
  private let path: String
  private let unfinished: String
  private let replaces: Bool
  private let descriptor: Int32
  private let sink: ByteSink
  private var isFinished = false

  /// Begins the file.
  ///
  /// - Throws: ``CommandFailure`` with status 21 when there is one already, 31 when none can be
  ///   made.
  init(_ path: String, replaces: Bool) throws {
    self.path = path
    self.replaces = replaces
    guard unsafe replaces || access(path, F_OK) != 0 else { throw Self.exists(path) }
    unfinished = path + ".\(getpid()).new"
    descriptor = unsafe open(unfinished, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Self.failure("cannot make '\(path)'") }
    sink = ByteSink(descriptor: descriptor)
  }

  deinit {
    guard !isFinished, descriptor >= 0 else { return }
    close(descriptor)
    unsafe unlink(unfinished)
  }

  /// Adds bytes.
  func write(_ bytes: [UInt8]) throws {
    try sink.write(bytes)
  }

  /// Makes the file durable and gives it its name.
  func finish() throws {
    try sink.flush()
    guard fsync(descriptor) == 0 else { throw Self.failure("cannot write '\(path)'") }
    // A link fails where a file appeared meanwhile; a rename would replace it.
    if replaces {
      guard unsafe rename(unfinished, path) == 0 else {
        throw Self.failure("cannot name '\(path)'")
      }
    } else {
      guard unsafe link(unfinished, path) == 0 else {
        throw errno == EEXIST ? Self.exists(path) : Self.failure("cannot name '\(path)'")
      }
      unsafe unlink(unfinished)
    }
    isFinished = true
    close(descriptor)
  }

  private static func exists(_ path: String) -> CommandFailure {
    CommandFailure(
      .exists, "there is a file '\(path)' already", whatToDo: "name another, or give --force")
  }

  private static func failure(_ what: String) -> CommandFailure {
    CommandFailure(
      .storage, what, why: systemMessage(errno), whatToDo: "check the folder and its permissions")
  }
}
