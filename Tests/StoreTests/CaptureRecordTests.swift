// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model
import Testing

@testable import Store

@Suite struct CaptureRecordTests {
  @Test("sources: made once, renamed, deleted while they have brought nothing")
  func sources() async throws {
    try await withStore { store in
      try store.change(as: .test()) { change in
        let source = try change.sourceForImport(named: "import")
        #expect(try change.sourceForImport(named: "import") == source)
        #expect(try change.sourceForImport(named: source.id.text) == source)
        #expect(status { try change.createSource(SourceDefinition(name: "import")) } == .exists)
        let renamed = try change.updateSource(
          source, to: SourceDefinition(name: "drop", note: "n"))
        #expect(renamed.name == "drop")
        #expect(
          status {
            _ = try change.updateSource(
              source, to: SourceDefinition(name: "drop", kind: .complianceAPI))
          } == .usage)
        let api = try change.createSource(
          SourceDefinition(
            name: "api", kind: .complianceAPI, url: "https://x", keyFile: "/k"))
        #expect(try change.catalog.sources().map(\.name) == ["api", "drop"])
        try change.deleteSource(api)
        _ = try change.startRun(.files, of: source)
        #expect(status { try change.deleteSource(source) } == .denied)
      }
    }
  }

  @Test("a run's counts must add up before it is complete; a lost run is marked by the next")
  func runs() async throws {
    try await withStore { store in
      try store.change(as: .test()) { change in
        let source = try change.sourceForImport(named: "import")
        let lost = try change.startRun(.files, of: source)
        var counts = RunCounts()
        counts.read = 9
        counts.stored = 3
        counts.note(Instant(ticks: 50))
        counts.note(Instant(ticks: -7))
        try change.checkpoint(lost, counts: counts)
        let run = try change.startRun(.files, of: source)
        let interrupted = try change.catalog.run(lost.id.text)
        #expect(interrupted.state == .interrupted)
        #expect(interrupted.counts == counts)
        #expect(interrupted.counts.firstRecord == Instant(ticks: -7))
        #expect(interrupted.counts.lastRecord == Instant(ticks: 50))
        #expect(status { try change.finishRun(run, state: .complete, counts: counts) } == .failure)
        counts.updated = 1
        counts.duplicates = 1
        counts.merged = 1
        counts.skipped = 1
        counts.exceptions = 2
        counts.gaps = 44
        try change.finishRun(run, state: .complete, counts: counts)
        #expect(try change.catalog.run(run.id.text).finished == change.now)
        #expect(try change.catalog.runs(of: source).count == 2)
        #expect(try change.catalog.lastCompleteRun(of: source) == change.now)
        #expect(status { _ = try change.catalog.run("run_x") } == .notFound)
      }
    }
  }

  @Test("inputs are kept by path, the latest word on each")
  func inputs() async throws {
    try await withStore { store in
      try store.change(as: .test()) { change in
        let run = try change.startRun(.files, of: try change.sourceForImport(named: "import"))
        var input = RunInput(
          path: "a.zip!/b.json", byteCount: 5, digest: nil, format: "", outcome: .failed)
        try change.recordInput(input, of: run)
        input.digest = SHA256Digest(of: "x")
        input.outcome = .read
        try change.recordInput(input, of: run)
        #expect(try change.catalog.inputs(of: run) == [input])
      }
    }
  }

  @Test("an exception met again is the same one, and stays resolved")
  func exceptions() async throws {
    try await withStore { store in
      try store.change(as: .test()) { change in
        let source = try change.sourceForImport(named: "import")
        let run = try change.startRun(.files, of: source)
        let problem = CaptureProblem(code: .decodeError, path: "a", object: "record 1", detail: "d")
        #expect(try change.recordException(problem, kind: .failure, in: run))
        #expect(try !change.recordException(problem, kind: .failure, in: run))
        var other = problem
        other.object = "record 2"
        #expect(try change.recordException(other, kind: .gap, in: run))
        let all = try change.catalog.exceptions()
        #expect(all.count == 2)
        let first = try #require(all.first { $0.object == "record 1" })
        #expect(status { _ = try change.resolveExceptions([first.id.text], reason: "") } == .usage)
        #expect(status { _ = try change.resolveExceptions([], reason: "r") } == .usage)
        #expect(
          status { _ = try change.resolveExceptions([first.id.text, "exc_x"], reason: "r") }
            == .notFound)
        #expect(try change.resolveExceptions([first.id.text], reason: "r") == 1)
        #expect(try change.resolveExceptions([first.id.text], reason: "r") == 0)
        let again = try change.startRun(.files, of: source)
        #expect(try !change.recordException(problem, kind: .failure, in: again))
        let resolved = try change.catalog.exceptions(ids: [first.id.text])[0]
        #expect(resolved.state == .resolved)
        #expect(resolved.lastRun == again.id)
        #expect(resolved.reason == "r")
        #expect(try change.catalog.exceptionCount(ExceptionFilter(state: .open)) == 1)
        #expect(try change.catalog.exceptionCount(ExceptionFilter(kind: .gap)) == 1)
        #expect(try change.catalog.exceptionCount(ExceptionFilter(code: "DECODE_ERROR")) == 2)
        #expect(try change.catalog.exceptionCount(ExceptionFilter(run: again.key)) == 1)
      }
    }
  }

  @Test("projects: one row a native id, the newest name; several of one name are told")
  func projects() async throws {
    try await withStore { store in
      try store.change(as: .test()) { change in
        let key = try change.projectKey(route: "r", nativeID: "p1", name: "Plan")
        #expect(try change.projectKey(route: "r", nativeID: "p1", name: nil) == key)
        #expect(try change.projectKey(route: "r", nativeID: "p1", name: "Plan B") == key)
        _ = try change.projectKey(route: "r", nativeID: "p2", name: "Twin")
        _ = try change.projectKey(route: "r", nativeID: "p3", name: "Twin")
        _ = try change.projectKey(route: "s", nativeID: "p1", name: "Plan B")
        try change.record(AuditEvent("test.touch", of: "x"))
        let catalog = change.catalog
        #expect(try catalog.projects(["Plan B"]).map(\.route) == ["r", "s"])
        #expect(try catalog.projects(["id:p2", "p2"]).map(\.nativeID) == ["p2"])
        #expect(status { _ = try catalog.projects(["Twin"]) } == .ambiguous)
        #expect(status { _ = try catalog.projects(["name:p2", "Plan"]) } == .notFound)
      }
    }
  }
}
