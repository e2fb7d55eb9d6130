import WireBytes

/// How records of older versions are read: each step lifts one kind of record from its version to the next. What is stored is never rewritten.
///
/// A kind without a step is the same in the next version. A table holds every step since `oldest`, for as long as journals of that age may be opened.
///
/// ```swift
/// let upcasters = Upcasters(oldest: 0, steps: [
///     Upcasters.Step(kind: "lock.lockAccepted", from: 0) { record in record["owner"] = nil }
/// ])
/// ```
package struct Upcasters: Sendable {
    /// One kind from one version to the next.
    package struct Step: Sendable {
        /// The kind as that version wrote it.
        package var kind: String
        package var from: Int
        /// Changes the whole record, its kind included where it has a new name; `v` is seen to.
        package var lift: @Sendable (inout JSONObject) throws -> Void

        package init(kind: String, from: Int, lift: @escaping @Sendable (inout JSONObject) throws -> Void) {
            self.kind = kind
            self.from = from
            self.lift = lift
        }
    }

    private struct Place: Hashable {
        var kind: String
        var version: Int
    }

    private let oldest: Int
    private let steps: [Place: Step]

    package init(oldest: Int, steps: [Step]) {
        self.oldest = oldest
        self.steps = Dictionary(steps.map { (Place(kind: $0.kind, version: $0.from), $0) }) { _, later in later }
    }

    /// Everything this version can read: so far there is one version.
    package static let standard = Upcasters(oldest: StoredRecord.currentVersion, steps: [])

    /// The record as the present version would have written it.
    ///
    /// - Throws: `JournalFailure.newerFormat` for one of a later version: refuse to start. `JSONDecodingError` or what a step throws: it is no record.
    func lifted(_ record: JSONValue) throws -> JSONValue {
        guard case .object(var object) = record, let given = object["v"]?.integer, let version = Int(exactly: given) else {
            throw Unliftable(what: "it has no version")
        }
        if version == StoredRecord.currentVersion { return record }
        guard version < StoredRecord.currentVersion else { throw JournalFailure.newerFormat(version) }
        guard version >= oldest else { throw Unliftable(what: "version \(version) is older than any known") }
        for version in version..<StoredRecord.currentVersion {
            guard let kind = object["kind"]?.string else { throw Unliftable(what: "it has no kind") }
            try steps[Place(kind: kind, version: version)]?.lift(&object)
            object["v"] = .integer(Int64(version) + 1)
        }
        return .object(object)
    }

    /// Not a record of any version.
    struct Unliftable: Error, CustomStringConvertible {
        var what: String
        var description: String { what }
    }
}
