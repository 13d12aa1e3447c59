// SPDX-License-Identifier: Apache-2.0
import Bytes
import FileText
import Model

extension CapturedUnit {
  /// Reads the text of files whose bytes stand in the record.
  mutating func readContents(with extractor: FileTextExtractor) {
    for item in items.indices where items[item].files.contains(where: { $0.content != nil }) {
      for file in items[item].files.indices { items[item].files[file].readContent(with: extractor) }
    }
  }
}

extension CapturedFile {
  fileprivate mutating func readContent(with extractor: FileTextExtractor) {
    guard let bytes = content else { return }
    content = nil
    take(
      extractor.text(of: bytes, name: name, type: type),
      of: FileDigests(of: bytes.span))
  }

  /// Takes what was read of the file's bytes.
  mutating func take(_ result: FileTextResult, of digests: FileDigests?) {
    text = result.text
    reading = FileReading(
      digests: digests, lack: result.lack, note: result.detail, reader: result.reader)
  }
}
