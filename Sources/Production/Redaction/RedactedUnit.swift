// SPDX-License-Identifier: Apache-2.0
import Model

/// A unit without what is blacked out: the only form of it that renderings get.
///
/// Its native bytes are gone, since they hold everything.
struct RedactedUnit {
  private(set) var unit: CapturedUnit

  /// Blacks out parts of a unit.
  ///
  /// - Parameters:
  ///   - source: The unit as captured.
  ///   - redactions: What is blacked out; of items that are not rendered none is needed.
  init(_ source: CapturedUnit, _ redactions: [Redaction]) {
    unit = source
    var cuts: [Place: TextRedaction] = [:]
    func add(_ item: Int, _ part: RedactedPart, _ redaction: Redaction) {
      cuts[Place(item: item, part: part), default: TextRedaction()].add(
        redaction.span, redaction.reason)
    }
    for redaction in redactions {
      switch redaction.part {
      case .item:
        let item = redaction.item ?? -1
        for part in source.parts(ofItem: item) { add(item, part, redaction) }
      case .native: break
      default: add(redaction.item ?? -1, redaction.part, redaction)
      }
    }
    for (place, cut) in cuts { apply(cut, at: place) }
    dropNative()
  }

  /// Puts a mark in the place of every text of a unit.
  init(withholding source: CapturedUnit, mark: String) {
    unit = source
    unit.title = mark
    for index in unit.items.indices {
      let item = unit.items[index]
      unit.items[index].title = item.title.isEmpty ? "" : mark
      unit.items[index].blocks = [ContentBlock(kind: .text, text: mark)]
      for file in item.files.indices {
        unit.items[index].files[file].name = mark
        if item.files[file].text?.isEmpty == false { unit.items[index].files[file].text = mark }
        unit.items[index].files[file].type = ""
      }
    }
    dropNative()
  }

  private struct Place: Hashable {
    var item: Int
    var part: RedactedPart
  }

  private mutating func dropNative() {
    unit.native = []
    for index in unit.items.indices {
      unit.items[index].nativeRange = 0..<0
      // The name of a memory file is its title, which may be what is cut.
      if unit.kind == .memory { unit.items[index].nativeID = "item-\(index + 1)" }
      // A model names its artifacts by their content.
      for file in unit.items[index].files.indices { unit.items[index].files[file].nativeID = nil }
    }
    // What a capture noted may quote the texts.
    for index in unit.gaps.indices { unit.gaps[index].detail = RedactedUnit.silentDetail }
  }

  static let silentDetail = "the detail may quote what is blacked out"

  private mutating func apply(_ cut: TextRedaction, at place: Place) {
    guard let text = unit.text(of: place.part, item: place.item) else { return }
    // An empty text has nothing to hide, and a mark in it would tell a falsehood.
    guard !text.isEmpty else { return }
    let new = cut.applied(to: text)
    switch place.part {
    case .title: unit.title = new
    case .project: unit.projectName = new
    case .block(let index): unit.items[place.item].blocks[index].text = new
    case .tool(let index): unit.items[place.item].blocks[index].name = new
    case .document: unit.items[place.item].title = new
    case .file(let index): unit.items[place.item].files[index].text = new
    case .fileName(let index): unit.items[place.item].files[index].name = new
    case .item, .native: break
    }
  }
}
