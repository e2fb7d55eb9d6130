import LockModel
import NukiProtocol
import Testing
import WireBytes

@Suite("A Nuki lock's log and codes")
struct LogAndCodesTests {
    /// An entry as the lock says it: number 7, 2026-11-22 10:15:30, authorization 5, a name, a type and its data.
    private func entry(_ type: UInt8, _ data: [UInt8]) throws -> NukiLogEntry {
        try NukiLogEntry([7, 0, 0, 0, 0xEA, 0x07, 11, 22, 10, 15, 30, 5, 0, 0, 0] + [UInt8](repeating: 0x41, count: 32) + [type] + data)
    }

    @Test(
        "what was done, who had it done and where the bolt is then",
        arguments: [
            (1, 1, 0, .unlocked, .manual), (2, 2, 0, .locked, .button), (2, 6, 0, .locked, .auto), (2, 3, 0, .locked, .auto),
            (3, 0, 0, .unlocked, .remote), (4, 2, 0, .unlocked, .button), (6, 0xAB, 0, .locked, .remote),
            (1, 0, 1, .notFullyLocked, .remote),
            (1, 0, 4, nil, .remote), (9, 0x55, 0, nil, .unspecified),
        ] as [(UInt8, UInt8, UInt8, BoltState?, ChangeSource)])
    func actions(action: UInt8, trigger: UInt8, completion: UInt8, bolt: BoltState?, source: ChangeSource) throws {
        for padding in [0, 1, 4] {
            let entry = try entry(2, [action, trigger, 0, completion] + [UInt8](repeating: 0, count: padding))
            #expect(entry.bolt == bolt && entry.source == source && entry.isAction && entry.door == nil)
            #expect(entry.index == 7 && entry.authorization == 5 && entry.at == Timestamp("2026-11-22T10:15:30.000Z"))
        }
    }

    @Test("the keypad's entries tell the code, a fingerprint is one, and a wrong code moved nothing")
    func keypad() throws {
        let code = try entry(5, [1, 1, 0, 4, 0])
        #expect(code.event == .keypad(1, isFingerprint: false, completion: 0, code: 4) && code.bolt == .unlocked && code.source == .keypad)
        #expect(try entry(5, [1, 2, 0, 4, 0]).source == .biometric)
        #expect(try entry(5, [1, 1, 0xE0, 0, 0]).bolt == nil)
    }

    @Test("the door opens and closes, and what tells of neither is of no bolt")
    func door() throws {
        #expect(try entry(6, [0, 0, 0, 0, 0]).door == .open && entry(6, [1]).door == .closed && entry(6, [2]).door == .unknown)
        for type: UInt8 in [1, 3, 4, 7, 99] {
            let entry = try entry(type, [1, 0, 0, 0, 0])
            #expect(entry.event == .other(type) && entry.bolt == nil && entry.door == nil)
        }
    }

    @Test("an entry cut anywhere is refused, and one of a lock without a clock has no time")
    func damaged() throws {
        let whole: [UInt8] = [7, 0, 0, 0, 0xEA, 0x07, 11, 22, 10, 15, 30, 5, 0, 0, 0] + [UInt8](repeating: 0, count: 32) + [2, 1, 1, 0, 0]
        for count in whole.indices { #expect(throws: ByteFault.self) { try NukiLogEntry(Array(whole[..<count])) } }
        var other = whole
        other[6] = 13
        #expect(try NukiLogEntry(other).at == nil)
        other.replaceSubrange(4..<6, with: [0xD0, 0x07])
        #expect(try NukiLogEntry(other).at == nil)
    }

    @Test("a code is added with its name, and listed as it was added")
    func codes() throws {
        let addition = try #require(NukiKeypadCode.addition("735196", name: "LB1#9f02 Anna"))
        #expect(addition.count == 4 + 20 + 1 + 19 && addition[..<4] == [0xDC, 0x37, 0x0B, 0x00])
        let entry = [9, 0] + addition[..<24] + [1] + [UInt8](repeating: 0, count: 7 + 7 + 2 + 1 + 19)
        let code = try NukiKeypadCode(Array(entry))
        #expect(code.id == 9 && code.code == "735196" && code.name == "LB1#9f02 Anna" && code.isEnabled)
        for wrong in ["73519", "7351961", "73519a", ""] { #expect(NukiKeypadCode.addition(wrong, name: "") == nil) }
        for count in 0..<27 { #expect(throws: ByteFault.self) { try NukiKeypadCode(Array(entry.prefix(count))) } }
    }

    @Test("a code's name tells our slot and pairing, and nobody else's name does")
    func names() {
        let name = NukiCodeName(slot: 100, mark: 0x0F02, name: "Großmutter")
        #expect(name.text == "LB100#0f02 Großmutt" && name.text.utf8.count <= 20)
        #expect(NukiCodeName(name.text)?.slot == 100 && NukiCodeName(name.text)?.mark == 0x0F02)
        #expect(NukiCodeName("LB3#9f02") == NukiCodeName(slot: 3, mark: 0x9F02, name: ""))
        for other in ["", "Anna", "LB", "LB3", "LB#9f02", "LB3#9f0", "LB0#9f02", "LB-1#9f02", "LB3#zzzz", "LB3#9f02#1"] {
            #expect(NukiCodeName(other) == nil, "\(other)")
        }
    }
}
