// SPDX-License-Identifier: Apache-2.0
import Foundation
import Model
import TestSupport

/// A record of one route, with what a person reads in it.
struct Trace {
  enum Route: String {
    case chat, export, session, transcript, traffic, projectHere, projectThere, activity

    var name: String {
      switch self {
      case .chat, .session, .projectHere, .activity: "compliance-api"
      case .export, .projectThere: "claude.ai-export"
      case .transcript: "claude-code"
      case .traffic: "raw-api"
      }
    }
  }

  var route: Route
  var nativeID: String
  var uuid = ""
  var calls: Set<String> = []
  var responses: Set<String> = []
  var client = ""
  var likeness = ""
  var chat = ""

  var id: ObjectID {
    .conversation(
      route: route.name, nativeID: route == .traffic ? "session:" + nativeID : nativeID)
  }

  /// How two records hang together: the rules of section 2.2, told anew.
  func grade(_ other: Trace) -> String? {
    let routes = Set([route, other.route])
    if routes == [.chat, .export], uuid == other.uuid { return "certain" }
    if route.name != other.route.name {
      if !calls.isDisjoint(with: other.calls) { return "certain" }
      if !responses.isDisjoint(with: other.responses) { return "certain" }
    }
    if routes == [.session, .transcript], client == other.client { return "probable" }
    if routes == [.projectHere, .projectThere], likeness == other.likeness {
      return "probable"
    }
    if routes == [.activity, .chat], chat == other.chat { return "about" }
    return nil
  }

  /// The file that brings it.
  var file: (name: String, text: String) {
    let time = "2020-01-01T09:00:00Z"
    let uses = calls.sorted().map {
      #"{"type":"tool_use","id":"\#($0)","name":"Bash","input":"{}"}"#
    }
    let blocks = ([#"{"type":"text","text":"words of \#(nativeID)"}"#] + uses)
      .joined(separator: ",")
    let objects = blocks.replacing(#""input":"{}""#, with: #""input":{}"#)
    switch route {
    case .chat:
      return (
        "chat.json",
        """
        {"id":"\(nativeID)","name":"T","created_at":"\(time)","user":{"id":"user_1"},\
        "href":"https://claude.ai/chat/\(uuid)","chat_messages":[{"id":"m-\(nativeID)",\
        "role":"assistant","created_at":"\(time)","content":[\(blocks)]}],"has_more":false}
        """
      )
    case .export:
      return (
        "conversations.json",
        """
        [{"uuid":"\(uuid)","name":"T","account":{"uuid":"a1"},"chat_messages":[\
        {"uuid":"m-\(uuid)","sender":"human","created_at":"\(time)",\
        "content":[{"type":"text","text":"words of \(uuid)"}]}]}]
        """
      )
    case .session:
      return (
        "session.json",
        """
        {"session":{"type":"compliance_local_session","id":"\(nativeID)","user":{"id":"user_1"}},\
        "data":[{"type":"compliance_local_session_message","id":"clsm-\(nativeID)",\
        "role":"assistant","created_at":"\(time)","content":[\(blocks)]}],"next_page":null}
        """
      )
    case .transcript:
      let response = responses.sorted().first ?? "none"
      return (
        nativeID + ".jsonl",
        """
        {"type":"assistant","uuid":"u-\(nativeID)","parentUuid":null,"sessionId":"\(nativeID)",\
        "cwd":"/srv","version":"2.1.200","timestamp":"\(time)","message":{"id":"\(response)",\
        "type":"message","role":"assistant","model":"m","content":[\(objects)]}}

        """
      )
    case .traffic:
      return (
        "calls.jsonl",
        """
        {"request":{"method":"POST","url":"https://api.example/v1/messages",\
        "headers":{"x-session-id":"\(nativeID)"},"body":{"model":"m","messages":[{"role":"user","content":"ask \(nativeID)"}]}},\
        "response":{"status":200,"body":{"id":"\(nativeID)","type":"message","role":"assistant",\
        "model":"m","content":[\(objects)],"stop_reason":"end_turn"}},"started_at":"\(time)"}

        """
      )
    case .projectHere:
      return (
        "project.json",
        """
        {"id":"\(nativeID)","name":"\(likeness)","created_at":"\(time)","description":"d",\
        "instructions":"be exact","user":{"id":"user_1"},"attachments":[]}
        """
      )
    case .projectThere:
      return (
        "projects.json",
        """
        [{"uuid":"\(nativeID)","name":"\(likeness)","description":"d","is_private":true,\
        "prompt_template":"be exact","created_at":"2020-01-01T09:00:00.25+00:00","docs":[]}]
        """
      )
    case .activity:
      return (
        "activities.json",
        """
        {"data":[{"id":"\(nativeID)","type":"claude_chat_viewed","created_at":"\(time)",\
        "claude_chat_id":"\(chat)","actor":{"type":"user_actor","user_id":"user_1"}}],\
        "has_more":false}
        """
      )
    }
  }
}

/// Records whose identifiers meet at random.
func traces(_ dice: inout Dice) -> [Trace] {
  func uuid(_ number: Int) -> String { "0198aaaa-0000-7000-8000-00000000000\(number)" }
  func calls() -> Set<String> {
    Set((0..<4).filter { _ in dice.below(3) == 0 }.map { "toolu_0\($0)" })
  }
  var found: [Trace] = []
  for number in 0..<2 {
    let chat = "claude_chat_\(number)"
    found.append(
      Trace(
        route: .chat, nativeID: chat, uuid: uuid(dice.below(3)), calls: calls(), chat: chat))
    let client = uuid(5 + dice.below(3))
    let hint = Data(#"{"n":\#(number),"org":"\#(uuid(9))","session":"\#(client)"}"#.utf8)
      .base64EncodedString()
    found.append(
      Trace(
        route: .session,
        nativeID: "clls_" + hint.replacing("=", with: ""), calls: calls(), client: client))
    found.append(
      Trace(
        route: .projectHere, nativeID: "claude_proj_\(number)",
        likeness: "P\(dice.below(2))"))
    found.append(
      Trace(
        route: .projectThere, nativeID: uuid(number + 3), likeness: "P\(dice.below(3))"))
    found.append(
      Trace(
        route: .activity, nativeID: "activity_\(number)", chat: "claude_chat_\(dice.below(3))"))
    found.append(
      Trace(
        route: .traffic, nativeID: "msg_\(number)", calls: calls(), responses: ["msg_\(number)"]))
  }
  for number in [0, 1, 2] where dice.below(2) == 0 {
    found.append(Trace(route: .export, nativeID: uuid(number), uuid: uuid(number)))
  }
  for number in [5, 6] {
    found.append(
      Trace(
        route: .transcript, nativeID: uuid(number), calls: calls(),
        responses: ["msg_\(dice.below(4))"], client: uuid(number)))
  }
  return found
}
