// SPDX-License-Identifier: Apache-2.0
import Model
import Testing

/// A text with what must be found in it: the exact words, their type and confidence.
///
/// All numbers are invented, or published for tests by those who issue them.
struct DetectionCase: Sendable, CustomTestStringConvertible {
  var text: String
  var expected: [String]

  init(_ text: String, _ expected: String...) {
    self.text = text
    self.expected = expected
  }

  var testDescription: String { text }

  static func matches(_ type: SensitiveType, _ found: String, _ confidence: Int) -> String {
    "\(type.id) \(confidence): \(found)"
  }

  static let cards: [DetectionCase] = [
    DetectionCase("4111 1111 1111 1111", "credit-card-number 75: 4111 1111 1111 1111"),
    DetectionCase("4111111111111111", "credit-card-number 65: 4111111111111111"),
    DetectionCase("card 4111111111111111", "credit-card-number 85: 4111111111111111"),
    DetectionCase("4111-1111-1111-1111", "credit-card-number 75: 4111-1111-1111-1111"),
    DetectionCase("3782 822463 10005", "credit-card-number 75: 3782 822463 10005"),
    DetectionCase("30569309025904", "credit-card-number 65: 30569309025904"),
    DetectionCase("3056 930902 5904", "credit-card-number 75: 3056 930902 5904"),
    DetectionCase("6011111111111117", "credit-card-number 65: 6011111111111117"),
    DetectionCase("3530111333300000", "credit-card-number 65: 3530111333300000"),
    DetectionCase("5555555555554444", "credit-card-number 65: 5555555555554444"),
    DetectionCase("2223003122003222", "credit-card-number 65: 2223003122003222"),
    DetectionCase("4222222222222", "credit-card-number 65: 4222222222222"),
    DetectionCase("6304000000000000", "credit-card-number 65: 6304000000000000"),
    DetectionCase("Kreditkarte: 4111111111111111.", "credit-card-number 85: 4111111111111111"),
    DetectionCase("卡号4111111111111111谢谢", "credit-card-number 65: 4111111111111111"),
    DetectionCase("信用卡4111111111111111", "credit-card-number 85: 4111111111111111"),
    DetectionCase(
      "4111\u{A0}1111\u{A0}1111\u{A0}1111",
      "credit-card-number 75: 4111\u{A0}1111\u{A0}1111\u{A0}1111"),
    DetectionCase(
      "4111\u{2011}1111\u{2011}1111\u{2011}1111",
      "credit-card-number 75: 4111\u{2011}1111\u{2011}1111\u{2011}1111"),
    DetectionCase("12,4111111111111111,99", "credit-card-number 65: 4111111111111111"),
    // A wrong last digit, another length, mixed separators, no issuer.
    DetectionCase("4111 1111 1111 1112"),
    DetectionCase("411111111111111"),
    DetectionCase("4111 1111-1111 1111"),
    DetectionCase("1111111111111117"),
    DetectionCase("41 11 11 11 11 11 11 11"),
    // A part of something longer.
    DetectionCase("0.4111111111111111"),
    DetectionCase("A4111111111111111"),
    DetectionCase("4111111111111111B"),
    DetectionCase("4111111111111111.25"),
    DetectionCase("1234-4111-1111-1111-1111"),
    DetectionCase("4111-1111-1111-1111-2222"),
    DetectionCase("1700000000000"),
    DetectionCase("550e8400-e29b-41d4-a716-446655440000"),
  ]

  static let securityNumbers: [DetectionCase] = [
    DetectionCase("123-45-6789", "us-social-security-number 65: 123-45-6789"),
    DetectionCase("SSN 123-45-6789", "us-social-security-number 85: 123-45-6789"),
    DetectionCase("social security number: 123456789", "us-social-security-number 75: 123456789"),
    DetectionCase("SSN: 123 45 6789", "us-social-security-number 75: 123 45 6789"),
    DetectionCase("899-45-6789", "us-social-security-number 65: 899-45-6789"),
    DetectionCase("123 45 6789"),
    DetectionCase("123456789"),
    DetectionCase("SSN 000-45-6789"),
    DetectionCase("SSN 666-45-6789"),
    DetectionCase("SSN 900-45-6789"),
    DetectionCase("SSN 999-45-6789"),
    DetectionCase("SSN 123-00-6789"),
    DetectionCase("SSN 123-45-0000"),
    DetectionCase("SSN 078-05-1120"),
    DetectionCase("SSN 219-09-9999"),
    DetectionCase("SSN 987-65-4320"),
    DetectionCase("SSN 1-123-45-6789"),
    DetectionCase("SSN 123-45-6789-1"),
    DetectionCase("SSN 123-45-67890"),
    DetectionCase("SSN 123-456-789"),
    DetectionCase("ssnumber X123-45-6789"),
  ]

