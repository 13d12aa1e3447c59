// SPDX-License-Identifier: Apache-2.0

extension JSONRecordSplitter {
  /// How many bytes lost records may scan again for each that they scan for the first time; and how
  /// many beyond that, so that no damage of usual size comes near.
  private static let rescanLimit: (times: Int64, byteCount: Int64) = (32, 1 << 20)

  private enum Scan {
    case complete
    case needsMore
    case lost(JSONError.Code)
  }

  /// Goes on in the current record, to its end if the buffer holds it.
  mutating func scanRecord() -> Step {
    let limitIndex = stage == .inside ? start + limits.recordByteCount : Int.max
    let outcome = scan()
    switch outcome {
    case .complete where stage == .skipping:
      stage = .between
      return .piece(damage(until: position))
    case .complete where position > limitIndex:
      stage = .between
      beginOversized()
      return .piece(damage(until: position))
    case .complete where nesting.isTooDeep:
      stage = .between
      damageOffset = offset(of: start)
      damageError = JSONError(.tooDeep, at: damageOffset)
      return .piece(damage(until: position))
    case .complete:
      stage = .between
      let record = JSONRecord(
        bytes: Array(buffer[start..<position]), offset: offset(of: start), index: pieceCount)
      if signature == nil { signature = JSONSignature(of: record.bytes) }
      return .piece(.record(record))
    case .lost(let code):
      let error = JSONError(code, at: offset(of: position))
      guard stage == .inside else {
        stage = .searching  // what came before is gone; the damage goes on
        damageError = error
        position += 1
        return .again
      }
      if signature == nil { signature = JSONSignature(of: Array(buffer[start..<position])) }
      return loseRecord(error, at: position)
    case .needsMore where isFinished:
      return scanRecordAtEnd()
    case .needsMore:
      if position > limitIndex {
        beginOversized()
        stage = .skipping
      }
      return .needsMore
    }
  }

  /// The stream ended inside a record: only a bare literal is complete then.
  private mutating func scanRecordAtEnd() -> Step {
    if stage == .inside, nesting.depth == 0, nesting.last == .literal {
      stage = .between
      return .piece(
        .record(
          JSONRecord(
            bytes: Array(buffer[start..<position]), offset: offset(of: start), index: pieceCount)))
    }
    let error = JSONError(.unexpectedEnd, at: offset(of: buffer.count))
    if stage == .skipping {
      stage = .between
      isInArray = false
      position = buffer.count
      return .piece(damage(until: position))
    }
    if signature == nil { signature = JSONSignature(of: Array(buffer[start...])) }
    return loseRecord(error, at: buffer.count)
  }

  /// Begins the search for the next record after one that was lost at `index` of the buffer.
  ///
  /// The search begins again at the record's second byte, and the next record may be lost at the same
  /// place. When too much was scanned again in vain, all up to there is one damage.
  private mutating func loseRecord(_ error: JSONError, at index: Int) -> Step {
    let end = offset(of: index)
    let old = max(0, min(end, scannedOffset) - offset(of: start))
    rescannedByteCount += old
    scannedByteCount += end - offset(of: start) - old
    scannedOffset = max(scannedOffset, end)
    _ = lose(error, from: start)
    let limit = Self.rescanLimit.times * scannedByteCount + Self.rescanLimit.byteCount
    if rescannedByteCount > limit { position = max(position, Int(scannedOffset - bufferOffset)) }
    return .again
  }

  private mutating func beginOversized() {
    damageOffset = offset(of: start)
    damageError = JSONError(.tooLarge, at: damageOffset)
  }

  private mutating func scan() -> Scan {
    var nesting = self.nesting
    var index = position
    let outcome = scan(buffer.span, &index, &nesting, lineEndsString: !isInArray)
    self.nesting = nesting
    position = index
    return outcome
  }

  private func scan(
    _ bytes: Span<UInt8>, _ position: inout Int, _ nesting: inout JSONNesting,
    lineEndsString: Bool
  ) -> Scan {
    var index = position
    defer { position = index }
    let end = bytes.count
    while index < end {
      if nesting.isInString {
        index = bytes.indexOfStringStop(from: index)
        guard index < end else { return .needsMore }
        switch bytes[index] {
        case UInt8(ascii: "\""):
          nesting.isInString = false
          nesting.last = .value
          index += 1
          if nesting.depth == 0 { return .complete }
        case UInt8(ascii: "\\"):
          guard index + 1 < end else { return .needsMore }
          index += 2
        case 0x0A where lineEndsString:
          // No string goes over a line's end: a line of JSON lines was cut.
          return .lost(.controlCharacter)
        default:
          index += 1  // the record's parser refuses it
        }
        continue
      }
      switch bytes[index] {
      case 0x20, 0x0A, 0x0D, 0x09:
        if nesting.last == .literal {
          if nesting.depth == 0 { return .complete }
          nesting.last = .value
        }
      case UInt8(ascii: "\""):
        guard nesting.allowsString else { return .lost(.unexpectedByte) }
        nesting.isInString = true
      case UInt8(ascii: ","):
        if nesting.depth == 0 { return .complete }  // after a literal
        guard nesting.last == .value || nesting.last == .literal else {
          return .lost(.unexpectedByte)
        }
        nesting.last = .comma
      case UInt8(ascii: ":"):
        guard nesting.last == .value else { return .lost(.unexpectedByte) }
        nesting.last = .colon
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        guard nesting.allowsValue else { return .lost(.unexpectedByte) }
        nesting.open(object: bytes[index] == UInt8(ascii: "{"))
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if nesting.depth == 0, nesting.last == .literal { return .complete }
        guard nesting.close(object: bytes[index] == UInt8(ascii: "}")) else {
          return .lost(.mismatchedBracket)
        }
        if nesting.depth == 0 {
          index += 1
          return .complete
        }
      case let byte where JSONNesting.isLiteral(byte):
        guard nesting.last == .literal || nesting.allowsValue else {
          return .lost(.unexpectedByte)
        }
        nesting.last = .literal
      default:
        return .lost(.unexpectedByte)
      }
      index += 1
    }
    return .needsMore
  }
}
