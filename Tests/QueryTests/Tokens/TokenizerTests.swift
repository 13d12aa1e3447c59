// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Query

/// A text and its tokens, written with blanks between them.
struct TokenCase: CustomTestStringConvertible, Sendable {
  var text: String
  var tokens: String

  init(_ text: String, _ tokens: String) {
    self.text = text
    self.tokens = tokens
  }

  var testDescription: String { text.unicodeScalars.map { $0.escaped(asASCII: true) }.joined() }
}

@Suite("Tokenizer")
struct TokenizerTests {
  static let words: [TokenCase] = [
    TokenCase("", ""),
    TokenCase("The quick  Brown\tfox.\r\n", "the quick brown fox"),
    TokenCase(
      "a+b-c=d:e!f@g#h%i^j&k;l_m/n?o(p)q[r]s{t}u", "a b c d e f g h i j k l m n o p q r s t u"),
    TokenCase("a,b.c\\d|e<f>g~h*i\"j'k$l`m", "a b c d e f g h i jk l m"),
    TokenCase("help@contoso.com", "help contoso com"),
    TokenCase("budget.xlsx animals/birds e-mail", "budget xlsx animals birds e mail"),
    TokenCase("% --", ""),
    TokenCase("mossgrouse_tarnwick", "mossgrouse tarnwick"),
    TokenCase("plover,\nzanzimar — report", "plover zanzimar report"),
    TokenCase("<b>tagbindle</b>", "b tagbindle b"),
    TokenCase("\\\"slashnoodle\\\"\t\u{1}x", "slashnoodle x"),
    TokenCase("before\0afternulgrommet", "before afternulgrommet"),
    TokenCase("GB82 WEST 1234 5698 7654 32", "gb82 west 1234 5698 7654 32"),
    TokenCase("AKIAIOSFODNN7EXAMPLE", "akiaiosfodnn7example"),
    TokenCase("col·lecció naïve", "col leccio naive"),
    TokenCase("Ünïcödé Straße ẞ ŒUVRE ﬁnd", "unicode strasse ss œuvre find"),
    TokenCase("Секретноформ СЕКРЕТНОФОРМ", "секретноформ секретноформ"),
    TokenCase("ΣΊΣΥΦΟΣ σίσυφος τῷ ᾼ", "σισυφοσ σισυφοσ τω α"),
    TokenCase("İstanbulxy ISTANBULXY ıx", "istanbulxy istanbulxy ıx"),
    TokenCase("اتفاقية السرية المطلقة", "اتفاقية السرية المطلقة"),
    TokenCase("חוזה סודי ביותר", "חוזה סודי ביותר"),
    TokenCase("हिन्दी भाषा", "हिन्दी भाषा"),
    TokenCase(
      "private\u{E000}use un\u{378}assigned non\u{FFFF}character",
      "private use un assigned non character"),
    TokenCase("line\u{2028}one\u{85}two", "line one two"),
  ]

  static let numbers: [TokenCase] = [
    TokenCase("1,000 3.14 2025-06-18", "1 000 3 14 2025 06 18"),
    TokenCase("m² CO₂ x1 2nd", "m2 co2 x1 2nd"),
    TokenCase("½ ① Ⅷ", "1 2 1 viii"),
    TokenCase("ＸＱＺ９７", "xqz97"),
    TokenCase("٣٤ १२", "٣٤ १२"),
    TokenCase("1\u{FE0F}\u{20E3}2", "12"),
    TokenCase("#\u{FE0F}\u{20E3}", ""),
  ]

  static let apostrophes: [TokenCase] = [
    TokenCase("don't don’t dont DON＇T", "dont dont dont dont"),
    TokenCase("'quoted' dogs' rock'n'roll", "quoted dogs rocknroll"),
    TokenCase("a''b a'’b", "a b a b"),
    TokenCase("5'11 a'1 1'a", "5 11 a 1 1 a"),
    TokenCase("l'été l'e\u{301}te\u{301} e\u{301}'a é'a", "lete lete ea ea"),
    TokenCase("a' b", "a b"),
    TokenCase("a'", "a"),
    TokenCase("'a", "a"),
    TokenCase("a'\u{200B}b a\u{AD}'b", "ab ab"),
    TokenCase("a'機'b", "a 機 b"),
    TokenCase("‘a‘b‘", "a b"),
  ]

