// SPDX-License-Identifier: Apache-2.0
import Actions
import ArgumentParser
import Production

extension LoadFileEncoding: ExpressibleByArgument {}
extension LoadFileEscape: ExpressibleByArgument {}
extension LoadFileDateFormat: ExpressibleByArgument {}

/// How the load files of a volume are written, for programs that take no other form.
struct LoadFileOptions: ParsableArguments {
  @Option(
    help: """
      The encoding of the DAT. Programs take a DAT without a byte order mark for Windows-1252; what \
      cp1252 lacks becomes ? and is listed.
      """)
  var datEncoding = LoadFileEncoding.utf8WithMark
  @Option(
    help: """
      What becomes of þ and ® in values of the DAT: replace writes th and (R), and lists it; double \
      doubles þ and keeps ®, which not every program reads.
      """)
  var datEscape = LoadFileEscape.replace
  @Option(
    help: ArgumentHelp(
      "How dates are written in the DAT and the CSV; DATETIMESENT and SORTDATE keep their form.",
      valueName: "format"))
  var dateFormat = LoadFileDateFormat.monthDayYear
  @Flag(
    help: """
      Leave values of the CSV as they are; without it, an apostrophe stands before what a spreadsheet \
      would run as a formula.
      """)
  var csvRaw = false
  @Flag(help: "Begin the CSV with a byte order mark, which spreadsheets want.")
  var csvBom = false

  init() {}

  var form: LoadFileForm {
    var form = LoadFileForm()
    form.encoding = datEncoding
    form.escape = datEscape
    form.dateFormat = dateFormat
    form.csvIsRaw = csvRaw
    form.csvHasMark = csvBom
    return form
  }
}
