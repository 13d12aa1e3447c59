// SPDX-License-Identifier: Apache-2.0
import Model

/// The page with all exit statuses, custody-exit-status(7).
struct ExitStatusPage {
  var fragment: Fragment

  /// The page in mdoc.
  var text: String {
    var page = Mdoc()
    page.raw(".\\\" SPDX-License-Identifier: Apache-2.0\n")
    page.raw(".\\\" Made by Sources/Manual from Sources/Model/ExitStatus.swift: do not edit.\n")
    page.macro("Dd \(Manual.date)")
    page.macro("Dt CUSTODY-EXIT-STATUS 7")
    page.macro("Os")
    page.macro("Sh NAME")
    page.macro("Nm custody-exit-status")
    page.macro("Nd how the commands of custody end")
    page.macro("Sh DESCRIPTION")
    page.prose(
      """
      Each command ends with one status, the worst that applies. Codes are never reused, and new \
      ones may come: a script should treat a code that it does not know as a failure. With \
      --format json or jsonl the last line on the standard error is a record with the code's name \
      and number.
      """)
    page.macro("Bl -tag -width \"100 ATTENTION\"")
    for status in ExitStatus.allCases {
      page.macro("It \(status.rawValue) Li \(status.name)")
      page.prose(status.meaning)
    }
    page.macro("It 130 Li SIGINT")
    page.prose("stopped by the signal; run it again to go on")
    page.macro("It 143 Li SIGTERM")
    page.prose("stopped by the signal; run it again to go on")
    page.macro("El")
    for heading in Fragment.order {
      guard let section = fragment.sections[heading] else { continue }
      if heading != "DESCRIPTION" { page.macro("Sh \(heading)") }
      page.raw(section)
      if heading == "DESCRIPTION" { appendAdvice(to: &page) }
    }
    return page.text
  }

  /// What a script does with each status.
  private func appendAdvice(to page: inout Mdoc) {
    page.macro("Ss What a script does")
    page.prose("A job that nobody watches has three answers, and needs no others:")
    page.macro("Bl -tag -width person")
    for (advice, text) in [
      (
        ExitStatus.Advice.retry,
        "run the same command again later, unchanged; every command can be. Of a stale plan, make "
          + "a new one first."
      ),
      (
        .person,
        "go on with what does not depend on it, and tell somebody: the command did what could be "
          + "done, or refused what needs a decision."
      ),
      (
        .alarm,
        "stop, remove nothing, and wake somebody. So also for a status that is not listed, and for "
          + "one past 128, which is a signal."
      ),
    ] {
      let codes = ExitStatus.allCases.filter { $0.advice == advice }.map { String($0.rawValue) }
      page.macro("It \(advice.rawValue)")
      page.prose("\(codes.joined(separator: ", ")): \(text)")
    }
    page.macro("El")
    page.macro("Pp")
    page.prose("The folder Samples/nightly of the sources has such a job, with a systemd unit.")
  }
}
