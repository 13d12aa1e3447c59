// SPDX-License-Identifier: Apache-2.0

/// A value on its way from one thread to another; unchecked, since the one that hands it over lets go
/// of it.
struct HandedOver<Value>: @unchecked Sendable {
  let value: Value
}
