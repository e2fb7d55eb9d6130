import LockModel

/// The simulated home: who lives and delivers there, its locks, and ids that show their number.
package enum Home {
    /// A lock with a door contact and a battery it tells of.
    package static let front: LockID = name("front")
    /// A lock that tells of its bolt and nothing else.
    package static let back: LockID = name("back")
    /// A lock of another adapter, with a timed unlock of its own.
    package static let side: LockID = name("side")
    package static let locks = [front, back, side]

    package static let loopback: AdapterName = name("loopback")
    package static let other: AdapterName = name("other")

    package static let anna: PrincipalID = name("anna")
    package static let shop: PrincipalID = name("shop")
    package static let rival: PrincipalID = name("rival")
    /// The operator, who sends signed lists of who is trusted.
    package static let olga: PrincipalID = name("olga")

    package static let bus: BusName = name("bus")
    /// The gateway's id, `aud` of commands.
    package static let gateway = "gw-abcdefghijklmnop"

    /// A name that is one; a wrong one is a fault of the simulation itself.
    package static func name<Kind>(_ text: String, as kind: Kind.Type = Kind.self) -> Name<Kind> {
        guard let name = Name<Kind>(text) else { preconditionFailure("not a name: \(text)") }
        return name
    }

    /// A token id that shows its number.
    package static func tokenID(_ number: Int64) -> TokenID {
        guard let id = TokenID(bytes: numbered(number, length: 16)) else { preconditionFailure("16 bytes make an id") }
        return id
    }

    /// A digest that shows its number.
    package static func digest(_ number: Int64) -> Digest {
        guard let digest = Digest(numbered(number, length: 32)) else { preconditionFailure("32 bytes make a digest") }
        return digest
    }

    /// A principal's only key.
    package static func key(of principal: PrincipalID) -> PrincipalKey {
        PrincipalKey(id: "key-of-\(principal)", algorithm: .ed25519, publicKey: "")
    }

    private static func numbered(_ number: Int64, length: Int) -> [UInt8] {
        [UInt8](repeating: 0, count: length - 8) + (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
    }
}
