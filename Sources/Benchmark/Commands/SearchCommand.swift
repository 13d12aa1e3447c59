// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation

/// Measures searches in what the phases have built, and prints the samples as JSON.
struct SearchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search",
    abstract: "Measure searches in what the phases have built, and print the samples as JSON.")

  @OptionGroup var place: WorkplaceOptions

  @OptionGroup var search: SearchOptions

  func run() throws {
    let place = place.workplace
    var selection = try CaseSelection(rawIndex: place.rawIndex.path)
    let cases = try selection.cases(describedBy: place.description())
    let samples = try SearchComparison.run(
      cases, search, raw: try RawSearch(place.rawIndex.path),
      custody: place.hasStore ? try CustodySearch(place.store.path) : nil)
    print(String(decoding: try JSONEncoder().encode(samples), as: UTF8.self))
  }
}
