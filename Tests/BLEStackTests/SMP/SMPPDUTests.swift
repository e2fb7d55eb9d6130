import BLEStack
import LockCrypto
import Testing
import WireBytes

@Suite("Messages of the Security Manager Protocol")
struct SMPPDUTests {
    /// One of each kind, as the wire carries it.
    static let messages: [(SMPCode, String)] = [
        (.pairingRequest, "01 03 00 09 10 02 02"), (.pairingResponse, "02 00 01 2d 07 0f 0f"),
        (.confirm, "03 000102030405060708090a0b0c0d0e0f"), (.random, "04 000102030405060708090a0b0c0d0e0f"), (.failed, "05 04"),
        (.encryptionInformation, "06 000102030405060708090a0b0c0d0e0f"), (.centralIdentification, "07 00010203040506070809"),
        (.identityInformation, "08 000102030405060708090a0b0c0d0e0f"), (.identityAddress, "09 01 010203040506"),
        (.signingInformation, "0a 000102030405060708090a0b0c0d0e0f"), (.securityRequest, "0b 0d"),
        (.publicKey, "0c" + String(repeating: "11", count: 32) + String(repeating: "22", count: 32)),
        (.dhKeyCheck, "0d 000102030405060708090a0b0c0d0e0f"), (.keypress, "0e 01"),
    ]

    @Test("each message is read, and written again the same; of keys we never use nothing is kept", arguments: messages)
    func roundTrips(code: SMPCode, text: String) throws {
        let wire = try bytes(text)
        let message = try #require(try SMPPDU.decode(wire))
        #expect(message.code == code)
        switch code {
        case .encryptionInformation, .centralIdentification, .signingInformation: #expect(message.wireBytes == [code.rawValue])
        default: #expect(message.wireBytes == wire)
        }
    }

    @Test("a message cut anywhere, or with a byte too many, is refused", arguments: messages)
    func refusesOtherLengths(code: SMPCode, text: String) throws {
        let wire = try bytes(text)
        #expect(throws: ByteFault.truncated(offset: 0)) { try SMPPDU.decode([]) }
        for length in 1..<wire.count {
            #expect(throws: ByteFault.truncated(offset: length)) { try SMPPDU.decode(Array(wire[..<length])) }
        }
        #expect(throws: ByteFault.trailing(offset: wire.count)) { try SMPPDU.decode(wire + [0]) }
        #expect(wire.count <= SMPPDU.longest)
    }

    @Test("values are most significant byte first here, and last on the wire")
    func turnsBytes() throws {
        guard case .confirm(let value)? = try SMPPDU.decode(bytes("03 000102030405060708090a0b0c0d0e0f")) else {
            return #expect(Bool(false), "no confirm")
        }
        #expect(value == Array((0...15).reversed()))
        guard case .identityAddress(let address)? = try SMPPDU.decode(bytes("09 01 010203040506")) else {
            return #expect(Bool(false), "no address")
        }
        #expect("\(address)" == "06:05:04:03:02:01" && address.kind == .random)
    }

    @Test("codes the specification reserves are told apart from what is wrong", arguments: [UInt8(0), 0x0F, 0x10, 0xFF])
    func ignoresReservedCodes(code: UInt8) throws {
        #expect(try SMPPDU.decode([code, 1, 2, 3]) == nil)
    }

    static let meaningless = [
        "02 05 00 09 10 02 02", "02 ff 00 09 10 02 02", "02 03 02 09 10 02 02", "02 03 00 02 10 02 02", "02 03 00 c9 10 02 02",
        "09 02 010203040506",
    ]

    @Test("fields outside their range are refused", arguments: meaningless)
    func refusesValues(text: String) throws {
        #expect(performing: { try SMPPDU.decode(try bytes(text)) }, throws: { if case ByteFault.invalid = $0 { true } else { false } })
    }
}