  static let characters: [TokenCase] = [
    TokenCase("機密保持契約書", "機 密 保 持 契 約 書"),
    TokenCase("青花瓷协议x1", "青 花 瓷 协 议 x1"),
    TokenCase("비밀유지계약서를", "비 밀 유 지 계 약 서 를"),
    TokenCase("ラーメン ﾗｰﾒﾝ らーめん", "ラ ー メ ン ラ ー メ ン ら ー め ん"),
    TokenCase("がか ｶﾞ か\u{3099}", "が か ガ が"),
    TokenCase("人々 〆 〇", "人 々 〆 〇"),
    TokenCase("น้ำ ไทย", "น้ํ า ไ ท ย"),
    TokenCase("ລາວ ខ្មែរ", "ລ າ ວ ខ្ មែ រ"),
    TokenCase("ปี๒๕", "ปี ๒ ๕"),
    TokenCase("고마워ㅠㅠ ㅋㅋ", "고 마 워 \u{1172} \u{1172} \u{110F} \u{110F}"),
    TokenCase("\u{112}\u{1112}\u{119E}\u{11AB}", "e \u{1112}\u{119E}\u{11AB}"),
    TokenCase("葛\u{E0100}飾", "葛 飾"),
    TokenCase("㈱ ㌔", "株 キ ロ"),
    TokenCase("・ア・イ", "ア イ"),
  ]

  static let pictographs: [TokenCase] = [
    TokenCase("🦑🧯", "🦑 🧯"),
    TokenCase("👩‍🔬🧿", "👩 🔬 🧿"),
    TokenCase("ok👍🏽go", "ok 👍 go"),
    TokenCase("foo🏽bar", "foo bar"),
    TokenCase("❤️ ❤", "❤ ❤"),
    TokenCase("🇩🇪🇫🇷 🇩", "🇩🇪 🇫🇷"),
    TokenCase("🇩🇪🇫x", "🇩🇪 x"),
    TokenCase("🏴\u{E0067}\u{E0062}\u{E007F}", "🏴"),
    TokenCase("Acme™ Acme® Acme© Acme℠", "acme acme acme acme"),
    TokenCase("a ☃ b → c", "a ☃ b c"),
  ]

  static let vanishing: [TokenCase] = [
    TokenCase("soft\u{AD}hyphen zero\u{200B}width\u{FEFF}", "softhyphen zerowidth"),
    TokenCase("\u{202E}bi\u{200F}di\u{2066}", "bidi"),
    TokenCase("می\u{200C}خواهم", "میخواهم"),
    TokenCase("a\u{34F}b\u{180B}c\u{2060}d", "abcd"),
    TokenCase("a\u{3164}b", "a b"),
    TokenCase("\u{301}x \u{301}", "x"),
    TokenCase("x\u{338}=\u{338}y", "x y"),
  ]

  @Test(
    "cuts and folds as specified",
    arguments: words + numbers + apostrophes + characters + pictographs + vanishing)
  func cuts(_ example: TokenCase) {
    let expected = example.tokens.split(separator: " ").map(String.init)
    let tokens = Tokenizer.tokens(of: example.text)
    // Compared by scalars: String equality would hide a missing composition.
    #expect(tokens.map { Array($0.unicodeScalars) } == expected.map { Array($0.unicodeScalars) })
  }

  @Test("gives the same tokens for composed and decomposed text")
  func normalization() {
    let composed = "Z\u{FC}r\u{E7}helm\u{E9}n"
    let decomposed = "Zu\u{308}rc\u{327}helme\u{301}n"
    #expect(Tokenizer.tokens(of: composed) == ["zurchelmen"])
    #expect(Tokenizer.tokens(of: decomposed) == ["zurchelmen"])
    // Marks that are kept are put into canonical order.
    #expect(scalars("\u{622}\u{655}") == scalars("\u{627}\u{655}\u{653}"))
    #expect(scalars("\u{5D1}\u{5BC}\u{5B0}") == scalars("\u{5D1}\u{5B0}\u{5BC}"))
    #expect(scalars("\u{0DDD}") == scalars("\u{0DD9}\u{0DCF}\u{0DCA}"))
    #expect(scalars("\u{1112}\u{1161}\u{11AB}") == [["\u{D55C}"]])
    #expect(scalars("가\u{11AB}") == [["\u{AC04}"]])
  }

