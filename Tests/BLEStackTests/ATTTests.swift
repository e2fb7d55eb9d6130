import Testing
import WireBytes

@testable import BLEStack

@Suite("The attribute protocol")
struct ATTTests {
    private static let all: ClosedRange<UInt16> = 1...UInt16.max

    /// Each answer with the request it belongs to.
    static let answers: [(ATTRequest, [UInt8], ATTResponse)] = [
        (.exchangeMTU(client: 517), [0x03, 0xF7, 0], .mtu(server: 247)),
        (
            .findInformation(3...9), [0x05, 1, 3, 0, 0x02, 0x29, 5, 0, 0x01, 0x29],
            .information([.init(handle: 3, type: BluetoothUUID(0x2902)), .init(handle: 5, type: BluetoothUUID(0x2901))])
        ),
        (
            .readByType(all, GATTDatabase.characteristicDeclaration), [0x09, 7, 2, 0, 0x0A, 3, 0, 0xF1, 0xFF],
            .attributes([.init(handle: 2, end: 2, value: [0x0A, 3, 0, 0xF1, 0xFF])])
        ),
        (
            .readByGroupType(all, GATTDatabase.primaryService), [0x11, 6, 1, 0, 5, 0, 0, 0x18, 6, 0, 0xFF, 0xFF, 0xF0, 0xFF],
            .attributes([.init(handle: 1, end: 5, value: [0, 0x18]), .init(handle: 6, end: 0xFFFF, value: [0xF0, 0xFF])])
        ),
        (.write(3, [1]), [0x13], .written),
        (.executeWrite(isCommitted: true), [0x19], .written),
        (.read(3), [0x01, 0x0A, 3, 0, 0x05], .error(.insufficientAuthentication)),
    ]

    @Test("each answer is read as what it is", arguments: ATTTests.answers)
    func answer(request: ATTRequest, packet: [UInt8], expected: ATTResponse) throws {
        #expect(try ATTResponse(packet, to: request) == expected)
    }

    @Test("an answer that is cut off anywhere, or goes on too long, is refused", arguments: ATTTests.answers)
    func truncation(request: ATTRequest, packet: [UInt8], expected: ATTResponse) {
        for count in 0..<packet.count {
            let cut = Array(packet[..<count])
            // Lists may end after a whole entry.
            if let short = try? ATTResponse(cut, to: request) {
                switch short {
                case .information(let entries): #expect(entries.count == 1)
                case .attributes(let entries): #expect(entries.count == 1)
                default: Issue.record("\(cut) was read as \(short)")
                }
            }
        }
        #expect(throws: ByteFault.self) { try ATTResponse(packet + [0], to: request) }
    }

    @Test("a value may be empty, and is taken whole")
    func values() throws {
        #expect(try ATTResponse([0x0B], to: .read(3)) == .value([]))
        #expect(try ATTResponse([0x0D, 1, 2], to: .readBlob(3, offset: 22)) == .value([1, 2]))
        let part = ATTRequest.prepareWrite(3, offset: 18, [1, 2])
        #expect(part.bytes == [0x16, 3, 0, 18, 0, 1, 2])
        #expect(try ATTResponse([0x17, 3, 0, 18, 0, 1, 2], to: part) == .prepared(handle: 3, offset: 18, [1, 2]))
        #expect(throws: ByteFault.self) { try ATTResponse([0x17, 3, 0, 18], to: part) }
        #expect(ATTRequest.executeWrite(isCommitted: true).bytes == [0x18, 1])
        #expect(ATTRequest.executeWrite(isCommitted: false).bytes == [0x18, 0])
    }

