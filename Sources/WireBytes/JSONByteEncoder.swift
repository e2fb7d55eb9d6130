/// The `Encoder` one value sees: it writes straight into the bytes.
struct JSONByteEncoder: Encoder {
    let output: JSONOutput
    /// How many containers are open around the value, and which place it fills.
    let depth: Int
    let place: Int

    /// Always empty: an error gets its path on the way out, which costs nothing while all goes well.
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        let isSorted = DictionaryKeys.type == ObjectIdentifier(type)
        let handle = output.open(isObject: true, isSorted: isSorted, depth: depth, place: place)
        return KeyedEncodingContainer(JSONKeyedOutput(output: output, handle: handle))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        JSONUnkeyedOutput(output: output, handle: output.open(isObject: false, depth: depth, place: place))
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { JSONSingleOutput(output: output) }
}

/// The coding key type that `Dictionary` uses for keys that are texts. The standard library does not export it, and its
/// members come in random order: they are the ones to sort.
private enum DictionaryKeys {
    static let type: ObjectIdentifier? = {
        let probe = Probe()
        try? ["": true].encode(to: probe)
        return probe.found
    }()

    private final class Probe: Encoder {
        var found: ObjectIdentifier?
        private let ignored = JSONOutput()
        var codingPath: [any CodingKey] { [] }
        var userInfo: [CodingUserInfoKey: Any] { [:] }

        func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
            found = ObjectIdentifier(type)
            let handle = ignored.open(isObject: true, depth: 0, place: 0)
            return KeyedEncodingContainer(JSONKeyedOutput(output: ignored, handle: handle))
        }

        func unkeyedContainer() -> any UnkeyedEncodingContainer { ignored.encoder().unkeyedContainer() }
        func singleValueContainer() -> any SingleValueEncodingContainer { JSONSingleOutput(output: ignored) }
    }
}
