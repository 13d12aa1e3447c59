// SPDX-License-Identifier: Apache-2.0

/// Text as it stands: also Markdown, CSV, JSON and source code.
enum PlainText {
  /// Reads it.
  ///
  /// - Parameters:
  ///   - feed: Its bytes.
  ///   - charset: As its carrier declares it.
  ///   - sink: Gets the text.
  /// - Returns: The encoding that it was read by.
  /// - Throws: What the feed throws.
  static func read(
    _ feed: PeekedFeed, charset: String?, into sink: TextSink
  ) throws -> TextEncoding {
    let encoding = TextEncoding(of: feed.head, isWhole: feed.isWhole, declared: charset)
    return try feed.forEachText(encoding) { piece in
      sink.append(piece[...])
      return !sink.isCut
    }
  }
}
