// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Capture

@Suite("Persons of paths")
struct UserFolderTests {
  @Test(
    "names the person where homes stand",
    arguments: [
      ("/home/ada", "ada"), ("/home/ada/app", "ada"), ("/Users/ada/src/x", "ada"),
      (#"C:\Users\ada\app"#, "ada"), (#"c:\users\Ada"#, "Ada"), ("D:/Users/ada/x", "ada"),
      (#"\\?\C:\Users\ada\x"#, "ada"), ("/mnt/c/Users/ada/x", "ada"), ("/c/Users/ada", "ada"),
      ("/var/home/ada/x", "ada"), ("/root/x", "root"), ("/home/users/app", "users"),
    ])
  func namesPersons(path: String, person: String) {
    #expect(UserFolder.person(in: path) == person)
  }

  @Test(
    "names nobody anywhere else",
    arguments: [
      "/srv/home/app", "/srv/app/users/models", "/opt/Users/x", "/home", "/Users/",
      "/Users/Shared/x",
      #"C:\Users\Public\x"#, #"C:\work\Users\x"#, "home/ada/x", "/app/root/x", "/HOME/ada", "",
      "/mnt/disk/Users/x", "C:", "/",
    ])
  func namesNobody(path: String) {
    #expect(UserFolder.person(in: path) == nil)
  }
}
