// SPDX-License-Identifier: Apache-2.0

/// Writes `users.json` (claude-capture-formats section 6.6).
func usersJSON(_ users: [UUIDText]) -> [UInt8] {
  let names = ["Ada", "Bo", "Carla", "Dilan", "Edda", "Femi", "Gita", "Hana", "Ilja", "Jun"]
  var json: [UInt8] = [UInt8(ascii: "[")]
  for (number, user) in users.enumerated() {
    let name = names[number % names.count]
    json.append(number == 0 ? "{\"uuid\":" : ",{\"uuid\":")
    json.append(quoted: user)
    json.append(",\"full_name\":\"")
    json.append(contentsOf: "\(name) Person\(number)".utf8)
    json.append("\",\"email_address\":\"")
    json.append(contentsOf: "\(name.lowercased()).person\(number)@corp.example".utf8)
    json.append("\",\"verified_phone_number\":null}")
  }
  json.append(UInt8(ascii: "]"))
  return json
}
