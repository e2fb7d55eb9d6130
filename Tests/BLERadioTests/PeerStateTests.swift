import LockCrypto
import Testing
import WireBytes

@testable import BLERadio
@testable import BLEStack

@Suite("What the core keeps of a peer for the radio")
struct PeerStateTests {
    private let address = BluetoothAddress(bits: 0xC605_0403_0201, kind: .random)

    private func record(services: Int, hash: [UInt8]? = [UInt8](repeating: 7, count: 16)) -> PeerRecord {
        let bond = Bond(
            longTermKey: .random(Bond.keySize), level: .authenticated, identity: address, identityResolvingKey: .random(16),
            ownAddress: address)
        let list = (0..<services).map { index in
            let first = UInt16(index * 4 + 1)
            return GATTDatabase.Service(
                uuid: BluetoothUUID(high: UInt64(index), low: 1), handles: first...(first + 3),
                characteristics: [
                    .init(uuid: BluetoothUUID(0xFFF1), properties: [.read, .notify], handle: first + 1, configuration: first + 2),
                    .init(uuid: BluetoothUUID(0xFFF2), properties: .write, handle: first + 3, configuration: nil),
                ])
        }
        return PeerRecord(address: address, bond: bond, database: GATTDatabase(services: list, hash: hash))
    }

    @Test("the bond and the database come back as they were")
    func roundTrip() throws {
        let before = record(services: 3)
        let after = PeerState.record(address, PeerState.form(before))
        #expect(after.database == before.database && after.bond?.level == .authenticated)
        let keys = [before, after].map { $0.bond?.longTermKey.withUnsafeBytes { Array($0) } }
        #expect(keys[0] != nil && keys[0] == keys[1])
    }

    @Test("a database too large to be kept is left out, the bond never")
    func tooLarge() throws {
        let form = PeerState.form(record(services: 120))
        #expect(try StrictJSON.encode(form).count <= PeerState.maximumBytes)
        let after = PeerState.record(address, form)
        #expect(after.database == nil && after.bond != nil)
    }

    @Test(
        "what can't be read is as if it were not there",
        arguments: [nil, [:], ["v": 2, "services": []], ["v": 1, "services": 3], ["v": 1, "bond": ["key": "00"]]] as [JSONObject?])
    func unreadable(state: JSONObject?) {
        let record = PeerState.record(address, state)
        #expect(record.address == address && record.bond == nil && record.database == nil)
    }

    @Test("a database with a service that ends before it begins is forgotten")
    func badRange() {
        let service: JSONValue = .object(["uuid": "fff0", "first": 9, "last": 1, "characteristics": []])
        #expect(PeerState.record(address, ["v": 1, "services": .array([service])]).database == nil)
    }
}
