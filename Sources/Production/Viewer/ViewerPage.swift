// SPDX-License-Identifier: Apache-2.0
import Bytes

/// The page `index.html` of a volume: all its documents, to be browsed, filtered and searched in a
/// browser, with nothing else at hand.
///
/// The policy in the page's head lets its one program and its one style in, by their digests, and
/// nothing else: no network, no image, no frame, no form.
enum ViewerPage {
  /// Where it lies in a volume.
  static let path = "index.html"

  /// What stands before the documents.
  ///
  /// - Parameters:
  ///   - volumeName: The volume's name.
  ///   - facts: What stands beside it in the head, such as the case; empty ones are left out.
  /// - Returns: UTF-8.
  static func start(volumeName: String, facts: [String]) -> [UInt8] {
    var bytes = Array(
      """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
      script-src '\(source(ViewerScript.program))'; style-src '\(source(ViewerScript.style))'; \
      base-uri 'none'; form-action 'none'">
      <meta name="referrer" content="no-referrer">
      <meta name="viewport" content="width=device-width">
      <title>
      """.utf8)
    bytes.appendHTML(volumeName)
    bytes.append("</title>\n<style>")
    bytes.append(ViewerScript.style)
    bytes.append("</style>\n</head>\n<body>\n<header>\n<h1 dir=\"auto\">")
    bytes.appendHTML(
      ([volumeName] + facts.filter { !$0.isEmpty }).joined(separator: " \u{2013} "))
    bytes.append("</h1>\n")
    bytes.append(controls)
    return bytes
  }

  /// A family's documents.
  ///
  /// - Parameter documents: Elements of a JSON array, each ended by a comma; may be empty.
  /// - Returns: A block of data, which runs nothing; nothing for no documents.
  static func block(_ documents: [UInt8]) -> [UInt8] {
    guard !documents.isEmpty else { return [] }
    var bytes = Array("<script type=\"application/json\">[".utf8)
    // No tag may begin inside: in JSON a < stands in strings alone.
    for byte in documents.dropLast() {
      if byte == UInt8(ascii: "<") { bytes.append("\\u003c") } else { bytes.append(byte) }
    }
    bytes.append("]</script>\n")
    return bytes
  }

  /// What stands behind the documents.
  static let end = "<script>" + ViewerScript.program + "</script>\n</body>\n</html>\n"

  private static func source(_ text: String) -> String {
    "sha256-"
      + String(
        decoding: Base64.encode(SHA256Digest(of: text.utf8.span).bytes.span), as: UTF8.self)
  }

  private static let controls = """
    <form id="filters" role="search">
    <label>Search <input name="q" type="search" size="30" placeholder='words, "a phrase", -not' \
    autocomplete="off"></label>
    <label>Custodian <select name="custodian"><option value="">all</option></select></label>
    <label>Type <select name="type"><option value="">all</option></select></label>
    <label>Tag <select name="tag"><option value="">all</option></select></label>
    <label>State <select name="mark"><option value="">all</option><option value="r">redacted</option>\
    <option value="w">withheld</option><option value="e">with exceptions</option></select></label>
    <label>From <input name="from" type="date"></label>
    <label>To <input name="to" type="date"></label>
    <button type="reset">Clear</button>
    </form>
    <details id="help"><summary>Keys</summary>
    <p>/ search, Esc to the list, arrows or j and k next and previous document, Enter read, \
    n and p next and previous hit, ? this help. All words must occur, whatever their letter case and \
    accents; "a phrase" occurs as it stands; -word must not occur.</p>
    </details>
    <p id="status" role="status" aria-live="polite">Loading</p>
    <noscript><p>This page needs JavaScript. The transcripts in HTML and the texts in TEXT can be read \
    without it.</p></noscript>
    </header>
    <div id="list" role="listbox" aria-label="Documents" tabindex="0"><div id="rows"></div></div>
    <main id="document" tabindex="-1" aria-label="Document"></main>

    """
}
