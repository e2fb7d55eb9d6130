/// The members of a JSON object in the order they were written; each key stands once.
///
/// Looking a key up compares UTF-8 bytes. Small objects are searched in order; above ``indexedFrom`` members an index is
/// kept, so a hostile line with thousands of members costs no more than its length.
package struct JSONObject: Sendable {
    /// One `key: value` pair.
    package typealias Member = (key: String, value: JSONValue)

    /// The number of members above which keys are found through an index.
    static let indexedFrom = 16

    /// The members in order.
    package private(set) var members: [Member] = []
    private var index: [ExactText: Int] = [:]

    /// An object with no members.
    package init() {}

    /// An object with these members; of two with the same key the later value stands in the earlier place.
    package init(_ members: [(String, JSONValue)]) {
        self.members.reserveCapacity(members.count)
        for (key, value) in members { self[key] = value }
    }

    /// The number of members.
    package var count: Int { members.count }

    /// Whether there are no members.
    package var isEmpty: Bool { members.isEmpty }

    /// The keys in order.
    package var keys: [String] { members.map(\.key) }

    /// The value of a member, `nil` when there is none (a member that is `null` gives `.null`).
    ///
    /// Setting a value replaces it where it stands, or adds the member at the end; setting `nil` removes the member.
    package subscript(key: String) -> JSONValue? {
        get {
            guard let place = place(of: key) else { return nil }
            return members[place].value
        }
        set {
            guard let newValue else { return remove(key) }
            if let place = place(of: key) {
                members[place].value = newValue
            } else {
                add(key, newValue)
            }
        }
    }

    /// Adds a member at the end unless its key is there already.
    ///
    /// - Returns: whether it was added.
    mutating func appendIfNew(_ key: String, _ value: JSONValue) -> Bool {
        guard place(of: key) == nil else { return false }
        add(key, value)
        return true
    }

    private func place(of key: String) -> Int? {
        if members.count > Self.indexedFrom { return index[ExactText(key)] }
        let wanted = ExactText(key)
        return members.firstIndex { ExactText($0.key) == wanted }
    }

    private mutating func add(_ key: String, _ value: JSONValue) {
        members.append((key, value))
        if members.count == Self.indexedFrom + 1 {
            rebuildIndex()
        } else if members.count > Self.indexedFrom {
            index[ExactText(key)] = members.count - 1
        }
    }

    private mutating func remove(_ key: String) {
        guard let place = place(of: key) else { return }
        members.remove(at: place)
        if members.count > Self.indexedFrom { rebuildIndex() } else { index = [:] }
    }

    private mutating func rebuildIndex() {
        index = [:]
        for (place, member) in members.enumerated() { index[ExactText(member.key)] = place }
    }
}

extension JSONObject: Equatable {
    /// Equal when the same members stand in the same order.
    package static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.members.elementsEqual(right.members) { ExactText($0.key) == ExactText($1.key) && $0.value == $1.value }
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral members: (String, JSONValue)...) { self.init(members) }
}
