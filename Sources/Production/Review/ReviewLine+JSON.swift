// SPDX-License-Identifier: Apache-2.0
import Bytes
package import Model

extension ReviewLine {
  /// The line in canonical form, with its line feed.
  package var bytes: [UInt8] { Array((json.canonical + "\n").utf8) }

  private var json: JSONValue {
    switch self {
    case .set(let set):
      [
        "type": "set", "format": "custody-review", "format_version": 1, "id": id(set.id),
        "case": .string(set.matter), "name": .string(set.name),
        "description": .string(set.description), "created": JSONValue(set.created),
      ]
    case .tag(let tag):
      [
        "type": "tag", "id": id(tag.id), "name": .string(tag.name),
        "description": .string(tag.description), "group": .string(tag.group),
        "choice": tag.isExclusive ? "one" : "many", "created": JSONValue(tag.created),
      ]
    case .filter(let filter):
      [
        "type": "filter", "id": id(filter.id), "name": .string(filter.name),
        "query": .string(filter.query), "dialect": .string(filter.dialect),
        "zone": .string(filter.zone), "created": JSONValue(filter.created),
        "account": .string(filter.account),
      ]
    case .load(let load):
      [
        "type": "load", "id": id(load.id), "query": .string(load.query),
        "normal_form": .string(load.normalForm), "dialect": .string(load.dialect),
        "since": JSONValue(load.interval.since), "before": JSONValue(load.interval.before),
        "zone": .string(load.zone), "created": JSONValue(load.created),
        "account": .string(load.account),
      ]
    case .coding(let act):
      [
        "type": "coding", "id": id(act.id), "number": JSONValue(act.number),
        "kind": .string(act.kind.rawValue), "asked": .string(act.asked),
        "reason": .string(act.reason), "undoes": JSONValue(act.undoes?.text),
        "complete": .boolean(act.isComplete), "changed": JSONValue(act.changed),
        "already": JSONValue(act.already), "skipped": JSONValue(act.skipped),
        "created": JSONValue(act.created), "account": .string(act.account),
      ]
    case .conversation(let unit):
      [
        "type": "conversation", "kind": .string(unit.kind.rawValue),
        "route": .string(unit.route), "native_id": .string(unit.nativeID),
        "account": .string(unit.accountID), "custodian": .string(unit.custodian),
        "email": .string(unit.emailAddress),
        "records": .array(
          unit.records.map {
            [
              "version": JSONValue($0.version), "path": .string($0.path),
              "sha256": .string($0.sha256),
            ]
          }),
      ]
    case .item(let item):
      [
        "type": "item", "id": id(item.id), "load": id(item.load),
        "context": .boolean(item.isContext), "record": JSONValue(item.record),
        "sha256": .string(item.sha256),
        "changes": .array(
          item.changes.map {
            [
              "coding": id($0.coding), "tag": JSONValue($0.tag?.text), "set": .boolean($0.isSet),
            ]
          }),
        "notes": .array(
          item.notes.map {
            [
              "id": id($0.id), "text": .string($0.text), "coding": id($0.coding),
              "withdrawn": JSONValue($0.withdrawn?.text), "created": JSONValue($0.created),
              "account": .string($0.account),
            ]
          }),
      ]
    case .leftOut(let unit):
      [
        "type": "left_out", "route": .string(unit.route), "native_id": .string(unit.nativeID),
        "reason": .string(unit.reason.rawValue), "items": JSONValue(unit.itemCount),
      ]
    case .end(let end):
      [
        "type": "end", "conversations": JSONValue(end.conversations),
        "items": JSONValue(end.items), "left_out": JSONValue(end.leftOut),
      ]
    }
  }

  private func id(_ id: ObjectID) -> JSONValue { .string(id.text) }

  /// Reads a line, without its line feed; nil for anything but the canonical form of a line.
  package init?(_ bytes: [UInt8]) {
    guard let value = JSONValue(canonicalFile: bytes), let type = value["type"]?.stringValue,
      let line = try? ReviewLine(type, LineReader(value: value))
    else { return nil }
    self = line
  }

