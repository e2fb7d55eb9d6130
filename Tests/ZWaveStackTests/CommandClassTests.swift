import Testing
import WireBytes

@testable import ZWaveStack

@Suite("What a Z-Wave lock says and is told")
struct CommandClassTests {
    private static func hex(_ text: String) -> [UInt8] { SecurityVectorTests.hex(text) }

    @Test("a lock's report tells bolt, door, latch, and when it locks by itself")
    func operationReport() throws {
        let locked = try DoorLock.OperationReport(Self.hex("6203 ff 00 01 fe fe"))
        #expect(locked.mode == .secured && locked.isDoorClosed && locked.isBoltLocked && !locked.isLatchClosed && locked.secondsLeft == nil)
        let open = try DoorLock.OperationReport(Self.hex("6203 01 10 02 01 1e"))
        #expect(open.mode == .unsecuredWithTimeout && !open.isDoorClosed && !open.isBoltLocked && open.secondsLeft == 90)
        let moving = try DoorLock.OperationReport(Self.hex("6203 fe 00 05 fe fe ff 03"))
        #expect(moving.mode == .unknown && moving.target == .secured && moving.duration == .seconds(3))
        #expect(throws: ByteFault.self) { try DoorLock.OperationReport(Self.hex("6203 77 00 01 fe fe")) }
    }

