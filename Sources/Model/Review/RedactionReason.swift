// SPDX-License-Identifier: Apache-2.0

/// Why something is blacked out (export-formats section 11.3).
package enum RedactionReason: String, Sendable, CaseIterable {
  /// Attorney and client.
  case attorneyClient = "AC"
  /// Work product.
  case workProduct = "WP"
  case personal = "PII"
  case health = "PHI"
  case financial = "FIN"
  case tradeSecret = "TRADE_SECRET"
  case nonresponsive = "NONRESP"
  case gdpr = "GDPR"
  case other = "OTHER"
}

/// A part of a unit that has a text of its own.
package enum RedactedPart: Sendable, Hashable {
  /// All parts of an item.
  case item
  /// A content block of an item, by its index.
  case block(Int)
  /// The name of the tool of a block.
  case tool(Int)
  /// The name of a document outside conversations.
  case document
  /// The text of a file of an item, by its index.
  case file(Int)
  case fileName(Int)
  /// The title of the unit.
  case title
  /// The name of the unit's project.
  case project
  /// The native bytes of the unit: what stands in them alone.
  case native

  /// The part's name in the catalog and in logs.
  package var name: String {
    switch self {
    case .item: "item"
    case .block: "block"
    case .tool: "tool"
    case .document: "document"
    case .file: "file"
    case .fileName: "file-name"
    case .title: "title"
    case .project: "project"
    case .native: "native"
    }
  }

  /// The index of a block or file; else 0.
  package var index: Int {
    switch self {
    case .block(let index), .tool(let index), .file(let index), .fileName(let index): index
    case .item, .document, .title, .project, .native: 0
    }
  }

  /// Whether it belongs to the unit rather than to one of its items.
  package var isOfUnit: Bool {
    switch self {
    case .title, .project, .native: true
    case .item, .block, .tool, .document, .file, .fileName: false
    }
  }

  /// Reads a name and index; nil for a part that there is none of.
  package init?(name: String, index: Int) {
    guard index >= 0 else { return nil }
    switch name {
    case "item": self = .item
    case "block": self = .block(index)
    case "tool": self = .tool(index)
    case "document": self = .document
    case "file": self = .file(index)
    case "file-name": self = .fileName(index)
    case "title": self = .title
    case "project": self = .project
    case "native": self = .native
    default: return nil
    }
  }
}

extension CapturedUnit {
  /// The text of a part; nil where there is no such part, and of parts without one text.
  ///
  /// - Parameters:
  ///   - part: The part.
  ///   - item: The index of the item that it belongs to; counts for parts of items alone.
  /// - Returns: The text.
  package func text(of part: RedactedPart, item: Int) -> String? {
    switch part {
    case .title: return title
    case .project: return projectName
    case .item, .native: return nil
    case .block(let index): return block(index, of: item)?.text
    case .tool(let index): return block(index, of: item)?.name
    case .document: return items.indices.contains(item) ? items[item].title : nil
    case .file(let index): return file(index, of: item)?.text
    case .fileName(let index): return file(index, of: item)?.name
    }
  }

  private func block(_ index: Int, of item: Int) -> ContentBlock? {
    guard items.indices.contains(item), items[item].blocks.indices.contains(index) else {
      return nil
    }
    return items[item].blocks[index]
  }

  private func file(_ index: Int, of item: Int) -> CapturedFile? {
    guard items.indices.contains(item), items[item].files.indices.contains(index) else {
      return nil
    }
    return items[item].files[index]
  }

  /// The parts of an item that have a text, in order.
  package func parts(ofItem index: Int) -> [RedactedPart] {
    guard items.indices.contains(index) else { return [] }
    let item = items[index]
    var parts: [RedactedPart] = item.title.isEmpty ? [] : [.document]
    for index in item.blocks.indices {
      if !item.blocks[index].name.isEmpty { parts.append(.tool(index)) }
      parts.append(.block(index))
    }
    for index in item.files.indices {
      parts.append(.fileName(index))
      if item.files[index].text != nil { parts.append(.file(index)) }
    }
    return parts
  }
}
