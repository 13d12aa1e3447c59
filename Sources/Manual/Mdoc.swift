// SPDX-License-Identifier: Apache-2.0

/// Builds text in the mdoc language (mdoc(7)).
struct Mdoc {
  private(set) var text = ""

  /// A line with a macro and arguments that are already words of the language.
  mutating func macro(_ line: String) {
    text += "." + line + "\n"
  }

  /// Running text, a line a sentence.
  mutating func prose(_ text: String) {
    for sentence in sentences(text) {
      let escaped = Mdoc.escaped(sentence)
      self.text += (escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" : "") + escaped + "\n"
    }
  }

  /// A line that is typed as it stands.
  mutating func example(_ line: String) {
    macro("Dl " + Mdoc.word("$ " + line))
  }

  /// Text that is in the language already.
  mutating func raw(_ text: String) {
    self.text += text
  }

  /// Text with the characters written out that mean something to the language, and with dashes that
  /// can be copied into a shell.
  static func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "\\": result += "\\e"
      case "-": result += "\\-"
      default: result.append(character)
      }
    }
    return result
  }

  /// Text as a single argument of a macro.
  static func word(_ text: String) -> String {
    "\"" + escaped(text).map { $0 == "\"" ? "\\(dq" : String($0) }.joined() + "\""
  }
}

/// Splits running text into sentences; mdoc wants each on a line of its own.
private func sentences(_ text: String) -> [String] {
  var result: [String] = []
  var sentence = ""
  let words = text.split(whereSeparator: \.isWhitespace)
  for (index, word) in words.enumerated() {
    sentence += (sentence.isEmpty ? "" : " ") + word
    let next = index + 1 < words.count ? words[index + 1].first : nil
    if word.hasSuffix("."), next?.isUppercase ?? true {
      result.append(sentence)
      sentence = ""
    }
  }
  return sentence.isEmpty ? result : result + [sentence]
}
