// SPDX-License-Identifier: Apache-2.0

/// Text as it stands: also Markdown, CSV, JSON and source code.
enum PlainText {
  /// Reads it.
  ///
  /// - Parameters:
  ///   - feed: Its bytes.
  ///   - charset: As its carrier declares it.
  ///   - extraction: Gets the text, and what is lacking.
  /// - Returns: The encoding that it was read by.
  /// - Throws: What the feed throws.
  static func read(
    _ feed: PeekedFeed, charset: String?, into extraction: Extraction
  ) throws -> TextEncoding {
    let encoding = TextEncoding(of: feed.head, isWhole: feed.isWhole, declared: charset)
    let sink = extraction.sink
    return try feed.forEachText(encoding, for: extraction) { piece in
      sink.append(piece[...])
      return !sink.isCut
    }
  }
}