    @Test(
        "an answer that would lead a walk astray is refused",
        arguments: [
            (ATTRequest.findInformation(3...9), [0x05, 1, 2, 0, 0x02, 0x29]), (.findInformation(3...9), [0x05, 1, 10, 0, 0x02, 0x29]),
            (.findInformation(3...9), [0x05, 1, 4, 0, 0x02, 0x29, 4, 0, 0x02, 0x29]),
            (.findInformation(3...9), [0x05, 3, 4, 0, 0x02, 0x29]),
            (.readByType(1...9, GATTDatabase.databaseHash), [0x09, 1, 2]),
            (.readByGroupType(1...9, GATTDatabase.primaryService), [0x11, 6, 5, 0, 4, 0, 0, 0x18]),
            (.readByGroupType(1...9, GATTDatabase.primaryService), [0x11, 3, 5, 0, 4]), (.exchangeMTU(client: 517), [0x03, 22, 0]),
            (.read(3), [0x01, 0x12, 3, 0, 5]), (.read(3), [0x13]),
        ] as [(ATTRequest, [UInt8])]
    )
    func astray(request: ATTRequest, packet: [UInt8]) {
        #expect(throws: ByteFault.self) { try ATTResponse(packet, to: request) }
    }

    @Test("requests have the bytes the specification gives")
    func requests() {
        #expect(ATTRequest.exchangeMTU(client: 517).bytes == [0x02, 5, 2])
        #expect(ATTRequest.readByGroupType(1...0xFFFF, GATTDatabase.primaryService).bytes == [0x10, 1, 0, 0xFF, 0xFF, 0, 0x28])
        #expect(ATTRequest.write(0x0102, [7]).bytes == [0x12, 2, 1, 7])
        #expect(ATTRequest.writeCommand(0x0102, [7]) == [0x52, 2, 1, 7])
        #expect(ATTRequest.readBlob(3, offset: 22).bytes == [0x0C, 3, 0, 22, 0])
    }

    // MARK: - The bearer

    @Test("a request not answered for 30 s is over")
    func silence() {
        var bearer = ATTBearer()
        #expect(bearer.deadline == nil && bearer.isIdle)
        _ = bearer.begin(.read(3), at: 1_000)
        #expect(bearer.deadline == 31_000 && !bearer.isIdle)
    }

    @Test("an answer to nothing, and one that can't be read, end the link")
    func violations() {
        var idle = ATTBearer()
        #expect(throws: ATTBearer.Fault.unasked(opcode: 0x13)) { try idle.receive([0x13]) }
        #expect(throws: ATTBearer.Fault.mangled(.truncated(offset: 0))) { try idle.receive([]) }
        var asking = ATTBearer()
        _ = asking.begin(.write(3, []), at: 0)
        #expect(throws: ATTBearer.Fault.mangled(.invalid(offset: 0, "an answer to another request"))) { try asking.receive([0x0B, 1]) }
        #expect(throws: ATTBearer.Fault.mangled(.trailing(offset: 23))) { try asking.receive([0x0B] + [UInt8](repeating: 0, count: 23)) }
    }

    @Test("the MTU is the smaller of both offers, and never below 23")
    func mtu() throws {
        var bearer = ATTBearer()
        _ = bearer.begin(.exchangeMTU(client: 517), at: 0)
        #expect(try bearer.receive([0x03, 0xF7, 0]) == .response(.mtu(server: 247), to: .exchangeMTU(client: 517)))
        #expect(bearer.mtu == 247)
        var generous = ATTBearer()
        _ = generous.begin(.exchangeMTU(client: 517), at: 0)
        _ = try generous.receive([0x03, 0xFF, 0xFF])
        #expect(generous.mtu == 517)
    }

    @Test("an indication is confirmed, and a peer that asks finds an empty server")
    func serverSide() throws {
        var bearer = ATTBearer()
        #expect(try bearer.receive([0x1B, 3, 0, 9]) == .value(handle: 3, [9]))
        #expect(try bearer.receive([0x1D, 3, 0, 9]) == .indication(handle: 3, [9], confirmation: [0x1E]))
        #expect(try bearer.receive([0x10, 1, 0, 0xFF, 0xFF, 0, 0x28]) == .reply([0x01, 0x10, 1, 0, 0x0A]))
        #expect(try bearer.receive([0x0A, 3, 0]) == .reply([0x01, 0x0A, 0, 0, 0x06]))
        #expect(try bearer.receive([0x52, 3, 0, 1]) == .ignored)
        #expect(try bearer.receive([0x02, 185, 0]) == .reply([0x03, 5, 2]))
        #expect(bearer.mtu == 185)
    }
}
