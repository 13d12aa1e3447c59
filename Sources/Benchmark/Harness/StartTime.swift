// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The median time in milliseconds from starting `custody --version` to its end; nil when the
/// program does not lie beside this one.
func startMilliseconds() throws -> Double? {
  let custody = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().appendingPathComponent("custody")
  guard FileManager.default.isExecutableFile(atPath: custody.path) else { return nil }
  let times = try (0..<21).map { _ in
    try timed { try ChildProcess.run(custody, ["--version"]) }.duration.seconds
  }
  return times.median * 1000
}
