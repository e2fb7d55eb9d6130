import Testing
import WireBytes

@testable import BLEStack

@Suite("Addresses and UUIDs")
struct NamesOnTheAirTests {
    @Test("an address reads the same as it is written, and turns round on the wire")
    func address() throws {
        let address = try #require(BluetoothAddress("c0:01:02:03:04:0F", kind: .random))
        #expect(address.description == "C0:01:02:03:04:0F")
        #expect(address.wireBytes == [0x0F, 0x04, 0x03, 0x02, 0x01, 0xC0])
        var reader = ByteReader(address.wireBytes)
        #expect(try BluetoothAddress(&reader, kind: .random) == address)
        #expect(address.isStaticRandom && address.isIdentity && !address.isResolvable)
    }

    @Test(
        "what is no address is refused",
        arguments: ["", "C0:01:02:03:04", "C0:01:02:03:04:0F:00", "+1:01:02:03:04:05", "C00102030405", "C0:01:02:03:04:"])
    func noAddress(text: String) {
        #expect(BluetoothAddress(text, kind: .public) == nil)
    }

    @Test("the top bits of a random address say whether it can be resolved")
    func addressKinds() throws {
        // Vol 3 Part H, App. D.7: the RPA of the sample IRK.
        let resolvable = try #require(BluetoothAddress("70:81:94:0D:FB:AA", kind: .random))
        #expect(resolvable.isResolvable && !resolvable.isIdentity)
        #expect(BluetoothAddress(bits: resolvable.bits, kind: .public).isIdentity)
    }

    @Test("a UUID is the same in its short form and its long one")
    func shortForm() throws {
        let short = try #require(BluetoothUUID("FFF0"))
        #expect(short == BluetoothUUID("0000fff0-0000-1000-8000-00805f9b34fb"))
        #expect(short.description == "0000fff0-0000-1000-8000-00805f9b34fb")
        #expect(short.wireBytes == [0xF0, 0xFF])
    }

    @Test("a UUID of 16 bytes turns round on the wire")
    func longForm() throws {
        let text = "a92ee200-5501-11e4-916c-0800200c9a66"
        let uuid = try #require(BluetoothUUID(text))
        #expect(uuid.description == text && uuid.short == nil)
        var reader = ByteReader(uuid.wireBytes)
        #expect(try BluetoothUUID(&reader, bytes: 16) == uuid)
    }

    @Test(
        "what is no UUID is refused",
        arguments: ["", "FFF", "FFF00", "+FF0", "0000fff0-0000-1000-8000", "0000fff00000-1000-8000-00805f9b34fb", "zzzz"])
    func noUUID(text: String) {
        #expect(BluetoothUUID(text) == nil)
    }

    @Test("a UUID of another size is refused with its place")
    func oddSize() {
        var reader = ByteReader([1, 2, 3])
        #expect(throws: ByteFault.invalid(offset: 0, "a UUID of 3 bytes")) { try BluetoothUUID(&reader, bytes: 3) }
        #expect(throws: ByteFault.truncated(offset: 3)) { try BluetoothUUID(&reader, bytes: 16) }
    }
}
