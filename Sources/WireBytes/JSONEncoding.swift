extension StrictJSON {
    /// Writes a value as compact JSON, members in the order its `encode(to:)` gives them.
    ///
    /// The same value gives the same bytes: dictionaries are written sorted by key, `nil` members are left out as synthesized
    /// `Codable` does. A `Set`, or a dictionary whose keys are not texts, has no order and must not be encoded.
    ///
    /// A ``JSONWritable`` writes itself.
    /// - Throws: ``JSONEncodingError`` when a value cannot be written; whatever a custom `encode(to:)` throws.
    package static func encode(_ value: some Encodable) throws -> [UInt8] {
        if let direct = value as? any JSONWritable {
            var writer = JSONWriter()
            writer.bytes.reserveCapacity(1024)
            try direct.write(to: &writer)
            return writer.bytes
        }
        let output = JSONOutput()
        try output.write(value)
        return try output.finish()
    }

    /// Writes a JSON value, members in their order.
    ///
    /// - Throws: ``JSONEncodingError`` for an integer outside −(2⁵³−1) … 2⁵³−1.
    package static func encode(_ value: JSONValue) throws(JSONEncodingError) -> [UInt8] {
        var writer = JSONWriter()
        try writer.value(value)
        return writer.bytes
    }
}

/// The bytes of one encoding, and the brackets still open.
///
/// Codable opens containers and never says when it is done with one. So each container remembers its level, and writing at
/// a level closes all deeper ones.
final class JSONOutput {
    /// A container that was opened: its level (the outermost is 1) and the place it fills, which no other container does.
    struct Handle {
        let level: Int
        let place: Int
    }

    private struct Level {
        let isObject: Bool
        let place: Int
        var isEmpty = true
        /// Where each member of a dictionary begins, so that they can be sorted when it closes.
        var sorted: [(key: String, start: Int)]?
    }

    private var writer = JSONWriter()
    private var levels: [Level] = []
    private var fault: JSONEncodingError?
    /// How many places for a value there were before the newest.
    private var place = 0
    /// Whether the newest place still waits for its value.
    private var isValueDue = true

    /// An encoder for the value that is due.
    func encoder() -> JSONByteEncoder { JSONByteEncoder(output: self, depth: levels.count, place: place) }

    /// Writes one value by its own `encode(to:)`.
    func write<Value: Encodable>(_ value: Value) throws {
        let level = levels.count
        try value.encode(to: encoder())
        guard !isValueDue else { throw JSONEncodingError(.notOneValue) }
        try close(to: level)
    }

    func finish() throws(JSONEncodingError) -> [UInt8] {
        try close(to: 0)
        return writer.bytes
    }

    /// Writes a scalar or a ready value where one is due.
    func scalar(_ write: (inout JSONWriter) throws(JSONEncodingError) -> Void) throws(JSONEncodingError) {
        guard isValueDue else { throw JSONEncodingError(.notOneValue) }
        isValueDue = false
        try write(&writer)
    }

    /// Opens an array or object; a second one in the same place goes on with the first, as types that share an object expect.
    func open(isObject: Bool, isSorted: Bool = false, depth: Int, place: Int) -> Handle {
        if isValueDue, place == self.place {
            isValueDue = false
            writer.byte(UInt8(ascii: isObject ? "{" : "["))
            levels.append(Level(isObject: isObject, place: place, sorted: isSorted ? [] : nil))
        } else if depth >= levels.count || levels[depth].place != place || levels[depth].isObject != isObject {
            note(JSONEncodingError(.notOneValue))
        }
        return Handle(level: depth + 1, place: place)
    }

    /// Makes room for the next element of a container, and writes its key.
    func next(in container: Handle, key: String? = nil) throws(JSONEncodingError) {
        try close(to: container.level)
        let top = container.level - 1
        guard levels.count == container.level, levels[top].place == container.place else { throw JSONEncodingError(.interleaved) }
        if levels[top].isEmpty { levels[top].isEmpty = false } else { writer.byte(UInt8(ascii: ",")) }
        place += 1
        isValueDue = true
        guard let key else { return }
        levels[top].sorted?.append((key, writer.bytes.count))
        writer.key(key)
    }

    /// Notes a fault found where Codable does not let us throw; the next step throws it.
    func note(_ error: JSONEncodingError) { fault = fault ?? error }

    private func close(to level: Int) throws(JSONEncodingError) {
        if let fault { throw fault }
        guard levels.count > level else { return }
        // A container that asked for a nested value and never wrote it would leave a key without one.
        guard !isValueDue else { throw JSONEncodingError(.notOneValue) }
        while levels.count > level, let closed = levels.popLast() {
            if let members = closed.sorted, members.count > 1 { try sort(members) }
            writer.byte(UInt8(ascii: closed.isObject ? "}" : "]"))
        }
    }

    /// Puts the members written last into the order of their keys' bytes.
    private func sort(_ members: [(key: String, start: Int)]) throws(JSONEncodingError) {
        let ends = members.dropFirst().map { $0.start - 1 } + [writer.bytes.count]
        let order = members.indices.sorted { members[$0].key.utf8.lexicographicallyPrecedes(members[$1].key.utf8) }
        var sorted: [UInt8] = []
        for (place, member) in order.enumerated() {
            if place > 0 {
                guard ExactText(members[order[place - 1]].key) != ExactText(members[member].key) else {
                    throw JSONEncodingError(.duplicateMember, path: JSONPath([.member(members[member].key)]))
                }
                sorted.append(UInt8(ascii: ","))
            }
            sorted += writer.bytes[members[member].start..<ends[member]]
        }
        writer.bytes.replaceSubrange(members[0].start..., with: sorted)
    }
}
