// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model

/// Reads the searchable texts of a `conversations.json` (claude-capture-formats sections 6.2 and
/// 6.3): the content blocks of each message and the texts of its attachments.
struct MessageReader {
  private(set) var accountIDs: [String] = []
  private var accountNumbers: [String: Int] = [:]
  private var batch = MessageBatch()
  private var account = 0

  /// Gives the messages of a file to `body` in batches of at least `size`, the last one smaller.
  ///
  /// - Returns: the bytes of the file.
  mutating func read(
    _ path: URL, batchSize size: Int, _ body: (MessageBatch) throws -> Void
  ) throws -> Int {
    let byteCount = try RecordCutter.forEachRecord(of: path) { record in
      var scanner = JSONScanner(record)
      try readConversation(&scanner)
      if batch.count >= size {
        try body(batch)
        batch.removeAll()
      }
    }
    if batch.count > 0 {
      try body(batch)
      batch.removeAll()
    }
    return byteCount
  }

  private mutating func readConversation(_ scanner: inout JSONScanner) throws(CorpusError) {
    let first = batch.count
    account = -1
    try scanner.expect("{")
    while try scanner.hasNext(closedBy: "}") {
      let key = try scanner.key()
      if scanner.matches(key, "chat_messages"), scanner.peek() == UInt8(ascii: "[") {
        try scanner.expect("[")
        while try scanner.hasNext(closedBy: "]") {
          try readMessage(&scanner)
        }
      } else if scanner.matches(key, "account"), scanner.peek() == UInt8(ascii: "{") {
        try readAccount(&scanner)
      } else {
        try scanner.skip()
      }
    }
    // The account may stand behind the messages.
    for index in first..<batch.count {
      batch.accounts[index] = account
    }
  }

  private mutating func readAccount(_ scanner: inout JSONScanner) throws(CorpusError) {
    try scanner.expect("{")
    while try scanner.hasNext(closedBy: "}") {
      let key = try scanner.key()
      guard scanner.matches(key, "uuid"), scanner.peek() == UInt8(ascii: "\"") else {
        try scanner.skip()
        continue
      }
      let id = scanner.text(try scanner.string())
      if let known = accountNumbers[id] {
        account = known
      } else {
        account = accountIDs.count
        accountNumbers[id] = account
        accountIDs.append(id)
      }
    }
  }

  private mutating func readMessage(_ scanner: inout JSONScanner) throws(CorpusError) {
    var time: Int64 = 0
    try scanner.expect("{")
    while try scanner.hasNext(closedBy: "}") {
      let key = try scanner.key()
      if scanner.matches(key, "content") || scanner.matches(key, "attachments") {
        try appendTexts(&scanner)
      } else if scanner.matches(key, "created_at"), scanner.peek() == UInt8(ascii: "\"") {
        let text = scanner.text(try scanner.string())
        time = Instant(rfc3339: text)?.ticks ?? 0
      } else {
        try scanner.skip()
      }
    }
    batch.textEnds.append(batch.text.count)
    batch.accounts.append(-1)
    batch.times.append(time)
  }

  /// Appends the text-bearing strings in blocks and attachments, whatever their nesting.
  private mutating func appendTexts(_ scanner: inout JSONScanner) throws(CorpusError) {
    switch scanner.peek() {
    case UInt8(ascii: "["):
      try scanner.expect("[")
      while try scanner.hasNext(closedBy: "]") {
        try appendTexts(&scanner)
      }
    case UInt8(ascii: "{"):
      try scanner.expect("{")
      while try scanner.hasNext(closedBy: "}") {
        let key = try scanner.key()
        if scanner.matches(key, "text") || scanner.matches(key, "thinking")
          || scanner.matches(key, "extracted_content")
        {
          try appendText(&scanner)
        } else if scanner.matches(key, "input") {
          try appendStrings(&scanner)
        } else if scanner.matches(key, "content") {
          try appendTexts(&scanner)
        } else {
          try scanner.skip()
        }
      }
    default: try scanner.skip()
    }
  }

  /// Appends every string within a value: the input of a tool.
  private mutating func appendStrings(_ scanner: inout JSONScanner) throws(CorpusError) {
    switch scanner.peek() {
    case UInt8(ascii: "["):
      try scanner.expect("[")
      while try scanner.hasNext(closedBy: "]") {
        try appendStrings(&scanner)
      }
    case UInt8(ascii: "{"):
      try scanner.expect("{")
      while try scanner.hasNext(closedBy: "}") {
        _ = try scanner.key()
        try appendStrings(&scanner)
      }
    default: try appendText(&scanner)
    }
  }

  private mutating func appendText(_ scanner: inout JSONScanner) throws(CorpusError) {
    guard scanner.peek() == UInt8(ascii: "\"") else {
      try scanner.skip()
      return
    }
    let start = batch.textEnds.last ?? 0
    if batch.text.count > start {
      batch.text.append(UInt8(ascii: "\n"))
    }
    try scanner.append(try scanner.string(), to: &batch.text)
  }
}
