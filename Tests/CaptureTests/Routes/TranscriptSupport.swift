// SPDX-License-Identifier: Apache-2.0

/// The session of the transcripts that the tests write.
let writtenSession = "5e550000-0000-4000-8000-000000000001"

/// A line of a transcript; `fields` are further members.
func transcriptLine(
  _ type: String, _ uuid: String?, parent: String?, second: Int = 0,
  session id: String? = writtenSession,
  fields: String
) -> String {
  var members = [#""type":"\#(type)""#]
  members.append(#""parentUuid":\#(parent.map { "\"\($0)\"" } ?? "null")"#)
  if let uuid { members.append(#""uuid":"\#(uuid)""#) }
  if let id { members.append(#""sessionId":"\#(id)""#) }
  let digits = second < 10 ? "0\(second)" : "\(second)"
  members.append(#""timestamp":"2026-05-05T08:00:\#(digits).000Z""#)
  members.append(#""cwd":"/home/ada/app""#)
  return "{" + (members + [fields]).joined(separator: ",") + "}"
}

func userLine(
  _ uuid: String, _ content: String, parent: String?, second: Int = 0,
  session id: String? = writtenSession, fields: String = #""isSidechain":false"#
) -> String {
  transcriptLine(
    "user", uuid, parent: parent, second: second, session: id,
    fields: #""message":{"role":"user","content":\#(content)},\#(fields)"#)
}

func assistantLine(
  _ uuid: String, _ block: String, message: String = "msg_1", parent: String?, second: Int = 0,
  model: String = "claude-example-1", session id: String? = writtenSession,
  fields: String = #""isSidechain":false"#
) -> String {
  transcriptLine(
    "assistant", uuid, parent: parent, second: second, session: id,
    fields: #""message":{"id":"\#(message)","type":"message","role":"assistant","#
      + #""model":"\#(model)","content":[\#(block)],"stop_reason":null},\#(fields)"#)
}

func readTranscript(_ lines: [String], name: String = writtenSession + ".jsonl") throws -> Recorder
{
  try capture(files: [(name, lines.joined(separator: "\n") + "\n")])
}
