// SPDX-License-Identifier: Apache-2.0
import Query

/// The evaluator's word on single values and rows: what a condition means is written down there and
/// nowhere else.
enum Evaluation {
  /// Whether an item matches.
  static func matches(_ node: QueryNode, _ item: some QueryableItem) throws -> Bool {
    try Evaluator(node).matches(item)
  }
}
