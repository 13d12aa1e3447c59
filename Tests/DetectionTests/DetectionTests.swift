// SPDX-License-Identifier: Apache-2.0
import Detection
import Model
import Testing

@Suite("Detection of sensitive types")
struct DetectionTests {
  @Test("finds these and nothing else", arguments: DetectionCase.all)
  func finds(row: DetectionCase) {
    #expect(found(in: row.text) == row.expected)
  }

  @Test(
    "finds the same in the middle of a text and beside other scripts",
    arguments: DetectionCase.all)
  func findsInside(row: DetectionCase) {
    #expect(found(in: "Ж " + row.text + " 漢字") == row.expected)
    #expect(found(in: "a\n" + row.text + "\nb") == row.expected)
  }

  @Test("has a name and an id for each type, and finds a type by both")
  func names() {
    for type in SensitiveType.allCases {
      #expect(SensitiveType(named: type.name.uppercased()) == type)
      #expect(SensitiveType(named: type.id) == type)
    }
    #expect(Set(SensitiveType.allCases.map(\.name)).count == 9)
    #expect(Set(SensitiveType.allCases.map(\.id)).count == 9)
    #expect(SensitiveType(named: "Credit Card") == nil)
  }

  // MARK: - Supporting words

  @Test(
    "lets a supporting word count up to 300 characters away, before and after",
    arguments: ["x", "é", "漢", "🙂"])
  func window(filler: String) {
    let number = "4111111111111111"
    func confidence(_ text: String) -> Int {
      Detector.matches(in: text.utf8Span.span).first { $0.type == .creditCardNumber }?
        .confidence.rawValue ?? 0
    }
    func gap(_ count: Int) -> String { " " + String(repeating: filler, count: count - 2) + " " }
    // The word has four characters.
    #expect(confidence("visa" + gap(296) + number) == 85)
    #expect(confidence("visa" + gap(297) + number) == 65)
    #expect(confidence(number + gap(296) + "visa") == 85)
    #expect(confidence(number + gap(297) + "visa") == 65)
  }

  @Test("takes a supporting word only as a word, and no further than its segment")
  func wordBoundaries() {
    let cases: [(String, Int)] = [
      ("cards 4111111111111111", 85), ("card_number 4111111111111111", 85),
      ("CARD-4111111111111111", 85), ("postcard 4111111111111111", 65),
      ("cardinal 4111111111111111", 65), ("valid - thru 4111111111111111", 85),
      ("valid    thru 4111111111111111", 65), ("carte de CRéDIT 4111111111111111", 85),
      ("card\u{10FFFF}4111111111111111", 65), ("4111111111111111\u{10FFFF}card", 65),
    ]
    for (text, confidence) in cases {
      let match = Detector.matches(in: text.utf8Span.span).first
      #expect(match?.confidence.rawValue == confidence, "\(text)")
    }
  }

  @Test("tells where a match is in the whole text, beyond segment separators too")
  func ranges() {
    let text = "é 4111111111111111\u{10FFFF}ada@example.org"
    let words = Detector.matches(in: text.utf8Span.span).map { match in
      String(decoding: Array(text.utf8)[match.range], as: UTF8.self)
    }
    #expect(words == ["4111111111111111", "ada@example.org"])
    #expect(found(in: "4111 1111 11\u{10FFFF}11 1111").isEmpty)
  }

  // MARK: - Counts

  @Test("counts each instance once, with its best confidence")
  func counts() {
    var tally = SensitiveTally()
    func add(_ text: String) { tally.add(text.utf8Span.span) }
    add("4111111111111111 and 4111 1111 1111 1111 and 5555555555554444")
    add("visa 4111111111111111")
    add("ADA@example.org ada@EXAMPLE.org +1 212 555 0123 (212) 555-0123 2001:db8::1 2001:DB8:0::1")
    #expect(
      tally.finish() == [
        SensitiveCount(type: .creditCardNumber, confidence: .low, count: 1),
        SensitiveCount(type: .creditCardNumber, confidence: .high, count: 1),
        SensitiveCount(type: .ipAddress, confidence: .medium, count: 1),
        SensitiveCount(type: .emailAddress, confidence: .medium, count: 1),
        SensitiveCount(type: .phoneNumber, confidence: .medium, count: 1),
      ])
    #expect(tally.finish().isEmpty)
    add("4111111111111111")
    #expect(tally.finish().map(\.count) == [1])
  }

  @Test("counts very many instances")
  func manyInstances() {
    var tally = SensitiveTally()
    let text = (0..<3000).map { "user\($0)@example.org" }.joined(separator: " ")
    tally.add(text.utf8Span.span)
    tally.add(text.utf8Span.span)
    #expect(tally.finish().map(\.count) == [3000])
  }

  private func found(in text: String) -> [String] {
    let bytes = Array(text.utf8)
    return Detector.matches(in: text.utf8Span.span).map { match in
      DetectionCase.matches(
        match.type, String(decoding: bytes[match.range], as: UTF8.self), match.confidence.rawValue)
    }
  }
}