  private init(_ type: String, _ line: LineReader) throws(LineReader.Unfit) {
    switch type {
    case "set":
      guard try line.text("format") == "custody-review", try line.count("format_version") == 1
      else { throw LineReader.Unfit() }
      self = .set(
        ReviewSetData(
          id: try line.id("id", .reviewSet), matter: try line.text("case"),
          name: try line.text("name"), description: try line.text("description"),
          created: try line.instant("created")))
    case "tag":
      let choice = try line.text("choice")
      guard ["one", "many"].contains(choice) else { throw LineReader.Unfit() }
      self = .tag(
        ReviewTagData(
          id: try line.id("id", .tag), name: try line.text("name"),
          description: try line.text("description"), group: try line.text("group"),
          isExclusive: choice == "one", created: try line.instant("created")))
    case "filter":
      self = .filter(
        ReviewFilterData(
          id: try line.id("id", .filter), name: try line.text("name"),
          query: try line.text("query"), dialect: try line.text("dialect"),
          zone: try line.text("zone"), created: try line.instant("created"),
          account: try line.text("account")))
    case "load":
      self = .load(
        ReviewLoadData(
          id: try line.id("id", .load), query: try line.text("query"),
          normalForm: try line.text("normal_form"), dialect: try line.text("dialect"),
          interval: TimeInterval(
            since: try line.optional("since")?.instant("since"),
            before: try line.optional("before")?.instant("before")),
          zone: try line.text("zone"), created: try line.instant("created"),
          account: try line.text("account")))
    case "coding":
      guard let kind = CodingKind(rawValue: try line.text("kind")) else {
        throw LineReader.Unfit()
      }
      self = .coding(
        ReviewCodingData(
          id: try line.id("id", .coding), number: try line.count("number"), kind: kind,
          asked: try line.text("asked"), reason: try line.text("reason"),
          undoes: try line.optional("undoes")?.id("undoes", .coding),
          isComplete: try line.boolean("complete"), changed: try line.count("changed"),
          already: try line.count("already"), skipped: try line.count("skipped"),
          created: try line.instant("created"), account: try line.text("account")))
    case "conversation":
      guard let kind = UnitKind(rawValue: try line.text("kind")) else { throw LineReader.Unfit() }
      var unit = ReviewConversationData(
        kind: kind, route: try line.text("route"), nativeID: try line.text("native_id"),
        accountID: try line.text("account"), custodian: try line.text("custodian"),
        emailAddress: try line.text("email"))
      for record in try line.elements("records") {
        unit.records.append(
          ReviewRecordData(
            version: try record.count("version"), path: try record.text("path"),
            sha256: try record.digest("sha256")))
      }
      self = .conversation(unit)
    case "item":
      var item = ReviewItemData(
        id: try line.id("id", .item), load: try line.id("load", .load),
        isContext: try line.boolean("context"), record: try line.count("record"),
        sha256: try line.digest("sha256"))
      for change in try line.elements("changes") {
        item.changes.append(
          ReviewChangeData(
            coding: try change.id("coding", .coding),
            tag: try change.optional("tag")?.id("tag", .tag), isSet: try change.boolean("set")))
      }
      for note in try line.elements("notes") {
        item.notes.append(
          ReviewNoteData(
            id: try note.id("id", .note), text: try note.text("text"),
            coding: try note.id("coding", .coding),
            withdrawn: try note.optional("withdrawn")?.id("withdrawn", .coding),
            created: try note.instant("created"), account: try note.text("account")))
      }
      self = .item(item)
    case "left_out":
      guard let reason = ReviewLeftOutData.Reason(rawValue: try line.text("reason")) else {
        throw LineReader.Unfit()
      }
      self = .leftOut(
        ReviewLeftOutData(
          route: try line.text("route"), nativeID: try line.text("native_id"), reason: reason,
          itemCount: try line.count("items")))
    case "end":
      self = .end(
        ReviewEndData(
          conversations: try line.count("conversations"), items: try line.count("items"),
          leftOut: try line.count("left_out")))
    default: throw LineReader.Unfit()
    }
  }
}

/// Reads the members of an object; each must be there and of its type.
private struct LineReader {
  struct Unfit: Error {}

  var value: JSONValue

  private func member(_ key: String) throws(Unfit) -> JSONValue {
    guard let member = value[key] else { throw Unfit() }
    return member
  }

  func text(_ key: String) throws(Unfit) -> String {
    guard let text = try member(key).stringValue else { throw Unfit() }
    return text
  }

  func count(_ key: String) throws(Unfit) -> Int {
    guard let count = try member(key).integerValue, (0...Int64(1 << 40)).contains(count) else {
      throw Unfit()
    }
    return Int(count)
  }

  func boolean(_ key: String) throws(Unfit) -> Bool {
    guard case .boolean(let isTrue) = try member(key) else { throw Unfit() }
    return isTrue
  }

  func id(_ key: String, _ kind: ObjectKind) throws(Unfit) -> ObjectID {
    guard let id = ObjectID(try text(key)), id.kind == kind else { throw Unfit() }
    return id
  }

  func instant(_ key: String) throws(Unfit) -> Instant {
    guard let instant = Instant(rfc3339: try text(key)) else { throw Unfit() }
    return instant
  }

  func digest(_ key: String) throws(Unfit) -> String {
    let written = try text(key)
    guard let digest = SHA256Digest(hexadecimal: written), digest.hexadecimal == written else {
      throw Unfit()
    }
    return written
  }

  func elements(_ key: String) throws(Unfit) -> [LineReader] {
    guard case .array(let elements) = try member(key) else { throw Unfit() }
    return elements.map(LineReader.init)
  }

  /// Nil where the member is null.
  func optional(_ key: String) throws(Unfit) -> LineReader? {
    try member(key) == .null ? nil : self
  }
}
