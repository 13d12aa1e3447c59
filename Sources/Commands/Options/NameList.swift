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

/// Reads a small file or, for `-`, standard input.
func readBytes(_ path: String, option: String) throws -> [UInt8] {
  do {
    guard path == "-" else {
      return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    }
    if Console.current.inputIsTerminal {
      throw CommandFailure.usage(
        "\(option) - reads standard input, which is a terminal",
        whatToDo: "send a list into the command, or name a file")
    }
    return [UInt8](try FileHandle.standardInput.readToEnd() ?? Data())
  } catch let error as CocoaError where error.code == .fileReadNoSuchFile {
    throw CommandFailure(.notFound, "no file '\(path)'", whatToDo: "check the path of \(option)")
  } catch let error as CocoaError {
    throw CommandFailure(
      .storage, "cannot read '\(path)'", why: error.localizedDescription,
      whatToDo: "check the path and permissions")
  }
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
