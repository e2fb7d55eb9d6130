/// A key of a terminal.
package enum Key: Equatable, Sendable {
    case character(Character)
    case enter, tab, backspace, delete, left, right, up, down, home, end
    /// Control with a letter.
    case control(Character)
}

/// Turns what a terminal sends into keys; a key's bytes may come in pieces.
package struct KeyReader {
    private var waiting: [UInt8] = []

    package init() {}

    /// Takes bytes, and gives the keys that are whole.
    package mutating func take(_ bytes: some Sequence<UInt8>) -> [Key] {
        waiting += bytes
        var keys: [Key] = []
        while let first = waiting.first {
            if first == 0x1B {
                guard let end = escapeEnd() else { break }
                if let key = Self.key(ofEscape: waiting[..<end]) { keys.append(key) }
                waiting.removeFirst(end)
            } else if first < 0x20 || first == 0x7F {
                waiting.removeFirst()
                keys.append(Self.key(ofControl: first))
            } else {
                let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
                guard waiting.count >= length else { break }
                if let text = String(validating: waiting[..<length], as: UTF8.self) { keys += text.map(Key.character) }
                waiting.removeFirst(length)
            }
        }
        return keys
    }

    /// Where the sequence that begins with ESC ends, `nil` while it is not whole.
    private func escapeEnd() -> Int? {
        guard waiting.count >= 2 else { return nil }
        guard waiting[1] == UInt8(ascii: "[") || waiting[1] == UInt8(ascii: "O") else { return 2 }
        return waiting.indices.dropFirst(2).first { (0x40...0x7E).contains(waiting[$0]) }.map { $0 + 1 }
    }

    private static func key(ofEscape bytes: ArraySlice<UInt8>) -> Key? {
        switch String(decoding: bytes.dropFirst(2), as: UTF8.self) {
        case "A": .up
        case "B": .down
        case "C": .right
        case "D": .left
        case "H", "1~", "7~": .home
        case "F", "4~", "8~": .end
        case "3~": .delete
        default: nil
        }
    }

    private static func key(ofControl byte: UInt8) -> Key {
        switch byte {
        case 0x0A, 0x0D: .enter
        case 0x09: .tab
        case 0x08, 0x7F: .backspace
        default: .control(Character(UnicodeScalar(byte | 0x60)))
        }
    }
}

/// A line that is being typed, with its cursor and the lines before it. Pure: it takes keys, and says what came of them.
package struct LineEditor {
    package enum Outcome: Equatable {
        /// Show it again.
        case changed
        /// A whole line; the editor is empty again.
        case line(String)
        /// Nothing more is typed: ^D on an empty line, or ^C.
        case end
        /// Words that could stand here; none was put in, as there are several.
        case choices([String])
    }

    private static let keptLines = 200
    private var characters: [Character] = []
    /// Before which character the next is put.
    package private(set) var cursor = 0
    private var history: [String] = []
    /// The line of the history that is shown; its count for the one being typed.
    private var shown = 0
    private var unfinished: [Character] = []
    private let complete: (String) -> [String]

    /// - Parameter complete: the words that the last one of a text may be meant to be.
    package init(complete: @escaping (String) -> [String]) { self.complete = complete }

    package var text: String { String(characters) }

    /// Takes a key.
    package mutating func take(_ key: Key) -> Outcome {
        switch key {
        case .character(let character):
            characters.insert(character, at: cursor)
            cursor += 1
        case .enter: return finish()
        case .tab: return completed()
        case .backspace:
            guard cursor > 0 else { break }
            cursor -= 1
            characters.remove(at: cursor)
        case .delete: if cursor < characters.count { characters.remove(at: cursor) }
        case .left: cursor = max(0, cursor - 1)
        case .right: cursor = min(characters.count, cursor + 1)
        case .home, .control("a"): cursor = 0
        case .end, .control("e"): cursor = characters.count
        case .up, .control("p"): show(shown - 1)
        case .down, .control("n"): show(shown + 1)
        case .control("u"):
            characters.removeFirst(cursor)
            cursor = 0
        case .control("k"): characters.removeLast(characters.count - cursor)
        case .control("w"): removeWord()
        case .control("c"): return .end
        case .control("d"):
            if characters.isEmpty { return .end }
            if cursor < characters.count { characters.remove(at: cursor) }
        case .control: break
        }
        return .changed
    }

    private mutating func finish() -> Outcome {
        let line = text
        if !line.isEmpty && history.last != line { history = history.suffix(Self.keptLines - 1) + [line] }
        (characters, cursor, shown, unfinished) = ([], 0, history.count, [])
        return .line(line)
    }

    private mutating func show(_ wanted: Int) {
        guard (0...history.count).contains(wanted), wanted != shown else { return }
        if shown == history.count { unfinished = characters }
        shown = wanted
        characters = wanted == history.count ? unfinished : Array(history[wanted])
        cursor = characters.count
    }

    private mutating func removeWord() {
        while cursor > 0, characters[cursor - 1] == " " { removeBefore() }
        while cursor > 0, characters[cursor - 1] != " " { removeBefore() }
    }

    private mutating func removeBefore() {
        cursor -= 1
        characters.remove(at: cursor)
    }

    private mutating func completed() -> Outcome {
        let before = String(characters[..<cursor])
        let words = complete(before)
        let typed = before.split(separator: " ", omittingEmptySubsequences: false).last.map(String.init) ?? ""
        guard let first = words.first else { return .changed }
        var common = first
        for word in words { while !word.hasPrefix(common) { common.removeLast() } }
        var added = String(common.dropFirst(typed.count))
        if words.count == 1 && !common.hasSuffix("=") { added += " " }
        if added.isEmpty { return .choices(words) }
        characters.insert(contentsOf: added, at: cursor)
        cursor += added.count
        return .changed
    }
}
