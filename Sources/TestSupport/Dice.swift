// SPDX-License-Identifier: Apache-2.0

/// Numbers in a fixed sequence a seed.
package struct Dice: Sendable {
  private var state: UInt64

  package init(state: UInt64) {
    self.state = state
  }

  /// A number from 0 up to, but not including, the bound.
  package mutating func below(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(bound))
  }
}
