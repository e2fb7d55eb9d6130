import AdapterProtocol
import LockModel
import WireBytes

/// What somebody types at the prompt of `adapter run`, understood: `operate front unlock openSeconds=5`, `lock.read front`,
/// `device set door=open`, a method with its parameters as JSON, or a whole line.
package enum ShortForm: Equatable {
    case request(String, JSONObject)
    case notification(String, JSONObject)
    /// A line as it is, whatever it is.
    case raw(String)
    /// A line to the device.
    case hand(JSONObject)
    case help
    case quit

    /// Why a line is not understood.
    package struct Mistake: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    /// What can be left out, because it is known.
    package struct Known {
        /// Says the next operation.
        package var operations = 0
        /// How long an operation on a lock may take, as its adapter declared.
        package var ttlMilliseconds: [String: Int] = [:]
        /// What `lock.add` carries unless something else is typed.
        package var vendorState: JSONValue = .null

        package init() {}

        /// The locks that were added.
        package var locks: [String] { ttlMilliseconds.keys.sorted() }
    }

    /// The methods with what stands after them, in their order.
    static let forms: [(short: String, method: String, words: [String])] = [
        ("add", "lock.add", ["lock", "vendorState"]), ("remove", "lock.remove", ["lock"]), ("operate", "lock.operate", ["lock", "action"]),
        ("read", "lock.read", ["lock"]), ("configure", "lock.configure", ["lock"]), ("drop", "lock.drop", ["lock"]),
        ("code.set", "code.set", ["lock", "slot", "code"]), ("code.clear", "code.clear", ["lock", "slot"]),
        ("code.list", "code.list", ["lock"]), ("unpair", "unpair", ["lock"]), ("cancel", "$/cancel", ["id"]), ("health", "health", []),
        ("shutdown", "shutdown", []),
    ]
    /// What the hand can do with the device, as stand-ins know it.
    static let deviceWords = ["state", "set", "turn", "hangup"]
    private static let defaultTTLMilliseconds = 9000

    /// Reads a line that says something.
    /// - Throws: ``Mistake`` with what to type instead.
    package init(_ text: String, _ known: inout Known) throws(Mistake) {
        if text.hasPrefix("{") {
            self = .raw(text)
            return
        }
        let words = Self.split(text)
        guard let first = words.first else { throw Mistake(description: "nothing was typed; `help` lists what there is") }
        switch first {
        case "help", "?": self = .help
        case "quit", "exit": self = .quit
        case "device": self = .hand(try Self.hand(Array(words.dropFirst())))
        default:
            let form = Self.forms.first { $0.short == first || $0.method == first }
            guard let method = form?.method ?? (first.contains(".") ? first : nil) else {
                throw Mistake(description: "there is no `\(first)`; `help` lists what there is")
            }
            let params = try Self.params(of: method, Array(words.dropFirst()), form?.words ?? [], &known)
            self = method == "$/cancel" ? .notification(method, params) : .request(method, params)
        }
    }

    /// Words between blanks; what begins with `{`, `[` or `"` goes to the end of its JSON.
    static func split(_ text: String) -> [String] {
        var words: [String] = []
        var word = ""
        var depth = 0
        var isQuoted = false
        var isEscaped = false
        for character in text {
            if !isQuoted && depth == 0 && character == " " {
                if !word.isEmpty { words.append(word) }
                word = ""
                continue
            }
            word.append(character)
            if isEscaped {
                isEscaped = false
            } else if character == "\\" {
                isEscaped = isQuoted
            } else if character == "\"" {
                isQuoted.toggle()
            } else if !isQuoted {
                if character == "{" || character == "[" { depth += 1 }
                if character == "}" || character == "]" { depth -= 1 }
            }
        }
        if !word.isEmpty { words.append(word) }
        return words
    }

    private static func hand(_ words: [String]) throws(Mistake) -> JSONObject {
        guard let verb = words.first else { throw Mistake(description: "device state | set NAME=VALUE | turn lock|unlock | hangup") }
        if verb.hasPrefix("{"), case .object(let object) = value(verb) { return object }
        var line: JSONObject = ["do": .string(verb)]
        for word in words.dropFirst() {
            if let pair = pair(word) { line[pair.name] = pair.value } else { line["action"] = .string(word) }
        }
        return line
    }

    private static func params(
        of method: String, _ words: [String], _ names: [String], _ known: inout Known
    ) throws(Mistake) -> JSONObject {
        if words.count == 1, words[0].hasPrefix("{"), case .object(let object) = value(words[0]) { return object }
        var params = JSONObject()
        var left = names[...]
        for word in words {
            if let pair = pair(word) {
                params[pair.name] = pair.value
            } else if let name = left.popFirst() {
                params[name] = ["lock", "action", "code"].contains(name) ? .string(word) : value(word)
            } else {
                throw Mistake(description: "`\(word)` is one word too many for \(method); others are written name=value")
            }
        }
        if names.first == "lock", params["lock"] == nil { throw Mistake(description: "\(method) names a lock: \(method) front") }
        complete(&params, of: method, &known)
        return params
    }

    /// Adds what was not typed.
    private static func complete(_ params: inout JSONObject, of method: String, _ known: inout Known) {
        switch method {
        case "lock.add": if params["vendorState"] == nil { params["vendorState"] = known.vendorState }
        case "lock.operate":
            if params["operation"] == nil {
                known.operations += 1
                params["operation"] = .string("run-\(known.operations)")
            }
            if params["ttlMilliseconds"] == nil {
                let ttl = params["lock"]?.string.flatMap { known.ttlMilliseconds[$0] } ?? defaultTTLMilliseconds
                params["ttlMilliseconds"] = .integer(Int64(ttl))
            }
        case "lock.configure":
            guard let armed = params["armed"], let seconds = params["seconds"] else { return }
            params["armed"] = nil
            params["seconds"] = nil
            params["autoRelock"] = ["armed": armed, "seconds": seconds]
        default: break
        }
    }

    private static func pair(_ word: String) -> (name: String, value: JSONValue)? {
        guard let equals = word.firstIndex(of: "="), equals != word.startIndex, !word.hasPrefix("{"), !word.hasPrefix("\"") else {
            return nil
        }
        return (String(word[..<equals]), value(String(word[word.index(after: equals)...])))
    }

    /// JSON where it is some, else a text.
    private static func value(_ word: String) -> JSONValue {
        (try? StrictJSON.parse(Array(word.utf8), maximumDepth: LineCodec.maximumDepth)) ?? .string(word)
    }

    /// What could stand where the text ends: whole words that begin as its last one does.
    package static func completions(of text: String, _ known: Known) -> [String] {
        var words = text.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
        let last = text.hasSuffix(" ") || text.isEmpty ? "" : words.popLast() ?? ""
        return choices(after: words, known).filter { $0.hasPrefix(last) && $0 != last }.sorted()
    }

    private static func choices(after words: [String], _ known: Known) -> [String] {
        guard let first = words.first else {
            return Array(Set(forms.flatMap { [$0.short, $0.method] } + ["device", "help", "quit"]))
        }
        if first == "device" {
            switch words.dropFirst().first {
            case nil: return deviceWords
            case "turn": return MotorAction.allCases.map(\.rawValue)
            case "set": return ["door=", "jam=", "stall=", "refuse=", "quiet=", "mask=", "loseCodes=", "ignoreRelock="]
            default: return []
            }
        }
        guard let form = forms.first(where: { $0.short == first || $0.method == first }) else { return [] }
        let place = words.count - 1
        guard place < form.words.count else {
            return form.method == "lock.operate"
                ? ["openSeconds=", "ttlMilliseconds=", "operation="] : form.method == "lock.configure" ? ["armed=", "seconds="] : []
        }
        switch form.words[place] {
        case "lock": return known.locks.isEmpty ? ["front"] : known.locks
        case "action": return MotorAction.allCases.map(\.rawValue)
        default: return []
        }
    }

    /// What can be typed, for a person.
    package static let helpText = """
        add LOCK [VENDORSTATE]      remove LOCK      read LOCK      drop LOCK
        operate LOCK lock|unlock|unlatch [openSeconds=N] [ttlMilliseconds=N] [operation=ID]
        configure LOCK armed=true seconds=30
        code.set LOCK SLOT CODE     code.clear LOCK SLOT            code.list LOCK      unpair LOCK
        health      shutdown        cancel ID
        METHOD {…}                  any method with its parameters
        {…}                         a whole line, as it is
        device state | set NAME=VALUE | turn lock|unlock [source=keypad] | hangup
        quit
        """
}
