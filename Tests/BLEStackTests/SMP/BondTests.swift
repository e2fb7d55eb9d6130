import BLEStack
import LockCrypto
import Testing
import WireBytes

@Suite("Bonds")
struct BondTests {
    static func bond(irk: String? = "ec0234a357c8ad05341010a60a397d9b") throws -> Bond {
        Bond(
            longTermKey: try secret("6986791169d7cd23980522b594750a38"), level: .authenticated, identity: ScriptedLock.address,
            identityResolvingKey: try irk.map { try secret($0) }, ownAddress: ScriptedLock.own)
    }

    @Test("a bond is the same after it was kept, with and without a key to resolve with")
    func roundTrips() throws {
        for irk in ["ec0234a357c8ad05341010a60a397d9b", nil] {
            let bond = try Self.bond(irk: irk)
            let text = try StrictJSON.encode(JSONValue.object(bond.json))
            let again = try Bond(json: bond.json)
            #expect(try StrictJSON.encode(JSONValue.object(again.json)) == text)
            #expect(hex(again.longTermKey) == hex(bond.longTermKey) && again.level == .authenticated)
            #expect(again.identityResolvingKey.map(hex) == irk)
            #expect(text.count < 400)
        }
    }

    static let damages: [(String, JSONValue?, BondFault)] = [
        ("key", nil, .member("key")), ("key", .string("zz"), .member("key")), ("key", .string("69867911"), .keySize),
        ("key", .string(String(repeating: "0", count: 32)), .zeroKey), ("keySize", .integer(7), .keySize), ("keySize", nil, .keySize),
        ("level", .string("best"), .member("level")), ("level", nil, .member("level")), ("identity", nil, .member("identity")),
        ("identity", .string("40:FF:EE:00:00:01"), .member("identity")), ("identity", .string("C0:FF"), .member("identity")),
        ("identityType", .string("anonymous"), .member("identity")), ("own", .integer(1), .member("own")), ("irk", .string("00"), .keySize),
        ("irk", .null, .member("irk")),
    ]

    @Test("a bond with a damaged or shortened member is not used", arguments: damages)
    func refusesDamage(name: String, value: JSONValue?, fault: BondFault) throws {
        var json = try Self.bond().json
        json[name] = value
        #expect(throws: fault) { try Bond(json: json) }
    }

    @Test("a peer that fails waits, twice as long each time, at most five minutes, until it succeeds")
    func paces() {
        var pace = PairingPace()
        let peer = ScriptedLock.address
        #expect(pace.delay(for: peer, at: 0) == 0)
        var now: Int64 = 0
        for expected: Int64 in [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000, 300_000] {
            pace.failed(peer, at: now)
            #expect(pace.delay(for: peer, at: now) == expected)
            #expect(pace.delay(for: ScriptedLock.own, at: now) == 0)
            now += expected
            #expect(pace.delay(for: peer, at: now) == 0)
        }
        pace.succeeded(peer)
        pace.failed(peer, at: now)
        #expect(pace.delay(for: peer, at: now) == 1_000)
    }

    @Test("of more than 64 failing peers the one that failed longest ago is forgotten")
    func boundsPeers() {
        var pace = PairingPace()
        for number in 0..<65 { pace.failed(BluetoothAddress(bits: UInt64(number), kind: .public), at: 0) }
        #expect(pace.delay(for: BluetoothAddress(bits: 0, kind: .public), at: 0) == 0)
        #expect(pace.delay(for: BluetoothAddress(bits: 1, kind: .public), at: 0) == 1_000)
        #expect(pace.delay(for: BluetoothAddress(bits: 64, kind: .public), at: 0) == 1_000)
    }
}
