/// What a child says, as it may be shown: a child must not be able to move a terminal's cursor or forge a line of a log.
package enum VisibleText {
    /// The text with control and formatting characters written as `\u{…}`.
    package static func of(_ text: String) -> String {
        var safe = ""
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator, .format, .privateUse, .surrogate, .unassigned:
                safe += "\\u{\(String(scalar.value, radix: 16))}"
            default: safe.unicodeScalars.append(scalar)
            }
        }
        return safe
    }

    /// The same, cut to so many characters.
    package static func line(_ text: String, _ maximumCharacters: Int) -> String {
        let shown = of(String(text.prefix(maximumCharacters)))
        return shown.count > maximumCharacters ? String(shown.prefix(maximumCharacters - 1)) + "…" : shown
    }
}
