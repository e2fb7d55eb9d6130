import LockModel

// Names and ids as tests write them; a wrong one is a fault of the test.

func named<Kind>(_ text: String, as kind: Kind.Type = Kind.self) -> Name<Kind> {
    guard let name = Name<Kind>(text) else { fatalError("not a name: \(text)") }
    return name
}

/// A token id that shows its number.
func tokenID(_ number: Int64) -> TokenID {
    let bytes = [UInt8](repeating: 0, count: 8) + (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
    guard let id = TokenID(bytes: bytes) else { fatalError("16 bytes make an id") }
    return id
}

/// A digest that shows its number.
func digest(_ number: Int64) -> Digest {
    let bytes = [UInt8](repeating: 0, count: 24) + (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
    guard let digest = Digest(bytes) else { fatalError("32 bytes make a digest") }
    return digest
}

let front: LockID = named("front")
let back: LockID = named("back")
let anna: PrincipalID = named("anna")
let shop: PrincipalID = named("shop")
let rival: PrincipalID = named("rival")
let bus: BusName = named("bus")
let gatewayName = "gw-abcdefghijklmnop"

func key(of principal: PrincipalID) -> PrincipalKey {
    PrincipalKey(id: "key-of-\(principal)", algorithm: .ed25519, publicKey: "")
}

extension SplitMix64 {
    mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }

    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

    mutating func pick<Value>(_ values: [Value]) -> Value { values[below(values.count)] }
}

/// A small generator whose run is told by its seed alone (Steele, Lea, Flood, "Fast splittable pseudorandom number generators").
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}
