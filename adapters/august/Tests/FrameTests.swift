import AugustProtocol
import LockModel
import Testing
import WireBytes

@Suite("August's frames")
struct FrameTests {
    private typealias Captured = CapturedFrames

    @Test("each captured frame is read, and made again byte for byte", arguments: CapturedFrames.all)
    func captured(text: String) throws {
        let frame = try Captured.frame(text)
        let fields = Array(frame.bytes[4..<16])
        #expect(AugustFrame(frame.kind, frame.opcode, [4: fields], trailer: frame.bytes[16]) == frame)
    }

    @Test("a frame cut anywhere, lengthened, or with any bit changed is refused", arguments: CapturedFrames.all)
    func damaged(text: String) throws {
        let bytes = try Captured.bytes(text)
        for end in bytes.indices { #expect(throws: AugustFrame.Fault.length) { try AugustFrame(Array(bytes[..<end])) } }
        #expect(throws: AugustFrame.Fault.length) { try AugustFrame(bytes + [0]) }
        for bit in 0..<(bytes.count * 8) {
            var other = bytes
            other[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: AugustFrame.Fault.checksum) { try AugustFrame(other) }
        }
        #expect(throws: AugustFrame.Fault.kind(0xEF)) { try AugustFrame(Captured.bytes("ef02000b0200000000000000000000000200")) }
    }

    @Test("the captured states, door and battery are understood")
    func states() throws {
        #expect(try Captured.answer(Captured.unlocked) == .state(.unlocked))
        #expect(try Captured.answer(Captured.locked) == .state(.locked))
        #expect(try Captured.answer(Captured.jammedPush) == .state(.jammed))
        #expect(try Captured.answer(Captured.doorClosed) == .door(.closed))
        #expect(try Captured.answer(Captured.battery) == .battery(AugustBattery(millivolts: 5241)))
        let both = AugustFrame(.answer, 0x02, [4: [0x2F], 8: [0x0C, 0x03]], trailer: 0)
        #expect(AugustAnswer(both) == .stateAndDoor(.secureMode, .open))
    }

    @Test("an acknowledgement is none of a result, and a result none of an acknowledgement")
    func ends() throws {
        #expect(try Captured.answer(Captured.lockAcknowledged) == .acknowledged(opcode: 0x0B, sub: 0))
        #expect(try Captured.answer(Captured.readAcknowledged) == .acknowledged(opcode: 0x04, sub: 0x28))
        #expect(try Captured.answer(Captured.writeAcknowledged) == .acknowledged(opcode: 0x03, sub: 0x28))
        #expect(try Captured.answer(Captured.lockOK) == .ended(opcode: 0x0B, AugustResult(code: 0)))
        for text in [Captured.unlockOK, Captured.unlockOKTrailed] {
            #expect(try Captured.answer(text) == .ended(opcode: 0x0A, AugustResult(code: 0)))
        }
        #expect(try Captured.answer(Captured.lockJam) == .ended(opcode: 0x0B, AugustResult(code: 0x1F)))
        #expect(try Captured.answer(Captured.unlockJam) == .ended(opcode: 0x0A, AugustResult(code: 0x1F)))
    }

    @Test("the auto-lock is read and written as captured")
    func autoLock() throws {
        #expect(try Captured.answer(Captured.autoLockHalfHour) == .autoLock(AugustAutoLock(seconds: 1800)))
        #expect(try Captured.answer(Captured.autoLockOff) == .autoLock(.off))
        #expect(try Captured.answer(Captured.autoLockWritten) == .autoLock(AugustAutoLock(seconds: 90)))
        let write = AugustFrame.write(AugustAutoLock(seconds: 90))
        #expect(Hex.encode(write.bytes) == "ee030031280000005a005a00000000000200")
        #expect(AugustAutoLock(seconds: 90).autoRelock(hasDoor: true) == AutoRelock(armed: true, seconds: 90, waitsForDoor: true))
        #expect(AugustAutoLock.off.autoRelock(hasDoor: false) == AutoRelock(armed: false, seconds: 0, waitsForDoor: false))
        #expect(AugustAutoLock(neverOpened: 0, doorClosed: 7).autoRelock(hasDoor: true).seconds == 7)
    }

    @Test("each order has its own opcode and way")
    func orders() {
        let frames = AugustOrder.allCases.map { Hex.encode($0.frame.bytes) }
        #expect(
            frames == [
                "ee0b00050000000000000000000000000200", "ee0a00060000000000000000000000000200", "ee0a00fc0a00000000000000000000000200",
                "ee0b00010400000000000000000000000200",
            ])
        #expect(Hex.encode(AugustFrame.status(.door).bytes) == "ee0200e02e00000000000000000000000200")
    }

