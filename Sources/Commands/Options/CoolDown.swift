// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
package import Model

/// How long a released hold still protects.
package struct CoolDown: Sendable, Equatable {
  private let text: String
  private let span: ClockTime.Span

  /// 30 days (holds-and-retention section 2.2).
  package static let standard = CoolDown(text: "30d", span: .seconds(30 * 86_400))

  /// The ticks from a time to its end.
  package func ticks(after now: Instant) -> Int64 {
    switch span {
    case .seconds(let seconds): seconds * Instant.ticksPerSecond
    case .months(let months): now.advanced(byMonths: months).ticks - now.ticks
    }
  }
}

extension CoolDown: ExpressibleByArgument {
  package init?(argument: String) {
    guard let span = ClockTime.Span(argument) else { return nil }
    self.init(text: argument, span: span)
  }

  package var defaultValueDescription: String { text }
}
