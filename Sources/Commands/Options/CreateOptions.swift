// SPDX-License-Identifier: Apache-2.0
package import ArgumentParser

/// What every command takes that makes an object.
package struct CreateOptions: ParsableArguments {
  @Flag(help: "Succeed where the same object exists already.") package var ifNotExists = false
  @OptionGroup package var change: ChangeOptions

  package init() {}
}

/// What every command takes that removes an object.
package struct DeleteOptions: ParsableArguments {
  @Flag(help: "Succeed where there is no such object.") package var ifExists = false
  @OptionGroup package var change: ChangeOptions

  package init() {}
}

/// Why something is changed, for the audit log.
package struct ReasonOption: ParsableArguments {
  @Option(help: ArgumentHelp("Why, for the audit log.", valueName: "text"))
  package var reason = ""

  package init() {}
}
