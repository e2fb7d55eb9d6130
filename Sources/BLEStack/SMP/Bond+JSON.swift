import LockCrypto
import WireBytes

/// Why a bond that was kept cannot be used; the lock has to be paired again.
package enum BondFault: Error, Equatable, Sendable {
    /// A member is missing or is not what it should be.
    case member(String)
    /// The key has another size than 16 bytes: it was talked down, or the state is damaged.
    case keySize
    /// The key is all zeros.
    case zeroKey
}

extension Bond {
    /// The bond as a member of what is kept for a peer. It holds the keys: it goes to the core to be sealed, and nowhere else.
    ///
    /// `{"key": hex, "keySize": 16, "level": "authenticated", "identity": "AA:…", "identityType": "random", "irk": hex, "own": "…", "ownType": "…"}`
    package var json: JSONObject {
        var object: JSONObject = [
            "key": .string(longTermKey.withUnsafeBytes { Hex.encode($0) }), "keySize": .integer(Int64(Self.keySize)),
            "level": .string(level.rawValue), "identity": .string(identity.description), "identityType": .string(identity.kind.name),
            "own": .string(ownAddress.description), "ownType": .string(ownAddress.kind.name),
        ]
        if let identityResolvingKey { object["irk"] = .string(identityResolvingKey.withUnsafeBytes { Hex.encode($0) }) }
        return object
    }

    /// Reads what ``json`` wrote.
    /// - Throws: ``BondFault``; what was kept is not to be used.
    package init(json: JSONObject) throws(BondFault) {
        guard case .integer(let size)? = json["keySize"], size == Int64(Self.keySize) else { throw .keySize }
        guard let key = try Self.secret(json, "key") else { throw .member("key") }
        guard key.withUnsafeBytes({ $0.contains { $0 != 0 } }) else { throw .zeroKey }
        guard let level = json["level"]?.string.flatMap(BondLevel.init(rawValue:)) else { throw .member("level") }
        let identity = try Self.address(json, "identity")
        guard identity.isIdentity else { throw .member("identity") }
        self.init(
            longTermKey: key, level: level, identity: identity, identityResolvingKey: try Self.secret(json, "irk"),
            ownAddress: try Self.address(json, "own"))
    }

    private static func secret(_ json: JSONObject, _ name: String) throws(BondFault) -> SecretBytes? {
        guard let value = json[name] else { return nil }
        guard let text = value.string, var bytes = try? Hex.decode(text) else { throw .member(name) }
        guard bytes.count == keySize else { throw .keySize }
        return SecretBytes(wiping: &bytes)
    }

    private static func address(_ json: JSONObject, _ name: String) throws(BondFault) -> BluetoothAddress {
        guard let text = json[name]?.string, let kind = json[name + "Type"]?.string.flatMap(BluetoothAddress.Kind.init(name:)),
            let address = BluetoothAddress(text, kind: kind)
        else { throw .member(name) }
        return address
    }
}

extension BluetoothAddress.Kind {
    fileprivate var name: String {
        switch self {
        case .public: "public"
        case .random: "random"
        }
    }

    fileprivate init?(name: String) {
        switch name {
        case "public": self = .public
        case "random": self = .random
        default: return nil
        }
    }
}
