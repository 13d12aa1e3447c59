// SPDX-License-Identifier: Apache-2.0
import Bytes
import Testing

@testable import Review

@Suite("Drawing a sample")
struct SamplerTests {
  private static let ids = (0..<1000).map { number in
    "itm_" + String(String(number + 10_000).dropFirst())
  }

  private func draw(_ size: Int, _ seed: String, _ ids: [String]) -> Sampler<String> {
    var sampler = Sampler<String>(size: size, seed: seed)
    for id in ids { sampler.offer(id, id) }
    return sampler
  }

  /// Expected: `sorted(ids, key=lambda i: hmac.new(seed, i, 'sha256').digest())[:7]` in Python, and
  /// the SHA-256 of all ids with a line end after each.
  @Test("gives what a few lines of Python give")
  func vector() {
    let sampler = draw(7, "Pier 9 — 2025", Self.ids)
    #expect(
      sampler.sample == [
        "itm_0662", "itm_0936", "itm_0721", "itm_0253", "itm_0683", "itm_0845", "itm_0131",
      ])
    #expect(sampler.populationCount == 1000)
    #expect(
      sampler.populationDigest.hexadecimal
        == "0638288d59744fcfca0a4dfb8e10651c08be2ab8ae791a15d8390241c3dcc620")
  }

  @Test("does not depend on the order of the population")
  func order() {
    #expect(
      draw(40, "s", Self.ids).sample == draw(40, "s", Self.ids.reversed()).sample)
  }

  @Test("of a smaller size is the begin of a larger one, up to the whole population")
  func nesting() {
    let whole = draw(5000, "s", Self.ids).sample
    #expect(Set(whole) == Set(Self.ids))
    for size in [0, 1, 2, 63, 64, 65, 999, 1000] {
      #expect(draw(size, "s", Self.ids).sample == Array(whole.prefix(size)))
    }
  }

  @Test("depends on the seed")
  func seed() {
    #expect(draw(40, "s", Self.ids).sample != draw(40, "t", Self.ids).sample)
  }
}
