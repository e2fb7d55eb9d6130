import WireBytes

/// What of a line between core and adapter may be shown to somebody who looks for a fault.
///
/// Only what is known to be harmless: every other text and number (codes, PINs, states, keys, configuration, what a radio carries) is
/// shown by its kind and length alone. A method that is added later is masked until it is named here.
enum TraceMask {
    /// Members whose texts and numbers are shown wherever they stand in parameters and results.
    private static let harmless: Set<String> = [
        "lock", "operation", "action", "openSeconds", "ttlMilliseconds", "outcome", "bolt", "door", "reason", "level", "percent",
        "keypadLevel",
        "jammed", "armed", "seconds", "waitsForDoor", "firmware", "model", "observedAt", "confirmedBy", "source", "kind", "logIndex",
        "epoch", "at",
        "clock", "state", "slot", "slots", "firstSlot", "lengthMin", "lengthMax", "readBack", "digits", "notBeginning", "min", "max",
        "connectMilliseconds",
        "motorMilliseconds", "protocolVersions", "protocolVersion", "version", "gateway", "inFlight", "observedPerSecond", "lineBytes",
        "step", "of",
        "scope", "ours", "link", "mtu", "security", "rssi",
    ]
    /// Members that hold whatever an adapter or an operator put there.
    private static let closed: Set<String> = ["config", "adapterState", "vendorState", "options", "answer", "data", "value"]

    /// The line as it may be shown.
    static func masked(_ line: JSONObject) -> JSONObject {
        JSONObject(
            line.members.map { member in
                switch member.key {
                case "jsonrpc", "id", "method": (member.key, member.value)
                case "error": (member.key, failure(member.value))
                case "params" where line["method"] == "$/cancel": (member.key, member.value)
                default: (member.key, shown(member.value, isHarmless: false))
                }
            })
    }

    /// Of an error the number; its words are the adapter's own, and are in its log.
    private static func failure(_ value: JSONValue) -> JSONValue {
        guard case .object(let error) = value else { return mask(value) }
        return .object(
            JSONObject(error.members.map { ($0.key, $0.key == "code" || $0.key == "data" ? $0.value : mask($0.value)) }))
    }

    private static func shown(_ value: JSONValue, isHarmless: Bool) -> JSONValue {
        switch value {
        case .object(let object):
            .object(
                JSONObject(
                    object.members.map { member in
                        let isState = member.key == "state" && member.value.object != nil
                        return (
                            member.key,
                            closed.contains(member.key) || isState
                                ? mask(member.value) : shown(member.value, isHarmless: harmless.contains(member.key))
                        )
                    }))
        case .array(let array): .array(array.map { shown($0, isHarmless: isHarmless) })
        case .null, .bool: value
        case .string, .integer: isHarmless ? value : mask(value)
        }
    }

    private static func mask(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string(let text): .string("*** \(text.utf8.count) bytes")
        case .integer: "*** a number"
        case .object(let object): .string("*** \(object.count) members")
        case .array(let array): .string("*** \(array.count) elements")
        case .null, .bool: value
        }
    }
}
