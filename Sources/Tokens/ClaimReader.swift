import WireBytes

/// Reads the members of one object in a token. Made with the list of members allowed, so that nothing else passes.
struct ClaimReader {
    private let object: JSONObject
    private let prefix: String

    /// Takes an object whose members all belong to the list; a `null` is never one of them.
    ///
    /// - Parameter prefix: where the object stands, for the detail: `windows[0].`, or nothing for the outermost.
    init(_ object: JSONObject, members: [String], prefix: String = "") throws(Unacceptable) {
        for (key, value) in object.members {
            guard members.contains(key) else { throw Unacceptable("\(prefix)\(Self.plain(key)) is not a member here") }
            if value.isNull { throw Unacceptable("\(prefix)\(key) is null") }
        }
        self.object = object
        self.prefix = prefix
    }

    /// Reads a member that must be there.
    func required<Value>(_ name: String, _ form: ClaimForm<Value>) throws(Unacceptable) -> Value {
        guard let value = try optional(name, form) else { throw Unacceptable("\(prefix)\(name) is missing") }
        return value
    }

    /// Reads a member that may be left out.
    func optional<Value>(_ name: String, _ form: ClaimForm<Value>) throws(Unacceptable) -> Value? {
        guard let claim = object[name] else { return nil }
        guard let value = form.read(claim) else { throw Unacceptable("\(prefix)\(name) is not \(form.expected)") }
        return value
    }

    /// The elements of an array of objects, each with its place for the detail; `nil` when the member is left out.
    func objects(_ name: String, _ count: ClosedRange<Int>) throws(Unacceptable) -> [(object: JSONObject, prefix: String)]? {
        let form = ClaimForm<JSONObject>(expected: "an object") { $0.object }
        return try optional(name, .array(of: form, count))?.enumerated().map { ($0.element, "\(prefix)\(name)[\($0.offset)].") }
    }

    /// Whether the member is there.
    func has(_ name: String) -> Bool { object[name] != nil }

    /// A key that may be repeated to its sender and in a log.
    private static func plain(_ key: String) -> String {
        let isPlain =
            (1...32).contains(key.utf8.count)
            && key.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
            }
        return isPlain ? key : "a key of other characters"
    }
}