    @Test("durations are seconds, minutes, or unknown")
    func durations() {
        #expect(
            ActuatorDuration(0x7F) == .seconds(127) && ActuatorDuration(0x80) == .seconds(60)
                && ActuatorDuration(0xFD) == .seconds(126 * 60))
        #expect(ActuatorDuration(0xFE) == .unknown)
    }

    @Test("auto-relock is set with everything else as it was")
    func configuration() throws {
        var told = try DoorLock.Configuration(Self.hex("6206 01 11 fe fe 0000 0000 00"))
        #expect(!told.isTimed && told.seconds == nil && told.handles == 0x11)
        #expect(try told.setting() == Self.hex("6204 01 11 fe fe 0000 0000 00"))
        told.isTimed = true
        told.seconds = 90
        #expect(try told.setting() == Self.hex("6204 02 11 01 1e 0000 0000 00"))
        told.seconds = DoorLock.Configuration.longestSeconds + 1
        #expect(throws: ByteFault.self) { try told.setting() }
        told.seconds = 0
        #expect(throws: ByteFault.self) { try told.setting() }
    }

    @Test("capabilities of version 4 tell which contacts there are")
    func capabilities() throws {
        // One byte of operation types with bits 1 and 2, two modes, no handles, bolt and latch, auto-relock.
        let told = try DoorLock.Capabilities(Self.hex("6208 01 06 02 00ff 00 06 08"))
        #expect(
            told.canTime && told.modes == [.unsecured, .secured] && !told.hasDoorContact && told.hasBoltContact && told.hasLatchContact)
        #expect(told.hasAutoRelock)
    }

    @Test("codes are digits; a lock that shows stars says nothing of its code")
    func codes() throws {
        #expect(try UserCode.set(3, "481516") == Self.hex("6301 03 01 343831353136"))
        #expect(UserCode.clear(3) == Self.hex("6301 03 00 00000000"))
        for (slot, code) in [(UInt8(0), "1234"), (1, "123"), (1, "12345678901"), (1, "12a4"), (1, "١٢٣٤")] {
            #expect(throws: ByteFault.self) { try UserCode.set(slot, code) }
        }
        #expect(try UserCode.Report(Self.hex("6303 03 01 343831353136")).code == "481516")
        let masked = try UserCode.Report(Self.hex("6303 03 01 2a2a2a2a"))
        #expect(masked.status == .enabled && masked.code == nil)
        #expect(try UserCode.Report(Self.hex("6303 03 00 30303030")).code == nil)
        #expect(throws: ByteFault.self) { try UserCode.Report(Self.hex("6303 03 55")) }
        #expect(try UserCode.users(Self.hex("6305 14")) == 20)
        #expect(try UserCode.users(Self.hex("6305 ff 012c")) == 300)
    }

    @Test("events tell who and how, and what the bolt is after them")
    func notifications() throws {
        let keypad = try Notification.Report(Self.hex("7105 00 00 00 ff 06 06 04 63030301"))
        #expect(keypad.access == .keypadUnlock && keypad.user == 3 && keypad.access?.locks == false && keypad.isOn)
        let short = try Notification.Report(Self.hex("7105 00 00 00 ff 06 05 81 07 2a"))
        #expect(short.user == 7 && short.sequence == 0x2A && short.access?.locks == true)
        let jam = try Notification.Report(Self.hex("7105 00 00 00 ff 06 0b 00"))
        #expect(jam.access?.isJam == true && jam.access?.locks == nil && jam.user == nil)
        #expect(try Notification.Report(Self.hex("7105 00 00 00 ff 08 0a 00")).access == nil)
        #expect(try Notification.Report(Self.hex("7105 00 00 00 ff 06 fe")).access == nil)
    }

    @Test("a supervised command is told to be working, then done")
    func supervision() throws {
        #expect(try Supervision.get(5, DoorLock.operationSet(.secured), updates: true) == Self.hex("6c01 85 03 6201ff"))
        #expect(throws: ByteFault.self) { try Supervision.get(64, [], updates: false) }
        let working = try Supervision.Report(Self.hex("6c02 85 01 03"))
        #expect(working.hasMore && working.number == 5 && working.status == .working && working.duration == .seconds(3))
        #expect(try Supervision.Report(Self.hex("6c02 05 ff 00")).status == .success)
        #expect(throws: ByteFault.self) { try Supervision.Report(Self.hex("6c02 05 03 00")) }
        let own = try Supervision.Get(Self.hex("6c01 0a 02 7105"))
        #expect(own.number == 10 && own.command == [0x71, 0x05] && Supervision.Report.answer(10, .success) == Self.hex("6c02 0a ff 00"))
    }

    @Test("battery, maker, versions, groups")
    func descriptions() throws {
        #expect(try BatteryReport(Self.hex("8003 57")) == .percent(87) && BatteryReport(Self.hex("8003 ff")) == .low)
        #expect(throws: ByteFault.self) { try BatteryReport(Self.hex("8003 65")) }
        let maker = try ManufacturerReport(Self.hex("7205 0129 0001 0000"))
        #expect(maker.manufacturer == 0x0129 && maker.productType == 1 && maker.product == 0)
        #expect(try VersionReport.firmware(Self.hex("8612 06 04 05 01 02")) == "1.2")
        #expect(try VersionReport.ofClass(Self.hex("8614 62 04")) == (.doorLock, 4))
        let group = try Association.Report(Self.hex("8503 01 05 00 0102"))
        #expect(group.group == 1 && group.maximum == 5 && group.nodes.map(\.rawValue) == [1, 2])
        #expect(CommandClass.supported([0x62, 0x80, 0xEF, 0x63]) == [.doorLock, .battery])
    }

    @Test("nothing that ends too soon is read")
    func truncated() throws {
        let whole: [(String, ([UInt8]) throws -> Void)] = [
            ("6203 ff 00 01 fe fe", { _ = try DoorLock.OperationReport($0) }), ("6206 01 11 fe fe", { _ = try DoorLock.Configuration($0) }),
            ("6208 01 06 02 00ff 00 06 08", { _ = try DoorLock.Capabilities($0) }), ("6303 03 01", { _ = try UserCode.Report($0) }),
            ("6305 14", { _ = try UserCode.users($0) }), ("7105 00 00 00 ff 06 06", { _ = try Notification.Report($0) }),
            ("6c02 85 01", { _ = try Supervision.Report($0) }), ("6c01 0a 02 7105", { _ = try Supervision.Get($0) }),
            ("8003 57", { _ = try BatteryReport($0) }), ("7205 0129 0001 0000", { _ = try ManufacturerReport($0) }),
            ("8612 06 04 05 01 02", { _ = try VersionReport.firmware($0) }), ("8614 62 04", { _ = try VersionReport.ofClass($0) }),
            ("8503 01 05 00", { _ = try Association.Report($0) }),
        ]
        for (text, read) in whole {
            let bytes = Self.hex(text)
            try read(bytes)
            for count in 0..<bytes.count {
                #expect(throws: ByteFault.self, "\(text) cut to \(count)") { try read(Array(bytes.prefix(count))) }
            }
        }
    }
}