  @Test("keeps runs of marks linear and canonical up to the stream-safe length")
  func longMarks() {
    let ordered =
      "\u{5D1}" + String(repeating: "\u{5B0}", count: 10) + String(repeating: "\u{5BC}", count: 10)
    var shuffled = "\u{5D1}"
    for _ in 0..<10 { shuffled += "\u{5BC}\u{5B0}" }
    #expect(scalars(ordered) == scalars(shuffled))
    let hostile = "\u{5D1}" + String(repeating: "\u{5BC}\u{5B0}", count: 20_000)
    let tokens = Tokenizer.tokens(of: hostile + " end")
    #expect(tokens.count == 2)
    #expect(tokens.allSatisfy { $0.utf8.count <= Tokenizer.longestToken })
  }

  @Test("gives the segment separator as a token of its own to the index only")
  func segments() {
    let text = "one\u{10FFFF}two \u{10FFFF}\u{10FFFF}"
    #expect(Tokenizer.tokens(of: text) == ["one", "two"])
    var seen: [String] = []
    Tokenizer.forEachToken(in: text.utf8Span.span) { token, _ in
      seen.append(String(folded: token))
      return true
    }
    #expect(seen == ["one", "\u{10FFFF}", "two", "\u{10FFFF}", "\u{10FFFF}"])
  }

  @Test("reports the bytes of the source that made a token")
  func ranges() {
    let text = "Éte\u{301} l'Œ ½ 👍🏽\u{FE0F} 機密"
    let utf8 = Array(text.utf8)
    var pieces: [String] = []
    Tokenizer.forEachToken(in: utf8.span) { _, range in
      pieces.append(String(decoding: utf8[range], as: UTF8.self))
      return true
    }
    #expect(pieces == ["Éte\u{301}", "l'Œ", "½", "½", "👍🏽\u{FE0F}", "機", "密"])
  }

  @Test("stops when told to")
  func stops() {
    var count = 0
    Tokenizer.forEachToken(in: "a b c 機密 ½".utf8Span.span) { _, _ in
      count += 1
      return count < 2
    }
    #expect(count == 2)
  }

  @Test("takes invalid UTF-8 as separators")
  func invalid() {
    let bytes: [UInt8] = [
      0x61, 0xFF, 0x62, 0xC3, 0x63, 0xE3, 0x81, 0x64, 0xED, 0xA0, 0x80, 0x65, 0xC0, 0x80, 0x66,
      0xF5, 0x80,
      0x67, 0xF0, 0x9F, 0x98,
    ]
    #expect(strings(bytes) == ["a", "b", "c", "d", "e", "f", "g"])
    for length in 0...4 {
      let cut = Array("👍".utf8.prefix(length))
      #expect(strings(cut) == (length == 4 ? ["👍"] : []))
    }
  }

  @Test("cuts no word short of the limit and bounds what is longer")
  func longWords() {
    let limit = Tokenizer.longestToken
    let fitting = String(repeating: "x", count: limit)
    #expect(Tokenizer.tokens(of: fitting + "yz").map(\.utf8.count) == [limit])
    #expect(Tokenizer.tokens(of: fitting) == [fitting])
    let wide = Tokenizer.tokens(of: String(repeating: "ж", count: limit))
    #expect(wide.map(\.utf8.count) == [limit])
  }

  @Test("knows the tokens that are one character")
  func characterTokens() {
    for token in ["機", "が", "ー", "비", "ก", "ប", "ລ", "🦑", "🇩🇪"] {
      #expect(Tokenizer.isCharacterToken(token))
      #expect(Tokenizer.isLongEnoughForPrefix(token))
    }
    for token in ["a", "ab", "ж", "אב", "1", ""] {
      #expect(!Tokenizer.isCharacterToken(token))
      #expect(!Tokenizer.isLongEnoughForPrefix(token))
    }
    #expect(Tokenizer.isLongEnoughForPrefix("abc"))
    #expect(Tokenizer.isLongEnoughForPrefix("q12"))
    #expect(Tokenizer.isLongEnoughForPrefix("नमस"))
    #expect(!Tokenizer.isLongEnoughForPrefix("हि"))
  }

  private func scalars(_ text: String) -> [[Unicode.Scalar]] {
    Tokenizer.tokens(of: text).map { Array($0.unicodeScalars) }
  }

  private func strings(_ bytes: [UInt8]) -> [String] {
    var tokens: [String] = []
    Tokenizer.forEachToken(in: bytes.span) { token, _ in
      tokens.append(String(folded: token))
      return true
    }
    return tokens
  }
}
