// SPDX-License-Identifier: Apache-2.0
import Model

/// Reads `Name|count|confidence` (query-language section 7.5).
///
/// The value of a restriction is a keyword in one canonical form: the name in lower case, then,
/// unless both are unrestricted, `|lower..upper|lower..upper`, an open upper bound left empty.
enum SensitiveTypeValue {
  /// The canonical form, or what is wrong.
  static func read(_ text: String) -> Result<String, ValueFailure> {
    let parts = text.split(separator: "|", omittingEmptySubsequences: false)
    guard parts.count <= 3 else { return .failure(ValueFailure(.sensitiveParts)) }
    let written = FoldedValue.identity(String(parts[0]))
    guard let type = SensitiveType(named: written) else {
      let types = SensitiveType.allCases
      let nearest = Suggestion.nearest(to: written, among: types.map(\.name) + types.map(\.id))
      return .failure(
        ValueFailure(.unknownSensitiveType(String(parts[0]), nearest: nearest)))
    }
    let name = type.name.lowercased()
    do throws(ValueFailure) {
      let count = parts.count > 1 ? try bounds(parts[1], maximum: nil) : "1.."
      let confidence = parts.count > 2 ? try bounds(confidence(parts[2]), maximum: 100) : "1.."
      guard count != "1.." || confidence != "1.." else { return .success(name) }
      return .success("\(name)|\(count)|\(confidence)")
    } catch {
      return .failure(error)
    }
  }

  private static func confidence(_ text: Substring) -> Substring {
    switch text.lowercased() {
    case "low": "65.."
    case "medium": "75.."
    case "high": "85.."
    default: text
    }
  }

  /// `lower..upper`, the upper bound empty when there is none.
  private static func bounds(_ text: Substring, maximum: Int?) throws(ValueFailure) -> String {
    guard text != "*" else { return "1.." }
    var lower: Substring = text
    var upper: Substring = text
    if let cut = text.firstRange(of: "..") {
      lower = text[..<cut.lowerBound]
      upper = text[cut.upperBound...]
      guard !lower.isEmpty || !upper.isEmpty else { throw ValueFailure(.sensitiveRangeEmpty) }
    }
    let first = lower.isEmpty ? 1 : try number(lower, in: text)
    let last = upper.isEmpty ? nil : try number(upper, in: text)
    guard first > 0, last ?? 1 > 0 else { throw ValueFailure(.sensitiveZero) }
    if let maximum, first > maximum || last ?? 1 > maximum {
      throw ValueFailure(.sensitiveConfidence)
    }
    if let last, first > last {
      throw ValueFailure(.reversedRange(String(lower), String(upper)))
    }
    guard let last, last != maximum else { return "\(first).." }
    return "\(first)..\(last)"
  }

  private static func number(_ digits: Substring, in text: Substring) throws(ValueFailure) -> Int {
    guard let number = NumberValue.read(String(digits)), number >= 0, number <= Int32.max,
      digits.utf8.allSatisfy({ (0x30...0x39).contains($0) })
    else { throw ValueFailure(.notASensitiveRange(String(text))) }
    return Int(number)
  }
}

/// What is wrong with a value.
struct ValueFailure: Error {
  var finding: Finding

  init(_ finding: Finding) {
    self.finding = finding
  }
}