    @Test("a code is packed, put into its slot in three steps, and read back")
    func codes() throws {
        let packed = try #require(AugustCode.packed("481516"))
        #expect(Hex.encode(packed) == "481516ffffffff")
        let steps = AugustCode.set(packed, 0x0102)
        #expect(steps.map(\.opcode) == [0x27, 0x2B, 0x2C])
        #expect(steps[1].bytes[12] == 0x80 && steps[2].bytes[11] == 2 && steps[2].bytes[13] == 1)
        #expect(AugustCode.clear(3).bytes[4...10] == [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF])
        #expect(AugustCode.read(0x0102).bytes[4...5] == [2, 1])
        #expect(try AugustCode.digits(packed) == "481516" && AugustCode.digits([UInt8](repeating: 0xFF, count: 7)) == nil)
        for none in ["", "12a4", "123456789012345", "12 4"] { #expect(AugustCode.packed(none) == nil) }
        for text in ["4f1516ffffffff", "48151affffffff", "481516"] {
            #expect(throws: AugustResult(code: 0x3A)) { try AugustCode.digits(Captured.bytes(text)) }
        }
        let frame = AugustFrame(.answer, 0x39, [4: [2, 1], 6: packed], trailer: 0)
        #expect(AugustAnswer(frame) == .code(slot: 0x0102, field: packed, AugustResult(code: 0)))
    }

    @Test("a record tells what happened, when and by whom")
    func activity() throws {
        func record(_ fields: [Int: [UInt8]]) -> AugustAnswer { AugustAnswer(AugustFrame(.answer, 0x2D, fields, trailer: 0)) }
        #expect(record([4: [0x80]]) == .activity(.end))
        #expect(record([4: [0], 5: [1, 5, 0], 8: [4, 3, 2, 1]]) == .activity(.bolt(.locked, source: .manual, at: 0x0102_0304)))
        #expect(record([4: [0], 5: [5, 5]]) == .activity(.bolt(.locked, source: .auto, at: 0)))
        #expect(record([4: [0], 5: [0, 3, 3]]) == .activity(.bolt(.unlocked, source: .remote, at: 0)))
        #expect(record([4: [0x20], 5: [1], 9: [3]]) == .activity(.door(.open, at: 1)))
        #expect(record([4: [0x0E], 5: [1], 10: [7], 12: [0x15]]) == .activity(.code(.locked, slot: 7, at: 1)))
        #expect(record([4: [0x07], 5: [1], 14: [0xEE, 0xFF]]) == .activity(.code(.unlocked, slot: AugustActivity.masterSlot, at: 1)))
        #expect(record([4: [0x55]]) == .activity(.other(0x55)))
    }

    @Test("every state, door and result has its word")
    func words() {
        for code in UInt8.min...UInt8.max {
            #expect(!AugustResult(code: code).words.isEmpty)
            #expect(AugustState(code: code).rawValue == code || AugustState(code: code) == .unknown)
            #expect(AugustDoor(code: code).rawValue == code || AugustDoor(code: code) == .unknown)
        }
        #expect(AugustState.allCases.filter { $0.bolt == .locked } == [.locked, .secureMode])
        #expect(AugustState.jammed.bolt == .notFullyLocked && AugustState.unknown.bolt == .unknown && AugustState.locking.isMoving)
        #expect(AugustDoor.none.door == .absent && AugustDoor.ajar.door == .ajar && AugustDoor.unknown.door == .unknown)
        #expect((0x1E...0x23).allSatisfy { AugustResult(code: $0).reason == .lockJammed })
        #expect(AugustResult(code: 0x32).reason == .batteryCritical && AugustResult(code: 0x3E).reason == .busy)
    }

    @Test("a battery's voltage becomes a level", arguments: [(4960, 0), (5120, 20), (6200, 100), (6500, 100), (4000, 0), (5601, 70)])
    func battery(millivolts: Int, percent: Int) {
        let battery = AugustBattery(millivolts: millivolts).battery
        #expect(battery.percent == percent)
        #expect(battery.level == (percent <= 5 ? .critical : percent < 20 ? .low : .ok))
        #expect(AugustBattery(millivolts: 0).battery == Battery(level: .unknown))
    }

    @Test("an advertisement tells of a change by its byte or HomeKit's number, and by nothing else")
    func advertisements() throws {
        var known = AugustAdvertisement([])
        func heard(_ company: Int, _ text: String) throws -> Bool {
            known.take(AugustAdvertisement([(company, try Captured.bytes(text))]))
        }
        #expect(try !heard(465, "00"), "what was never heard is no change")
        #expect(try heard(465, "01") && !heard(465, "01"))
        #expect(try !heard(465, "ff"), "noise")
        #expect(try !heard(465, "0102030405060708090a0b0c0d0e0f101112"), "an id")
        #expect(try heard(302, "00"), "the other company")
        #expect(try !heard(76, "06ad010787cae286aa060001000102") && heard(76, "06ad010787cae286aa060002000102"))
        #expect(try !heard(76, "06ad010787cae286aa060002000203"), "the same number")
        #expect(try heard(76, "1136aabb") && !heard(76, "1136aabb") && heard(76, "1136aabc"))
        #expect(try !heard(76, "06ad01") && !heard(76, "") && !heard(1, "01"))
    }
}
