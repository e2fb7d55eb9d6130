import Testing
import WireBytes

/// A value as it stands on the line, and everything that can be wrong with that text. Each hand-written reader is held to Codable's word: the
/// same text as the member of a type that Codable reads gives the same value, or the same refusal one level further in.
struct LineForm<Value: Codable & Equatable & Sendable> {
    private struct Around: Codable {
        var inner: Value
    }

    let value: Value
    let text: String
    /// Members that may be left out.
    let optional: Set<String>

    /// - Throws: what the standard library throws; every finding is recorded.
    func check() throws {
        #expect(String(decoding: try StrictJSON.encode(value), as: UTF8.self) == text)
        #expect(String(decoding: try StrictJSON.encode(Around(inner: value)), as: UTF8.self) == #"{"inner":\#(text)}"#)
        let object = try #require(try parse(Array(text.utf8)))
        // One that is added to the type and forgotten in its form shows.
        #expect(object.keys == Mirror(reflecting: value).children.compactMap(\.label))
        #expect(read(object) == .success(value))
        try members(object)
        for end in 0..<text.utf8.count { #expect(throws: JSONError.self) { try parse(Array(text.utf8.prefix(end))) } }
    }

    private func members(_ object: JSONObject) throws {
        #expect(read(JSONObject(object.members + [("unheardOf", ["x": 1])])) == .success(value), "unknown members are ignored")
        for (key, good) in object.members {
            for wrong: JSONValue? in [nil, .null] {
                let read = read(changed(object, key, wrong))
                if optional.contains(key) {
                    #expect(read.isSuccess && read != .success(value), "\(key) may be left out")
                } else {
                    #expect(read == .failure("\(key) is missing"))
                }
            }
            for wrong: JSONValue in [true, 7, "~", [], [:]] {
                let read = read(changed(object, key, wrong))
                if case .failure(let words) = read {
                    #expect(words.hasPrefix(key))
                } else {
                    #expect(isLike(wrong, good), "\(key) from \(wrong)")
                }
            }
        }
    }

    /// Reads the object directly and as Codable's member, which must come to the same.
    private func read(_ object: JSONObject) -> Outcome {
        let direct = Outcome { try StrictJSON.decode(Value.self, from: .object(object)) }
        let around = Outcome { try StrictJSON.decode(Around.self, from: ["inner": .object(object)]).inner }
        switch (direct, around) {
        case (.success(let left), .success(let right)): #expect(left == right)
        case (.failure(let left), .failure(let right)): #expect("inner.\(left)" == right)
        default: Issue.record("by hand \(direct), by Codable \(around)")
        }
        return direct
    }

    private enum Outcome: Equatable {
        case success(Value)
        case failure(String)

        init(_ read: () throws -> Value) {
            do { self = .success(try read()) } catch { self = .failure("\(error)") }
        }

        var isSuccess: Bool {
            if case .success = self { true } else { false }
        }
    }

    private func changed(_ object: JSONObject, _ key: String, _ value: JSONValue?) -> JSONObject {
        JSONObject(object.members.compactMap { member in member.key == key ? value.map { (key, $0) } : member })
    }

    private func isLike(_ wrong: JSONValue, _ good: JSONValue) -> Bool {
        switch (wrong, good) {
        case (.bool, .bool), (.integer, .integer), (.string, .string): true
        default: false
        }
    }

    private func parse(_ bytes: [UInt8]) throws -> JSONObject? {
        guard case .object(let object) = try StrictJSON.parse(bytes, maximumDepth: 16) else { return nil }
        return object
    }
}
