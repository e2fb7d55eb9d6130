import Foundation
import WireBytes

/// As much of JSON Schema 2020-12 as `adapters/schema` uses; a keyword it does not know is an error, so that nothing is passed over.
struct JSONSchema {
    struct Unknown: Error, CustomStringConvertible {
        let description: String
    }

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "adapters/schema")
    private static let silent: Set<String> = ["$schema", "$defs", "title", "description"]

    let file: String
    let node: JSONValue

    /// Every file, without its ending, read once.
    private static let roots = Result {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).map { String($0.dropLast(".json".count)) }
        return try Dictionary(
            uniqueKeysWithValues: names.map { name in
                let bytes = Array(try Data(contentsOf: folder.appending(path: name + ".json")))
                return (name, try StrictJSON.parse(bytes, maximumDepth: 64))
            })
    }

    /// The schema of a file, or a part of its `$defs`.
    init(_ file: String, _ part: String? = nil) throws {
        guard let root = try Self.roots.get()[file] else { throw Unknown(description: "there is no \(file).json") }
        self.file = file
        guard let part else {
            node = root
            return
        }
        guard let found = root.object?["$defs"]?.object?[part] else { throw Unknown(description: "\(file) has no \(part)") }
        node = found
    }

    private init(file: String, node: JSONValue) {
        self.file = file
        self.node = node
    }

    /// The files there are, without their ending.
    static func files() throws -> Set<String> { Set(try roots.get().keys) }

    private func inner(_ node: JSONValue) -> JSONSchema { JSONSchema(file: file, node: node) }

    /// What a `$ref` means: `#/$defs/x` here, or `other.json#/$defs/x`.
    private func referred(_ text: String) throws -> JSONSchema {
        let halves = text.split(separator: "#", omittingEmptySubsequences: false)
        guard halves.count == 2, halves[1].hasPrefix("/$defs/") else { throw Unknown(description: "$ref \(text)") }
        return try JSONSchema(
            halves[0].isEmpty ? file : String(halves[0].dropLast(".json".count)), String(halves[1].dropFirst("/$defs/".count)))
    }

    /// Whether a value is as the schema says.
    func accepts(_ value: JSONValue) throws -> Bool {
        guard case .object(let keywords) = node else { throw Unknown(description: "a schema that is no object") }
        for (keyword, term) in keywords.members where !Self.silent.contains(keyword) {
            if try !holds(keyword, term, keywords, value) { return false }
        }
        return true
    }

    private func holds(_ keyword: String, _ term: JSONValue, _ all: JSONObject, _ value: JSONValue) throws -> Bool {
        switch keyword {
        case "$ref": return try referred(term.string ?? "").accepts(value)
        case "type": return (term.array ?? [term]).contains { Self.name(of: value) == $0.string }
        case "enum": return term.array?.contains(value) ?? false
        case "const": return term == value
        case "anyOf": return try term.array?.contains { try inner($0).accepts(value) } ?? false
        case "oneOf": return try term.array?.count { try inner($0).accepts(value) } == 1
        case "not": return try !inner(term).accepts(value)
        case "required":
            guard let object = value.object else { return true }
            return term.array?.allSatisfy { $0.string.map { object[$0] != nil } ?? false } ?? false
        case "properties":
            guard let object = value.object else { return true }
            return try term.object?.members.allSatisfy { member in
                try object[member.key].map { try inner(member.value).accepts($0) } ?? true
            } ?? false
        case "additionalProperties":
            guard let object = value.object else { return true }
            return try object.members.allSatisfy { try inner(term).accepts($0.value) }
        case "prefixItems":
            guard let items = value.array else { return true }
            return try zip(items, term.array ?? []).allSatisfy { try inner($1).accepts($0) }
        case "items":
            guard let items = value.array else { return true }
            return try items.dropFirst(all["prefixItems"]?.array?.count ?? 0).allSatisfy { try inner(term).accepts($0) }
        case "minItems": return value.array.map { Int64($0.count) >= term.integer ?? 0 } ?? true
        case "minLength": return value.string.map { Int64($0.count) >= term.integer ?? 0 } ?? true
        case "maxLength": return value.string.map { Int64($0.count) <= term.integer ?? 0 } ?? true
        case "minimum": return value.integer.map { $0 >= term.integer ?? 0 } ?? true
        case "maximum": return value.integer.map { $0 <= term.integer ?? 0 } ?? true
        case "pattern": return try value.string.map { try $0.contains(Regex(term.string ?? "")) } ?? true
        default: throw Unknown(description: "the keyword \(keyword)")
        }
    }

    private static func name(of value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool: "boolean"
        case .integer: "integer"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }

    /// What it says of the values of one shape: its members with their schemas, `nil` where it names none.
    func members() throws -> [String: JSONSchema]? {
        guard let keywords = node.object else { return nil }
        if let properties = keywords["properties"]?.object {
            return Dictionary(uniqueKeysWithValues: properties.members.map { ($0.key, inner($0.value)) })
        }
        if let text = keywords["$ref"]?.string { return try referred(text).members() }
        for choice in keywords["anyOf"]?.array ?? [] { if let found = try inner(choice).members() { return found } }
        return nil
    }

    /// What it says of an array's elements.
    func elements() throws -> JSONSchema? {
        guard let keywords = node.object else { return nil }
        if let items = keywords["items"] { return inner(items) }
        if let text = keywords["$ref"]?.string { return try referred(text).elements() }
        for choice in keywords["anyOf"]?.array ?? [] { if let found = try inner(choice).elements() { return found } }
        return nil
    }

    /// Every word of every enumeration in the file.
    func words() -> [String] { Self.words(in: node) }

    private static func words(in node: JSONValue) -> [String] {
        switch node {
        case .object(let object): (object["enum"]?.array?.compactMap(\.string) ?? []) + object.members.flatMap { words(in: $0.value) }
        case .array(let array): array.flatMap(words(in:))
        case .null, .bool, .integer, .string: []
        }
    }
}
