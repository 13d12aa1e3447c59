// SPDX-License-Identifier: Apache-2.0

extension Unicode.Scalar {
  /// Whether it is a control character, or ends a line or paragraph.
  package var isControl: Bool {
    switch properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }

  /// Whether it is a control character, ends a line or paragraph, or acts on a text without being seen,
  /// as marks of direction do.
  package var isUnseen: Bool { isControl || properties.generalCategory == .format }
}
