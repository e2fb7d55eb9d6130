import LockModel
import WireBytes
import Yams

/// A place in the configuration that knows its path, so that every mistake names it.
struct ConfigurationNode {
    let path: String
    let node: Node

    /// Reads a file's text.
    /// - Throws: `ConfigurationMistake` with line and column for what is not YAML, and for anchors.
    init(yaml: String) throws(ConfigurationMistake) {
        do {
            let parser = try Parser(yaml: yaml)
            guard let node = try parser.singleRoot() else { throw ConfigurationMistake(path: "", message: "the file is empty") }
            self.init(path: "", node: node)
            // Nodes hold their anchors only as long as the parser lives.
            try withExtendedLifetime(parser) { try refuseAnchors() }
        } catch let mistake as ConfigurationMistake {
            throw mistake
        } catch {
            throw ConfigurationMistake(path: "", message: "not YAML: \(error)")
        }
    }

    private init(path: String, node: Node) {
        self.path = path
        self.node = node
    }

    /// Refuses anchors, and so aliases: a few lines of nested ones stand for more values than there is memory. The first one found ends the
    /// walk, so that nothing is followed.
    private func refuseAnchors() throws(ConfigurationMistake) {
        switch node {
        case .scalar(let scalar): try refuse(scalar.anchor)
        case .sequence(let sequence):
            try refuse(sequence.anchor)
            for element in try elements() { try element.refuseAnchors() }
        case .mapping(let mapping):
            try refuse(mapping.anchor)
            for (key, _) in mapping { try ConfigurationNode(path: path, node: key).refuseAnchors() }
            for (_, value) in try members() { try value.refuseAnchors() }
        case .alias(let alias): try refuse(alias.anchor)
        }
    }

    private func refuse(_ anchor: Anchor?) throws(ConfigurationMistake) {
        guard anchor == nil else { throw mistake("anchors and aliases are not taken; write the value out") }
    }

    func mistake(_ message: String) -> ConfigurationMistake { ConfigurationMistake(path: path, message: message) }

    /// Refuses any key that is not among the known ones, naming the nearest.
    func allow(_ known: [String]) throws(ConfigurationMistake) {
        guard let mapping = node.mapping else { throw mistake("is not a mapping of keys to values") }
        for (key, _) in mapping {
            let name = key.string ?? "?"
            guard !known.contains(name) else { continue }
            let nearest = known.min { Self.distance($0, name) < Self.distance($1, name) }
            let hint = nearest.map { Self.distance($0, name) <= max(2, name.count / 2) ? "; did you mean `\($0)`?" : "" } ?? ""
            throw ConfigurationMistake(
                path: child(name), message: "unknown key\(hint) Known here: \(known.sorted().joined(separator: ", ")).")
        }
    }

    subscript(key: String) -> ConfigurationNode? {
        guard let value = node.mapping?[Node(key)], value.null == nil || value.tag != Tag(.null) else { return nil }
        return ConfigurationNode(path: child(key), node: value)
    }

    func required(_ key: String) throws(ConfigurationMistake) -> ConfigurationNode {
        guard let value = self[key] else { throw ConfigurationMistake(path: child(key), message: "is missing") }
        return value
    }

    func text() throws(ConfigurationMistake) -> String {
        guard let text = node.scalar?.string, !text.isEmpty else { throw mistake("is not a text") }
        return text
    }

    func integer(_ range: ClosedRange<Int>) throws(ConfigurationMistake) -> Int {
        guard let text = node.scalar?.string, let value = Int(text) else { throw mistake("is not a whole number") }
        guard range.contains(value) else { throw mistake("is \(value); \(range.lowerBound) to \(range.upperBound) are allowed") }
        return value
    }

    func elements() throws(ConfigurationMistake) -> [ConfigurationNode] {
        guard let sequence = node.sequence else { throw mistake("is not a list") }
        return sequence.enumerated().map { ConfigurationNode(path: "\(path)[\($0.offset)]", node: $0.element) }
    }

    func members() throws(ConfigurationMistake) -> [(key: String, value: ConfigurationNode)] {
        guard let mapping = node.mapping else { throw mistake("is not a mapping of keys to values") }
        return mapping.map { key, value in
            let name = key.string ?? "?"
            return (name, ConfigurationNode(path: child(name), node: value))
        }
    }

    func name<Kind>(_ what: String, as type: Name<Kind>.Type = Name<Kind>.self) throws(ConfigurationMistake) -> Name<Kind> {
        let text = try text()
        guard let name = Name<Kind>(text) else { throw mistake("`\(text)` is no name for a \(what): a-z, 0-9 and -, 1 to 64 of them") }
        return name
    }

    func choice<Value: RawRepresentable & CaseIterable>(_ type: Value.Type) throws(ConfigurationMistake) -> Value
    where Value.RawValue == String {
        let text = try text()
        guard let value = Value(rawValue: text) else {
            throw mistake("is `\(text)`; one of \(Value.allCases.map(\.rawValue).joined(separator: ", ")) is allowed")
        }
        return value
    }

    /// The node as JSON, for what is handed on to an adapter: texts, whole numbers, truths, lists and mappings.
    func json() throws(ConfigurationMistake) -> JSONValue {
        switch node {
        case .mapping:
            var object: [(String, JSONValue)] = []
            for (key, value) in try members() { object.append((key, try value.json())) }
            return .object(JSONObject(object))
        case .sequence:
            var values: [JSONValue] = []
            for element in try elements() { values.append(try element.json()) }
            return .array(values)
        case .scalar(let scalar):
            if scalar.style == .plain {
                if let number = Int64(scalar.string) { return .integer(number) }
                if scalar.string == "true" || scalar.string == "false" { return .bool(scalar.string == "true") }
                if scalar.string.isEmpty || scalar.string == "null" || scalar.string == "~" { return .null }
            }
            return .string(scalar.string)
        case .alias: throw mistake("anchors and aliases are not taken; write the value out")
        }
    }

    private func child(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    /// Levenshtein's distance, for telling a typing mistake.
    static func distance(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left.utf8), Array(right.utf8))
        var row = Array(0...right.count)
        for (i, byte) in left.enumerated() {
            var previous = row[0]
            row[0] = i + 1
            for (j, other) in right.enumerated() {
                let substituted = previous + (byte == other ? 0 : 1)
                previous = row[j + 1]
                row[j + 1] = min(substituted, previous + 1, row[j] + 1)
            }
        }
        return row[right.count]
    }
}
