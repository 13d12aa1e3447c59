// SPDX-License-Identifier: Apache-2.0
import Model

/// Why a part of a file could not be read.
struct ExtractionFailure: Error {
  var code: ProblemCode
  /// In words that quote nothing of the file.
  var detail: String

  init(_ code: ProblemCode, _ detail: String) {
    self.code = code
    self.detail = detail
  }
}

/// What all that lies in a file may unpack to, over all its levels.
final class UnpackingBudget {
  private let limits: ExtractionLimits
  private var byteCount = 0
  private var passedByteCount = 0
  private var partCount = 0

  init(_ limits: ExtractionLimits) {
    self.limits = limits
  }

  /// Whether nothing more may be unpacked.
  private(set) var isSpent = false

  func spend(_ count: Int) throws {
    byteCount += count
    guard byteCount <= limits.unpackedByteCount else {
      isSpent = true
      throw ExtractionFailure(
        .textLimit, "it unpacks to more than \(limits.unpackedByteCount) bytes")
    }
  }

  /// Spends what is unpacked only to be passed over.
  func passOver(_ count: Int) throws {
    passedByteCount += count
    guard passedByteCount <= limits.passedByteCount else {
      isSpent = true
      throw ExtractionFailure(
        .textLimit, "what is not read of it unpacks to more than \(limits.passedByteCount) bytes")
    }
  }

  func beginPart() throws {
    partCount += 1
    guard partCount <= limits.partCount else {
      isSpent = true
      throw ExtractionFailure(.textLimit, "it holds more than \(limits.partCount) parts")
    }
  }
}
