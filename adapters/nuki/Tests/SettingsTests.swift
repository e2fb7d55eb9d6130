import NukiProtocol
import Testing
import WireBytes

@Suite("A Nuki lock's settings")
struct SettingsTests {
    /// Total angle 900; locked at −360; lock'n'go 20 s; unlatch 3 s; auto-lock 30 s and off; night mode off, 22:00 to 6:00.
    private static let advanced = "8403000098fe98fe0000140105000001031e00000016000600000000000001"

    private func settings(_ change: (inout [UInt8]) -> Void = { _ in }) throws -> NukiAdvancedConfiguration {
        var bytes = try Hex.decode(Self.advanced)
        change(&bytes)
        return try NukiAdvancedConfiguration(bytes)
    }

    @Test("auto-lock is turned on with its seconds, and nothing else is changed")
    func turnedOn() throws {
        let before = try settings()
        #expect(!before.isAutoLockOn && before.autoLockSeconds == 30 && before.lockAndGoSeconds == 20)
        var after = before
        after.setAutoLock(on: true, seconds: 300)
        #expect(after.isAutoLockOn && after.autoLockSeconds == 300)
        let changed = before.settable.indices.filter { before.settable[$0] != after.settable[$0] }
        #expect(changed == [15, 16, 26])
        after.setAutoLock(on: false, seconds: 1)
        #expect(!after.isAutoLockOn && after.autoLockSeconds == 300, "its seconds stay while it is off")
        after.restoreAutoLock(from: before)
        #expect(after == before)
    }

    @Test("what was said is written back byte for byte, however much of it there is")
    func same() throws {
        for more in [[], [1], [1, 0], [UInt8](repeating: 7, count: 40)] {
            let bytes = try Hex.decode(Self.advanced) + more
            #expect(try NukiAdvancedConfiguration(bytes).settable == Array(bytes.dropFirst(2)))
        }
        for count in 0..<26 {
            #expect(throws: ByteFault.self) { try NukiAdvancedConfiguration(Array(Hex.decode(Self.advanced).prefix(count))) }
        }
    }

    @Test("a night mode without auto-lock leaves the door open at night, so that it counts as off until it locks then too")
    func night() throws {
        var settings = try settings {
            $0[28] = 1
            $0[20] = 1
        }
        #expect(!settings.isAutoLockOn)
        settings.setAutoLock(on: true, seconds: 30)
        #expect(settings.isAutoLockOn && settings.settable[23] == 1)
    }

    @Test("firmware without a switch for it has auto-lock on while its seconds are not zero")
    func withoutSwitch() throws {
        var settings = try NukiAdvancedConfiguration(Array(Hex.decode(Self.advanced).prefix(28)))
        #expect(settings.isAutoLockOn)
        settings.setAutoLock(on: false, seconds: 60)
        #expect(!settings.isAutoLockOn && settings.autoLockSeconds == 0)
        settings.setAutoLock(on: true, seconds: 60)
        #expect(settings.isAutoLockOn && settings.autoLockSeconds == 60)
    }

    @Test("a configuration tells keypad, firmware and model; a shorter one is refused or leaves the newer members out")
    func configuration() throws {
        var bytes = [UInt8](repeating: 0, count: 78)
        bytes.replaceSubrange(0..<4, with: [0xC5, 0x35, 0xC3, 0x33])
        bytes.replaceSubrange(65..<71, with: [1, 3, 9, 5, 2, 1])
        bytes[74] = 4
        let whole = try NukiConfiguration(bytes)
        #expect(whole.nukiID == 0x33C3_35C5 && whole.hasKeypad && whole.firmware == "3.9.5" && whole.model == "Smart Lock 3.0 or 4.0")
        bytes[65] = 0
        #expect(try !NukiConfiguration(bytes).hasKeypad)
        bytes[76] = 1
        #expect(try NukiConfiguration(bytes).hasKeypad, "of the second kind")
        for count in 0..<71 { #expect(throws: ByteFault.self) { try NukiConfiguration(Array(bytes.prefix(count))) } }
        #expect(try NukiConfiguration(Array(bytes.prefix(71))).model == "Smart Lock")
        bytes[74] = 2
        #expect(try NukiConfiguration(bytes).model == nil, "an Opener is no lock")
    }

    @Test("there is no PIN of zero, and none of another length", arguments: ["", "0", "0000", "12345", "12a4", "١٢٣٤", "-123", "+123"])
    func noPIN(text: String) { #expect(NukiPIN(text, .upToFour) == nil) }

    @Test("a PIN goes as two bytes, in the 5th generation as four, and is never printed")
    func pin() throws {
        let short = try #require(NukiPIN("4711", .upToFour)), long = try #require(NukiPIN("482913", .five))
        #expect(short.bytes == [0x67, 0x12] && long.bytes == [0x61, 0x5E, 0x07, 0x00])
        #expect(NukiPIN("4711", .five) == nil && NukiPIN("000000", .five) == nil && NukiPIN(number: 0, .five) == nil)
        #expect(!"\(short) \(long)".contains("4"))
    }
}
