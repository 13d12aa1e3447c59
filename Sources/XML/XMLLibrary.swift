// SPDX-License-Identifier: Apache-2.0
import CLibXML2

/// The library's own state.
enum XMLLibrary {
  private static let isPrepared: Bool = {
    custody_xml_prepare()
    return true
  }()

  /// Sets the library up, once, before any thread uses it.
  static func prepare() {
    _ = isPrepared
  }
}