  static let accounts: [DetectionCase] = [
    DetectionCase("DE89370400440532013000", "iban 75: DE89370400440532013000"),
    DetectionCase("DE89 3704 0044 0532 0130 00", "iban 75: DE89 3704 0044 0532 0130 00"),
    DetectionCase("DE89-3704-0044-0532-0130-00", "iban 75: DE89-3704-0044-0532-0130-00"),
    DetectionCase("IBAN: GB82WEST12345698765432", "iban 85: GB82WEST12345698765432"),
    DetectionCase("de89370400440532013000", "iban 65: de89370400440532013000"),
    DetectionCase("FR1420041010050500013M02606", "iban 75: FR1420041010050500013M02606"),
    DetectionCase("NL91 ABNA 0417 1643 00.", "iban 75: NL91 ABNA 0417 1643 00"),
    DetectionCase("NO9386011117947", "iban 75: NO9386011117947"),
    DetectionCase("MT84MALT011000012345MTLCAST001S", "iban 75: MT84MALT011000012345MTLCAST001S"),
    DetectionCase("BR1800360305000010009795493C1", "iban 75: BR1800360305000010009795493C1"),
    DetectionCase("DE88370400440532013000"),
    DetectionCase("DE8937040044053201300"),
    DetectionCase("DE893704004405320130001"),
    DetectionCase("DE89 3704 0044 05320130 00"),
    DetectionCase("XX89370400440532013000"),
    DetectionCase("XDE89370400440532013000"),
    DetectionCase("GB82WEST1234569876543X"),
  ]

  static let addresses: [DetectionCase] = [
    DetectionCase("192.0.2.1", "ip-address 65: 192.0.2.1"),
    DetectionCase("server 192.0.2.1", "ip-address 85: 192.0.2.1"),
    DetectionCase("ip:192.0.2.1", "ip-address 85: 192.0.2.1"),
    DetectionCase("x:192.0.2.1:80", "ip-address 65: 192.0.2.1"),
    DetectionCase("192.0.2.0/24", "ip-address 65: 192.0.2.0"),
    DetectionCase("192.0.2.1-192.0.2.9", "ip-address 65: 192.0.2.1", "ip-address 65: 192.0.2.9"),
    DetectionCase("It was 192.0.2.1.", "ip-address 65: 192.0.2.1"),
    DetectionCase("2001:db8::8a2e:370:7334", "ip-address 75: 2001:db8::8a2e:370:7334"),
    DetectionCase(
      "2001:db8:0:0:0:8a2e:370:7334", "ip-address 75: 2001:db8:0:0:0:8a2e:370:7334"),
    DetectionCase("[fe80::1%eth0]", "ip-address 75: fe80::1"),
    DetectionCase("::ffff:192.0.2.1", "ip-address 75: ::ffff:192.0.2.1"),
    DetectionCase("ping 2001:db8::1: no answer", "ip-address 85: 2001:db8::1"),
    DetectionCase("192.0.2"),
    DetectionCase("192.0.2.256"),
    DetectionCase("192.0.2.1.5"),
    DetectionCase("v1.2.3.4"),
    DetectionCase("01.02.03.04"),
    DetectionCase("1.2.3.4.example.com"),
    DetectionCase("std::vector"),
    DetectionCase("face::add"),
    DetectionCase("12:34:56"),
    DetectionCase("00:1b:44:11:3a:b7"),
    DetectionCase("1:2:3:4:5:6:7:8:9"),
    DetectionCase("2001:db8:::1"),
    DetectionCase("2001:db8::1::2"),
    DetectionCase("12345:db8::1"),
  ]

  static let mail: [DetectionCase] = [
    DetectionCase("ada@example.org", "email-address 75: ada@example.org"),
    DetectionCase("mailto:ada@example.org", "email-address 85: ada@example.org"),
    DetectionCase(
      "(Ada.Byron+x@mail.example.co.uk)", "email-address 75: Ada.Byron+x@mail.example.co.uk"),
    DetectionCase("Write to ada@example.org.", "email-address 75: ada@example.org"),
    DetectionCase("'o'brien@example.org'", "email-address 75: o'brien@example.org"),
    DetectionCase("请写ada@example.org谢谢", "email-address 75: ada@example.org"),
    DetectionCase("a..b@example.org", "email-address 75: b@example.org"),
    DetectionCase("ada@example.com.1", "email-address 75: ada@example.com"),
    DetectionCase("ada@localhost"),
    DetectionCase("lodash@4.17.21"),
    DetectionCase("image@2x.png"),
    DetectionCase("ada.@example.org"),
    DetectionCase("@example.org"),
    DetectionCase("ssh://git@example.org/x"),
    DetectionCase("https://ada:abc@example.org/x"),
    DetectionCase("ada@-example.org"),
    DetectionCase("ada@example.org_x"),
  ]

