// SPDX-License-Identifier: Apache-2.0

/// Versions of the short message format.
enum RSMFVersion: String, Sendable {
  case one = "1.0.0"
  case two = "2.0.0"
}

extension VolumeOptions {
  /// The version in which short messages are written; nil for none.
  var rsmfVersion: RSMFVersion? {
    renderings.contains(.rsmf) ? .two : renderings.contains(.rsmf1) ? .one : nil
  }

  /// The version in which EDRM XML is written; nil for none.
  var edrmVersion: EDRMVersion? {
    renderings.contains(.edrm) ? .minor2 : renderings.contains(.edrm11) ? .minor1 : nil
  }
}
