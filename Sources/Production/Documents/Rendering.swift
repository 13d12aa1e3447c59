// SPDX-License-Identifier: Apache-2.0

/// What a volume holds beside natives, texts and the DAT and CSV load files.
package enum Rendering: String, Sendable, CaseIterable {
  /// One self-contained page a slice (export-formats section 7.3).
  case html
  /// One Relativity short message file of version 2.0.0 a slice (section 3).
  case rsmf
  /// The same of version 1.0.0.
  case rsmf1 = "rsmf-1.0"
  /// One mail message a slice with its files attached (section 7.1).
  case eml
  /// An EDRM XML load file of version 1.2 (section 6).
  case edrm
  /// The same of version 1.1, without fields of our own.
  case edrm11 = "edrm-1.1"
  /// One page, `index.html`, to browse, filter and search all documents in a browser.
  case viewer

  /// Renderings of which a volume holds one at most, since their files have the same names.
  package static let alternatives: [(Rendering, Rendering)] = [(.rsmf, .rsmf1), (.edrm, .edrm11)]
}
