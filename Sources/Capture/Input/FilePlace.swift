// SPDX-License-Identifier: Apache-2.0
import Bytes
import Glibc

/// Where a file or folder lies: as the system knows it, and as people are told.
///
/// Names in a folder are bytes; one that is no UTF-8 is read as well, and told with each wrong byte as
/// `\xff`.
struct FilePlace {
  /// What is at a place; links are not followed.
  enum Kind {
    case folder
    case file
    case link
    /// A device, a pipe, a socket.
    case other
  }

  let bytes: [UInt8]
  let text: String

  init(_ path: String) {
    bytes = Array(path.utf8)
    text = path
  }

  private init(_ bytes: [UInt8]) {
    self.bytes = bytes
    if let text = String(validating: bytes, as: UTF8.self) {
      self.text = text
    } else {
      var escaped: [UInt8] = []
      escaped.appendEscapedForTerminal(bytes.span)
      text = String(decoding: escaped, as: UTF8.self)
    }
  }

  /// Whether the text is what the system knows.
  var isText: Bool { text.utf8.elementsEqual(bytes) }

  /// The last part of the path.
  var name: String { String(text.split(separator: "/").last ?? "") }

  /// What is there; nil where there is nothing, or it cannot be seen.
  var kind: Kind? {
    var facts = stat()
    guard unsafe withPath({ unsafe lstat($0, &facts) }) == 0 else { return nil }
    switch facts.st_mode & S_IFMT {
    case S_IFDIR: return .folder
    case S_IFREG: return .file
    case S_IFLNK: return .link
    default: return .other
    }
  }

  /// What a link leads to; nil where it leads nowhere.
  var target: FilePlace? {
    guard let found = unsafe withPath({ unsafe realpath($0, nil) }) else { return nil }
    defer { unsafe free(found) }
    return FilePlace(unsafe Array(UnsafeRawBufferPointer(start: found, count: strlen(found))))
  }

  /// What lies in the folder, by name; nil when it cannot be listed.
  var entries: [FilePlace]? {
    guard let folder = unsafe withPath({ unsafe opendir($0) }) else { return nil }
    defer { unsafe closedir(folder) }
    var places: [FilePlace] = []
    let start = bytes.last == UInt8(ascii: "/") ? bytes : bytes + [UInt8(ascii: "/")]
    while true {
      errno = 0
      guard let entry = unsafe readdir(folder) else { break }
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { field in
        unsafe Array(field.prefix { $0 != 0 })
      }
      if name != Array(".".utf8), name != Array("..".utf8) {
        places.append(FilePlace(start + name))
      }
    }
    guard errno == 0 else { return nil }
    return places.sorted { $0.text < $1.text }
  }

  /// Opens the file for reading; links at the last step are not followed.
  ///
  /// - Returns: The descriptor, or -1 with `errno`.
  func open() -> Int32 {
    unsafe withPath { unsafe Glibc.open($0, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) }
  }

  private func withPath<Value>(_ body: (UnsafePointer<CChar>) -> Value) -> Value {
    unsafe (bytes.map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress else { preconditionFailure("a path has an end") }
      return unsafe body(start)
    }
  }
}
