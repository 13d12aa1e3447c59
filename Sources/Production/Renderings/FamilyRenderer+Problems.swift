// SPDX-License-Identifier: Apache-2.0
import Model

/// What a parent and its text lack, as rows of `exceptions.csv`.
extension FamilyRenderer {
  func parentProblems(_ plan: FamilyPlan) -> [ExceptionRow] {
    let number = options.numbers.text(plan.firstNumber)
    let inSlice = Set(plan.slice.items.compactMap { plan.unit.items[$0].nativeID })
    let inUnit = Set(plan.unit.items.compactMap(\.nativeID))
    var rows: [ExceptionRow] = []
    for problem in plan.unit.gaps + plan.produced.problems where problem.code != .fileNotCaptured {
      let isHere =
        inUnit.contains(problem.object)
        ? inSlice.contains(problem.object)
        : plan.isFirstSlice
      guard isHere else { continue }
      rows.append(
        ExceptionRow(
          number: number, sourceID: problem.object.isEmpty ? plan.unit.nativeID : problem.object,
          code: ExceptionCode(problem.code), detail: problem.detail,
          time: plan.produced.capturedAt))
    }
    if plan.sharesNative {
      rows.append(
        ExceptionRow(
          number: number, sourceID: plan.unit.nativeID, code: .unknown,
          detail: "the native record is left out: it may repeat what is blacked out or withheld in "
            + "other documents of the conversation", time: plan.produced.capturedAt))
    }
    func note(_ flags: [RecordFlag], _ sourceID: String, field: String) {
      for (code, detail) in flags.compactMap(lack) {
        rows.append(
          ExceptionRow(
            number: number, sourceID: sourceID, code: code,
            field: code == .substitutedCharacters ? field : "", detail: detail,
            time: plan.produced.capturedAt))
      }
    }
    // Flags of the unit are about its own fields, such as the title.
    if plan.isFirstSlice { note(plan.unit.flags, plan.unit.nativeID, field: "") }
    for index in plan.slice.items {
      let item = plan.unit.items[index]
      note(item.flags, item.nativeID ?? plan.unit.nativeID, field: "TEXT")
      // The unit bears this flag, too, and nothing of the unit itself is lost.
      if item.flags.contains(.deletedAtSource) {
        rows.append(
          ExceptionRow(
            number: number, sourceID: item.nativeID ?? plan.unit.nativeID, code: .missingAtSource,
            detail: "deleted at the source before it was captured", time: plan.produced.capturedAt))
      }
    }
    return rows
  }

  func noteText(
    _ text: TranscriptText, _ number: String, _ sourceID: String, _ plan: FamilyPlan,
    _ problems: inout [ExceptionRow]
  ) {
    guard text.substitutionCount > 0 else { return }
    problems.append(
      ExceptionRow(
        number: number, sourceID: sourceID, code: .substitutedCharacters, field: "TEXT",
        count: text.substitutionCount, detail: "NUL characters are shown as U+FFFD",
        time: plan.produced.capturedAt))
  }
}

/// What a flag of a record means for its text, as far as it tells of words that are lost or shown
/// otherwise (export-formats section 1.5); a text that the source says it cut is a gap of its own.
private func lack(_ flag: RecordFlag) -> (ExceptionCode, String)? {
  switch flag {
  case .loneSurrogate:
    (
      .substitutedCharacters,
      "an escape names half a character; shown as U+FFFD, kept in the native file"
    )
  case .invalidUTF8:
    (
      .substitutedCharacters,
      "bytes are no UTF-8; shown as U+FFFD, kept in the native file"
    )
  case .streamIncomplete:
    (.truncatedAtSource, "the stream ended before its end; what came of it is shown")
  case .truncated: (.truncatedAtSource, "a text was cut at the source")
  default: nil
  }
}
