// SPDX-License-Identifier: Apache-2.0

/// The person whose home folder a path lies in.
enum UserFolder {
  /// Where systems keep the homes of persons, from the root; `*` stands for the letter of a drive.
  ///
  /// Windows asks for no case, and other programs show its drives as folders.
  private static let homes = [
    ["home"], ["Users"], ["var", "home"], ["usr", "home"], ["export", "home"],
    ["System", "Volumes", "Data", "Users"], ["*", "users"], ["mnt", "*", "users"],
    ["cygdrive", "*", "users"],
  ]
  /// Folders beside the homes that are nobody's.
  private static let shared: Set = ["shared", "public", "default", "all users", "default user"]

  /// Such as `ada` of `/home/ada/work` and `C:\Users\ada`; nil where the path, an absolute one of any
  /// system, does not tell.
  ///
  /// A folder of such a name that lies elsewhere, such as `/srv/app/users/list`, holds no homes.
  static func person(in path: String) -> String? {
    var parts: [String]
    if let drive = drive(of: path) {
      parts = path.split { $0 == "/" || $0 == "\\" }.map(String.init)
      if parts.first == "?" { parts.removeFirst() }
      parts[0] = drive
    } else {
      guard path.hasPrefix("/") else { return nil }
      parts = path.split(separator: "/").map(String.init)
      if parts.first == "root" { return "root" }
    }
    for home in homes where parts.count > home.count && matches(parts, home) {
      let name = parts[home.count]
      return shared.contains(name.lowercased()) ? nil : name
    }
    return nil
  }

  private static func matches(_ parts: [String], _ home: [String]) -> Bool {
    let isOfDrive = home.contains("*")
    return zip(parts, home).allSatisfy { part, name in
      name == "*" ? isDrive(part) : isOfDrive ? part.lowercased() == name : part == name
    }
  }

  private static func isDrive(_ name: String) -> Bool {
    name.utf8.count == 1 && name.first.map { $0.isASCII && $0.isLetter } ?? false
  }

  /// The letter of the drive that a Windows path begins with, also as `\\?\C:\`.
  private static func drive(of path: String) -> String? {
    var rest = path[...]
    if rest.hasPrefix(#"\\?\"#) { rest = rest.dropFirst(4) }
    let letter = String(rest.prefix(1))
    let isPath = isDrive(letter) && rest.dropFirst().first == ":"
    return isPath ? letter : nil
  }
}
