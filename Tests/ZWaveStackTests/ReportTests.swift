import Testing
import WireBytes

@testable import ZWaveStack

@Suite("What a Z-Wave controller says")
struct ReportTests {
    private static func hex(_ text: String) -> [UInt8] { (try? Hex.decode(text.replacing(" ", with: ""))) ?? [] }

    @Test("capabilities tell firmware, maker, product and functions")
    func capabilities() throws {
        var mask = [UInt8](repeating: 0, count: 32)
        for function in [0x02, 0x13, 0xA9] { mask[(function - 1) / 8] |= 1 << UInt8((function - 1) % 8) }
        let told = try SerialCapabilities([0x01, 0x02, 0x00, 0x86, 0x01, 0x01, 0x00, 0x5A] + mask)
        #expect(told.firmware == (1, 2) && told.manufacturer == 0x0086 && told.productType == 0x0101 && told.productID == 0x005A)
        #expect(told.functions == [.getInitData, .sendData, .sendDataBridge])
    }

    @Test("nodes are read from the mask, and roles by the version that gives their bits a meaning")
    func initialData() throws {
        var mask = [UInt8](repeating: 0, count: 29)
        mask[0] = 0b1000_0001
        mask[28] = 0b1000_0000
        let old = try InitialData([0x05, 0x08, 29] + mask + [0x05, 0x00])
        #expect(old.nodes.map(\.rawValue) == [1, 8, 232] && old.isSIS && !old.isSecondary && !old.isEndNode && old.chip?.type == 5)
        let new = try InitialData([0x0A, 0x0D, 29] + mask + [0x07, 0x00])
        #expect(!new.isSecondary && !new.isEndNode && new.isSIS)
        #expect(try InitialData([0x05, 0x04, 29] + mask).isSecondary)
        #expect(throws: ByteFault.self) { try InitialData([0x05, 0x00, 28] + mask) }
    }

    @Test("a node's number has eight bits, or sixteen once the controller was told")
    func widths() throws {
        #expect(try NetworkIdentity(Self.hex("deadbeef 01"), .eight).node.rawValue == 1)
        #expect(try NetworkIdentity(Self.hex("deadbeef 0101"), .sixteen).node.rawValue == 257)
        #expect(NodeIDWidth.sixteen.bytes(NodeID(rawValue: 4000)) == [0x0F, 0xA0])
        let command = try ApplicationCommand(SerialFrame(.request, .applicationCommand, Self.hex("00 0005 02 6202 d0")), .sixteen)
        #expect(command.source.rawValue == 5 && command.command == [0x62, 0x02] && command.strength == .decibels(-48))
    }

    @Test("a bridge's command tells for whom it is, and a foreign or a common one is known as such")
    func bridge() throws {
        let command = try ApplicationCommand(SerialFrame(.request, .bridgeApplicationCommand, Self.hex("00 01 05 03 620302 00 7f")), .eight)
        #expect(command.destination?.rawValue == 1 && command.source.rawValue == 5 && command.command == [0x62, 3, 2])
        #expect(command.strength == .notAvailable)
        let both = try ApplicationCommand(SerialFrame(.request, .applicationCommand, Self.hex("48 05 01 00")), .eight)
        #expect(both.isForeign && both.isForMany)
    }

    @Test("battery locks are known by their beam")
    func listening() throws {
        #expect(try NodeProtocolInfo(Self.hex("53 dc 00 04 40 03")).listening == .beamed(milliseconds: 1_000))
        #expect(try NodeProtocolInfo(Self.hex("53 bc 00 04 40 03")).listening == .beamed(milliseconds: 250))
        #expect(try NodeProtocolInfo(Self.hex("d3 9c 00 04 10 01")).listening == .always)
        #expect(try NodeProtocolInfo(Self.hex("53 1c 00 04 21 01")).listening == .sleeping)
        #expect(try !NodeProtocolInfo(Self.hex("00 00 00 00 00 00")).exists)
    }

    @Test("a transmission's report tells how it ended, and how it went where that is told")
    func transmitReport() throws {
        #expect(try TransmitReport([0x0A, 0x01]) == TransmitReport([0x0A, 0x01]))
        #expect(try TransmitReport([0x0A, 0x01]).status == .noAcknowledgement)
        let report = try TransmitReport(Self.hex("0a 00 0019 01 c8 7f7f7f7f 00 00 00 07000000 03 02 0000"))
        #expect(report.route?.milliseconds == 250 && report.route?.repeaters.map(\.rawValue) == [7] && report.route?.attempts == 2)
        #expect(report.route?.acknowledgement == .decibels(-56))
    }

    @Test("inclusion goes through its steps, and a step that is none is refused")
    func inclusion() throws {
        let report = try InclusionReport(Self.hex("07 03 05 05 044003 6298"), .eight)
        #expect(report.status == .endNode && report.node.rawValue == 5 && report.information == [0x04, 0x40, 0x03, 0x62, 0x98])
        #expect(try InclusionReport(Self.hex("07 01"), .eight).status == .ready)
        #expect(throws: ByteFault.self) { try InclusionReport(Self.hex("07 09 00"), .eight) }
    }

    @Test("news of a node: its classes, a failure without a name, an invitation of SmartStart")
    func update() throws {
        #expect(try ApplicationUpdate(Self.hex("84 05 04 04400362"), .eight).information == [4, 0x40, 3, 0x62])
        #expect(try ApplicationUpdate([0x81], .eight).event == .informationFailed)
        #expect(try ApplicationUpdate(Self.hex("85 00 00 c0ffee01 03 044003"), .eight).event == .smartStart([0xC0, 0xFF, 0xEE, 1]))
        #expect(try ApplicationUpdate(Self.hex("85 00 00 c0ffee01 03 044003"), .eight).information == [4, 0x40, 3])
    }

    @Test("Long Range nodes are told in parts")
    func longRange() throws {
        let part = try LongRangeNodes([0x01, 0x01, 0x01, 0b10])
        #expect(part.hasMore && part.nodes.map(\.rawValue) == [256 + 1_024 + 1])
        #expect(throws: ByteFault.self) { try LongRangeNodes([0x00, 0x04, 0x00]) }
    }

    @Test("nothing that ends too soon is read")
    func truncated() throws {
        let whole: [(String, ([UInt8]) throws -> Void)] = [
            (String(repeating: "00", count: 40), { _ = try SerialCapabilities($0) }),
            ("0500 1d" + String(repeating: "00", count: 29), { _ = try InitialData($0) }),
            ("deadbeef 01", { _ = try NetworkIdentity($0, .eight) }),
            ("5a2d57617665 00 01", { _ = try LibraryVersion($0) }),
            ("00 00 80 0201 02 6298", { _ = try StartedReport($0) }),
            ("53dc00044003", { _ = try NodeProtocolInfo($0) }),
            ("00 00 01 01", { _ = try LongRangeNodes($0) }),
            ("00 05 02 6202", { _ = try ApplicationCommand(SerialFrame(.request, .applicationCommand, $0), .eight) }),
            ("84 05 02 0440", { _ = try ApplicationUpdate($0, .eight) }),
        ]
        for (text, read) in whole {
            let bytes = Self.hex(text)
            try read(bytes)
            for count in 0..<bytes.count where !(bytes[0] == 0x84 && count == 0) {
                #expect(throws: ByteFault.self, "\(text) cut to \(count)") { try read(Array(bytes.prefix(count))) }
            }
        }
    }
}
