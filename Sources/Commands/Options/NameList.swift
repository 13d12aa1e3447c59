// SPDX-License-Identifier: Apache-2.0
import Bytes
import Foundation
import Model

/// How a file lists names.
struct NameListFormat: Equatable {
  /// Whether a NUL ends each name instead of a line end.
  var isNullSeparated = false
  /// The column of a CSV file with a header; nil for plain lines.
  var column: String?
}

/// Reads names from a file or, for `-`, from standard input.
///
/// Messages call the file by the option that names it.
///
/// - Throws: ``CommandFailure``, also when the file names nothing: an empty list never widens a
///   scope.
func readNames(_ path: String, option: String, _ format: NameListFormat) throws -> [String] {
  let bytes = try readBytes(path, option: option)
  let names: [String]
  if let column = format.column {
    names = try readColumn(column, of: bytes, path: path)
  } else {
    let separator: UInt8 = format.isNullSeparated ? 0 : 0x0A
    names = bytes.split(separator: separator).map { name in
      let name = name.last == 0x0D && !format.isNullSeparated ? name.dropLast() : name
      return String(decoding: name, as: UTF8.self)
    }
  }
  let present = names.filter { !$0.allSatisfy(\.isWhitespace) }
  guard !present.isEmpty else {
    throw CommandFailure.usage(
      "\(option) names nothing: '\(path)' is empty", whatToDo: "give a file with at least one name")
  }
  return present
}

/// Reads a small file, a pipe or, for `-`, standard input, to its end.
///
/// - Throws: ``CommandFailure`` with status 20 where there is no such file, 24 or 31 where it cannot be
///   read.
func readBytes(_ path: String, option: String) throws -> [UInt8] {
  if path == "-" {
    if Console.current.inputIsTerminal {
      throw CommandFailure.usage(
        "\(option) - reads standard input, which is a terminal",
        whatToDo: "send a list into the command, or name a file")
    }
    return try readToEnd(of: STDIN_FILENO, path: path)
  }
  // A file that a shell names for a pipe (`<(…)`, /dev/stdin) has no length to be read by.
  let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else {
    guard errno != ENOENT, errno != ENOTDIR else {
      throw CommandFailure(.notFound, "no file '\(path)'", whatToDo: "check the path of \(option)")
    }
    throw unreadable(path)
  }
  defer { close(descriptor) }
  return try readToEnd(of: descriptor, path: path)
}

private func readToEnd(of descriptor: Int32, path: String) throws -> [UInt8] {
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = unsafe buffer.withUnsafeMutableBytes {
      unsafe read(descriptor, $0.baseAddress, $0.count)
    }
    if count < 0, errno == EINTR { continue }
    guard count >= 0 else { throw unreadable(path) }
    if count == 0 { return bytes }
    bytes += buffer[..<count]
  }
}

/// The failure of the system call that was just made on a file.
private func unreadable(_ path: String) -> CommandFailure {
  let number = errno
  return CommandFailure(
    number == EACCES || number == EPERM ? .denied : .storage, "cannot read '\(path)'",
    why: systemMessage(number), whatToDo: "check the path and permissions")
}

private func readColumn(_ column: String, of bytes: [UInt8], path: String) throws -> [String] {
  var reader = CSVReader(bytes)
  do {
    guard let header = try reader.next(), let index = header.firstIndex(of: column) else {
      throw CommandFailure.usage(
        "'\(path)' has no column '\(column)'", whatToDo: "name one of its header line")
    }
    var names: [String] = []
    while let record = try reader.next() {
      if index < record.count { names.append(record[index]) }
    }
    return names
  } catch let defect as CSVReader.Defect {
    throw CommandFailure.usage("'\(path)' is no CSV", why: "\(defect)")
  }
}
