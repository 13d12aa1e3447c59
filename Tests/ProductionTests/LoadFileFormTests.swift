// SPDX-License-Identifier: Apache-2.0
import Model
import TestSupport
import Testing

@testable import Production

@Suite("The form of load files")
struct LoadFileFormTests {
  private static var all: [LoadFileForm] {
    var forms: [LoadFileForm] = []
    for encoding in LoadFileEncoding.allCases {
      for escape in LoadFileEscape.allCases {
        for dateFormat in LoadFileDateFormat.allCases {
          for flags in 0..<4 {
            var form = LoadFileForm()
            form.encoding = encoding
            form.escape = escape
            form.dateFormat = dateFormat
            form.csvIsRaw = flags & 1 == 1
            form.csvHasMark = flags & 2 == 2
            forms.append(form)
          }
        }
      }
    }
    return forms
  }

  @Test("every form is read as it was written, among other members")
  func roundTrip() {
    #expect(Self.all.count == 96 && Set(Self.all).count == 96)
    for form in Self.all {
      let values = form.values.merging(["layout": "volume"]) { $1 }
      #expect(LoadFileForm(.object(values)) == form)
    }
  }

  @Test("what lacks a member or has a value without meaning is no form")
  func refused() {
    let values = LoadFileForm().values
    for key in values.keys {
      var lacking = values
      lacking[key] = nil
      #expect(LoadFileForm(.object(lacking)) == nil, "\(key)")
      lacking[key] = "other"
      #expect(LoadFileForm(.object(lacking)) == nil, "\(key)")
    }
    #expect(LoadFileForm("text") == nil)
  }

  @Test("load files in another form than the manifest tells are noticed")
  func checked() async throws {
    try await withTemporaryDirectory { folder in
      for (number, form) in Self.all.enumerated() where form.escape == .replace {
        var options = try sampleOptions()
        options.volumeName = "VOL" + digits(number + 1, 3)
        options.loadFiles = form
        let written = try export(hostileUnits(), to: folder, options)
        var contents = VolumeContents()
        var report = VerificationReport(path: written.path)
        try contents.read(folder: written.path, report: &report)
        let manifest = try #require(ListChecks.readManifest(contents, report: &report))
        LoadFileChecks.run(contents, manifest: manifest, report: &report)
        #expect(report.problems == [])
        for other in LoadFileEncoding.allCases {
          var told = form
          told.encoding = other
          told.csvHasMark.toggle()
          guard case .object(var members) = manifest,
            case .object(let values)? = manifest["options"]
          else { return }
          members["options"] = .object(values.merging(told.values) { $1 })
          report.problems = []
          LoadFileChecks.run(contents, manifest: .object(members), report: &report)
          let details = report.problems.map(\.detail)
          #expect(details.contains { $0.hasPrefix("the DAT is in ") } == (other != form.encoding))
          #expect(details.contains { $0.hasPrefix("the CSV has ") })
        }
      }
    }
  }
}
