// SPDX-License-Identifier: Apache-2.0
import Actions
import Capture
import Foundation
import Model
import Production
import Store

extension CommandFailure {
  /// Gives an error of another part its place among the exit statuses.
  ///
  /// The parts' own messages say what happened and what to do; what a system said comes after.
  init(translating error: any Error) {
    switch error {
    case let error as StoreError:
      self.init(
        error.code, error.message, why: error.cause.map { "\($0)" }, objects: error.objects)
    case let refusal as QueryRefusal: self.init(refusal)
    case let error as ProductionError: self.init(error)
    case let error as ComplianceError: self.init(error)
    case let status as ExitStatus:
      self.init(status, status.meaning)
    case let error as CocoaError:
      self.init(.storage, "a file cannot be used", why: error.localizedDescription)
    default:
      // No description of the error: it might hold content of the store.
      self.init(
        .failure, "unexpected error \(type(of: error)) in \(Program.name) \(Program.version)",
        whatToDo: "this is a bug: report it with the command's name")
    }
  }

  private init(_ error: ProductionError) {
    let status: ExitStatus =
      switch error.code {
      case .invalidOption: .usage
      case .invalidSource, .noProgram: .failure
      case .exists: .exists
      case .fileSystem: .storage
      case .badKey, .encrypted: .secret
      case .notAVolume: .damaged
      }
    self.init(status, error.message, why: error.cause.map { "\($0)" })
  }
}