  static let phones: [DetectionCase] = [
    DetectionCase("+1 212-555-0123", "phone-number 75: +1 212-555-0123"),
    DetectionCase("(212) 555-0123", "phone-number 75: (212) 555-0123"),
    DetectionCase("212-555-0123", "phone-number 65: 212-555-0123"),
    DetectionCase("212.555.0123", "phone-number 65: 212.555.0123"),
    DetectionCase("1-212-555-0123", "phone-number 65: 1-212-555-0123"),
    DetectionCase("call 212 555 0123", "phone-number 85: 212 555 0123"),
    DetectionCase("Phone: 2125550123", "phone-number 75: 2125550123"),
    DetectionCase("+49 (0)30 1234567", "phone-number 75: +49 (0)30 1234567"),
    DetectionCase("+442079460958", "phone-number 75: +442079460958"),
    DetectionCase("Telefon 030 1234567", "phone-number 75: 030 1234567"),
    DetectionCase("tel. (030) 123 45 67", "phone-number 75: (030) 123 45 67"),
    DetectionCase("电话 0049 30 1234567", "phone-number 75: 0049 30 1234567"),
    DetectionCase("212 555 0123"),
    DetectionCase("2125550123"),
    DetectionCase("030 1234567"),
    DetectionCase("112-555-0123"),
    DetectionCase("211-555-0123"),
    DetectionCase("212-911-0123"),
    DetectionCase("212-555-01234"),
    DetectionCase("5-212-555-0123"),
    DetectionCase("x212-555-0123"),
    DetectionCase("+0 212 555 0123"),
    DetectionCase("a+442079460958"),
    DetectionCase("call 01/02/2024 12:30"),
    DetectionCase("+123456"),
  ]

  static let secrets: [DetectionCase] = [
    DetectionCase("AKIAIOSFODNN7EXAMPLE", "aws-access-key-id 75: AKIAIOSFODNN7EXAMPLE"),
    DetectionCase(
      "aws_access_key_id=AKIAIOSFODNN7EXAMPLE", "aws-access-key-id 85: AKIAIOSFODNN7EXAMPLE"),
    DetectionCase("ASIAIOSFODNN1EXAMPLE", "aws-access-key-id 65: ASIAIOSFODNN1EXAMPLE"),
    DetectionCase("AKIAIOSFODNN7EXAMPL"),
    DetectionCase("AKIAIOSFODNN7EXAMPLES"),
    DetectionCase("XAKIAIOSFODNN7EXAMPLE"),
    DetectionCase("AKIAiosfodnn7example"),
    DetectionCase("AROAIOSFODNN7EXAMPLE"),
    DetectionCase(
      "x -----BEGIN PRIVATE KEY-----\n\(line)\nAB==\n-----END PRIVATE KEY----- y",
      "private-key 85: -----BEGIN PRIVATE KEY-----\n\(line)\nAB==\n-----END PRIVATE KEY-----"),
    DetectionCase(
      "-----BEGIN RSA PRIVATE KEY-----\\n\(line)\\n-----END RSA PRIVATE KEY-----",
      "private-key 85: -----BEGIN RSA PRIVATE KEY-----\\n\(line)\\n-----END RSA PRIVATE KEY-----"),
    DetectionCase(
      "-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: x\n\n\(line)\n rest",
      "private-key 75: -----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: x\n\n\(line)\n rest"),
    DetectionCase(
      "-----BEGIN PRIVATE KEY----- is how it starts.",
      "private-key 65: -----BEGIN PRIVATE KEY-----"),
    DetectionCase("-----BEGIN PUBLIC KEY-----\n\(line)\n-----END PUBLIC KEY-----"),
    DetectionCase("-----BEGIN CERTIFICATE-----\n\(line)\n-----END CERTIFICATE-----"),
    DetectionCase("-----------------BEGIN"),
  ]

  private static let line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7"

  static let passwords: [DetectionCase] = [
    DetectionCase("password: Tr0ub4dor&3", "general-password 85: Tr0ub4dor&3"),
    DetectionCase("DB_PASSWORD=hunter2", "general-password 75: hunter2"),
    DetectionCase("the password is hunter2.", "general-password 75: hunter2"),
    DetectionCase("\"password\": \"letmein\"", "general-password 65: letmein"),
    DetectionCase("\\\"password\\\": \\\"letmein\\\"", "general-password 65: letmein"),
    DetectionCase("**Password:** hunter2", "general-password 75: hunter2"),
    DetectionCase("userPwd = 'abc123'", "general-password 75: abc123"),
    DetectionCase("Kennwort: geheim12", "general-password 75: geheim12"),
    DetectionCase("contraseña: secreto9", "general-password 75: secreto9"),
    DetectionCase("mot de passe : azerty12", "general-password 75: azerty12"),
    DetectionCase("pass => 'abc1234'", "general-password 75: abc1234"),
    DetectionCase(
      "passphrase: \"correct horse battery\"", "general-password 65: correct horse battery"),
    DetectionCase("password: required"),
    DetectionCase("Password: Required"),
    DetectionCase("password: \"password\""),
    DetectionCase("password = getpass()"),
    DetectionCase("password = os.environ['DB1']"),
    DetectionCase("password: ${DB_PASS1}"),
    DetectionCase("password: <hunter22>"),
    DetectionCase("password == 'hunter2'"),
    DetectionCase("password: ********"),
    DetectionCase("password: https://example.org/reset1"),
    DetectionCase("password_hash = abc123def"),
    DetectionCase("compass: abc123def"),
    DetectionCase("password:\nhunter2"),
    DetectionCase("password: abc12"),
  ]

  static let all =
    cards + securityNumbers + accounts + addresses + mail + phones + secrets + passwords
}
