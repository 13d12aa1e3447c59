// SPDX-License-Identifier: Apache-2.0
import Bytes
import Model
package import Store

extension EventRecord: Displayable {
  package static var recordType: String { "event" }
  package static var plural: String { "events" }
  package static var fields: [Field<EventRecord>] {
    [
      Field("seq", heading: "Seq") { .integer($0.seq) },
      Field("time", heading: "Time") { .time($0.time) },
      Field("account", heading: "Account") { .text($0.actor.displayName) },
      Field("user_id") { .integer($0.actor.userID) },
      Field("host") { .text($0.actor.host) },
      Field("program") { .text($0.actor.program) },
      Field("command") { .text($0.actor.command) },
      Field("action", heading: "Action") { .text($0.action) },
      Field("object", heading: "Object") { .text($0.object) },
      Field("before") { .text($0.before) },
      Field("after") { .text($0.after) },
      Field("reason", heading: "Reason") { .text($0.reason) },
      Field("prev_sha256") { .text($0.previous.hexadecimal) },
      Field("sha256") { .text($0.digest.hexadecimal) },
    ]
  }

  package var identifier: String { String(seq) }
}
