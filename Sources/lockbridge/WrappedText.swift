/// Text for a terminal of so many columns.
enum WrappedText {
    /// The lines of a text, each of at most so many columns, broken between words; a word that is longer than a line is cut. What follows a break
    /// is indented as its line was. Escape sequences take no room, wide characters two columns.
    static func lines(_ text: String, columns: Int) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { line(String($0), max(8, columns)) }
    }

    /// The columns a text takes.
    static func width(_ text: String) -> Int {
        var isEscape = false
        return text.unicodeScalars.reduce(0) { sum, scalar in
            if isEscape {
                isEscape = scalar != "m"
                return sum
            }
            isEscape = scalar == "\u{1B}"
            return sum + (isEscape || scalar.properties.generalCategory == .nonspacingMark ? 0 : isWide(scalar) ? 2 : 1)
        }
    }

    private static func line(_ text: String, _ columns: Int) -> [String] {
        guard width(text) > columns else { return [text] }
        let indent = String(text.prefix { $0 == " " }.prefix(columns / 2))
        var lines: [String] = []
        var current = indent
        var isFresh = true
        var gap = 0
        for word in text.drop(while: { $0 == " " }).split(separator: " ", omittingEmptySubsequences: false).map(String.init) {
            if word.isEmpty {
                gap += 1
                continue
            }
            let joined = current + (isFresh ? "" : String(repeating: " ", count: gap)) + word
            if width(joined) <= columns {
                current = joined
            } else {
                if !isFresh { lines.append(current) }
                current = indent + cut(word, indent, columns, &lines)
            }
            isFresh = false
            gap = 1
        }
        // A question's blank before its answer stays.
        return lines + [current + String(repeating: " ", count: min(max(0, gap - 1), max(0, columns - width(current))))]
    }

    /// Cuts whole lines off a word that is longer than one; what is left of it.
    private static func cut(_ word: String, _ indent: String, _ columns: Int, _ lines: inout [String]) -> String {
        var rest = word
        while width(indent + rest) > columns {
            var head = indent
            while let next = rest.first, head == indent || width(head + String(next)) <= columns {
                head.append(next)
                rest.removeFirst()
            }
            lines.append(head)
        }
        return rest
    }

    /// East Asian wide and full-width characters and pictures (UAX 11).
    private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
            0x1F300...0x1FAFF, 0x20000...0x3FFFD:
            true
        default: false
        }
    }
}
