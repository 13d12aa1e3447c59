// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model

/// Where the records of calls lie in the native bytes of a conversation that is put together from
/// them.
///
/// Each call repeats what was said before it, and a body may stand in it as a text, so that the place
/// of an item may be a whole body or a whole call (claude-capture-formats sections 11 and 12). Such an
/// item cannot be cut out of its call.
struct CallRecords: Sendable {
  /// In order.
  private let ranges: [Range<Int>]

  var isEmpty: Bool { ranges.isEmpty }

  /// Looks for the calls of a unit; none of one that is put together otherwise, and where no slice
  /// needs them.
  init(of produced: ProducedUnit, _ slices: [Slice]) {
    let unit = produced.unit
    let isWhole = slices.allSatisfy { $0.items.count == unit.items.count }
    let isTouched =
      produced.isTouched || !produced.redactions.isEmpty || !produced.privileged.isEmpty
    guard unit.isPart, ItemClass.items(ofRoute: unit.route) == ItemClass.chat,
      !isWhole || isTouched
    else {
      ranges = []
      return
    }
    var splitter = JSONRecordSplitter()
    splitter.append(unit.native.span)
    splitter.finish()
    var ranges: [Range<Int>] = []
    while let piece = splitter.next() {
      guard case .record(let record) = piece else { continue }
      let start = Int(record.offset)
      ranges.append(start..<start + record.bytes.count)
    }
    self.ranges = ranges
  }

  /// The calls that hold some places, each once and whole, a line feed after each.
  ///
  /// - Parameters:
  ///   - places: In order, none inside another.
  ///   - native: The unit's bytes.
  /// - Returns: JSON Lines.
  func extract(_ places: [Range<Int>], from native: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    var rest = places[...]
    for call in ranges {
      rest = rest.drop { $0.upperBound <= call.lowerBound }
      guard let place = rest.first, place.lowerBound < call.upperBound else { continue }
      output += native[call]
      output.append(0x0A)
    }
    return output
  }

  /// Looks whether each place holds one message and nothing else.
  ///
  /// A text may hold a whole body, and with it all that was said before.
  ///
  /// - Parameters:
  ///   - places: In order, none inside another.
  ///   - native: The unit's bytes.
  /// - Returns: Whether each is a JSON object or list of its own inside a call.
  func holdApart(_ places: [Range<Int>], in native: [UInt8]) -> Bool {
    var calls = ranges[...]
    return places.allSatisfy { place in
      calls = calls.drop { $0.upperBound <= place.lowerBound }
      guard let call = calls.first, place != call, call.lowerBound <= place.lowerBound,
        place.upperBound <= call.upperBound,
        [UInt8(ascii: "{"), UInt8(ascii: "[")].contains(native[place.lowerBound])
      else { return false }
      var cursor = JSONCursor(native.span, at: place.lowerBound)
      return (try? cursor.skipValue()) == place
    }
  }
}
