// SPDX-License-Identifier: Apache-2.0

/// A small generator of random numbers that gives the same numbers for the same seed everywhere.
///
/// SplitMix64: a Weyl sequence passed through a mixing function.
struct RandomSource {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  /// A number out of all 64-bit numbers.
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A number from 0 to `bound` - 1; `bound` is at least 1.
  mutating func below(_ bound: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// Whether something happens that does so in `count` of 1,000 cases.
  mutating func chance(inThousand count: Int) -> Bool {
    below(1000) < count
  }

  /// A number from 0 up to, but not including, 1.
  mutating func fraction() -> Double {
    Double(next() >> 11) * 0x1p-53
  }
}

extension RandomSource {
  /// A count with an exponential distribution, cut off at 40 times the mean.
  mutating func exponential(mean: Int) -> Int {
    // Not the C library: its last digits differ between machines.
    let value = -naturalLogarithm(1 - fraction())
    return Int(min(value, 40) * Double(mean))
  }
}

/// The natural logarithm of a number above 0 and up to 1, by additions and multiplications only.
private func naturalLogarithm(_ value: Double) -> Double {
  let exponent = Double(value.exponent)
  let ratio = (value.significand - 1) / (value.significand + 1)
  let square = ratio * ratio
  var term = ratio
  var sum = 0.0
  for divisor in stride(from: 1.0, through: 21, by: 2) {
    sum += term / divisor
    term *= square
  }
  return exponent * 0.693_147_180_559_945_3 + 2 * sum
}
