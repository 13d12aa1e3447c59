// SPDX-License-Identifier: Apache-2.0

/// A kind of sensitive information that is looked for in captured texts (query-language section
/// 7.5).
///
/// The raw values are stored: one is never used again for another type.
package enum SensitiveType: Int, CaseIterable, Sendable, Comparable {
  case creditCardNumber = 1
  case socialSecurityNumber = 2
  case bankAccountNumber = 3
  case ipAddress = 4
  case emailAddress = 5
  case phoneNumber = 6
  case awsAccessKey = 7
  case privateKey = 8
  case password = 9

  /// The name that people and queries use.
  package var name: String {
    switch self {
    case .creditCardNumber: "Credit Card Number"
    case .socialSecurityNumber: "U.S. Social Security Number (SSN)"
    case .bankAccountNumber: "International Banking Account Number (IBAN)"
    case .ipAddress: "IP Address"
    case .emailAddress: "Email Address"
    case .phoneNumber: "Phone Number"
    case .awsAccessKey: "AWS Access Key ID"
    case .privateKey: "Private Key"
    case .password: "General Password"
    }
  }

  /// A short name without blanks, which queries take as well.
  package var id: String {
    switch self {
    case .creditCardNumber: "credit-card-number"
    case .socialSecurityNumber: "us-social-security-number"
    case .bankAccountNumber: "iban"
    case .ipAddress: "ip-address"
    case .emailAddress: "email-address"
    case .phoneNumber: "phone-number"
    case .awsAccessKey: "aws-access-key-id"
    case .privateKey: "private-key"
    case .password: "general-password"
    }
  }

  /// Finds a type by its name or id in any letter case.
  package init?(named written: String) {
    let folded = written.lowercased()
    let found = SensitiveType.allCases.first { type in
      type.name.lowercased() == folded || type.id == folded
    }
    guard let found else { return nil }
    self = found
  }

  package static func < (left: SensitiveType, right: SensitiveType) -> Bool {
    left.rawValue < right.rawValue
  }
}

/// How sure it is that something found is what it looks like; the raw value is what queries compare.
package enum SensitiveConfidence: Int, CaseIterable, Sendable, Comparable {
  case low = 65
  case medium = 75
  case high = 85

  package static func < (left: SensitiveConfidence, right: SensitiveConfidence) -> Bool {
    left.rawValue < right.rawValue
  }
}

/// How many different instances of a type a text holds with one confidence.
package struct SensitiveCount: Hashable, Sendable {
  package var type: SensitiveType
  package var confidence: SensitiveConfidence
  /// At least 1.
  ///
  /// An instance that occurs several times counts once, with its best confidence.
  package var count: Int

  package init(type: SensitiveType, confidence: SensitiveConfidence, count: Int) {
    self.type = type
    self.confidence = confidence
    self.count = count
  }

  /// The value of the property `sensitivetype`: `name|count|confidence`, in lower case.
  package var keyword: String {
    "\(type.name.lowercased())|\(count)|\(confidence.rawValue)"
  }
}
