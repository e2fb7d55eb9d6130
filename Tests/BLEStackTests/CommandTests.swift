import Testing

@testable import BLEStack

@Suite("Commands to a controller")
struct CommandTests {
    private let peer = BluetoothAddress(bits: 0xC605_0403_0201, kind: .random)

    @Test("a command is its number, its length and its parameters")
    func packet() {
        #expect(HCICommand.disconnect(0x0102).packet == HCIPacket(.command, [0x06, 0x04, 3, 0x02, 0x01, 0x13]))
        #expect(HCICommand(.reset).packet.bytes == [1, 0x03, 0x0C, 0])
    }

    @Test(
        "both families have the lengths the specification gives", arguments: [(AirCommands.legacy, [7, 2, 25]), (.extended, [8, 6, 26])])
    func families(air: AirCommands, lengths: [Int]) {
        let commands = [air.setScanParameters(isActive: false), air.setScanEnable(true), air.createConnection(to: peer, .lock)]
        #expect(commands.map(\.parameters.count) == lengths)
        #expect(Set(commands.map { $0.opcode.rawValue >= 0x2041 }) == [air == .extended], "families are not mixed")
    }

    @Test("the event masks ask for what a central can't do without")
    func masks() {
        // Disconnection, encryption change, hardware error, key refresh, LE meta.
        #expect(HCICommand.setEventMask.parameters == [0x90, 0x80, 0, 0, 0, 0x80, 0, 0x20])
        #expect(HCICommand.leSetEventMask.parameters == [0x7F, 0x1A, 0, 0, 0, 1, 0, 0])
    }

    @Test("an encryption key is in no description")
    func secrecy() {
        let command = HCICommand.leEnableEncryption(1, longTermKey: [UInt8](repeating: 0xAB, count: 16))
        #expect(command.parameters.count == 28)
        #expect(!"\(command)".contains("171") && "\(command)".contains("2019"))
    }

    // MARK: - The queue

    @Test("one command is under way at a time, and the next leaves with the answer")
    func oneAtATime() {
        var queue = CommandQueue<String>()
        _ = queue.append(HCICommand(.reset), "first")
        _ = queue.append(HCICommand(.readBDADDR), "second")
        #expect(queue.next(at: 0)?.opcode == .reset)
        #expect(queue.next(at: 0) == nil)
        let outcome = queue.completed(.reset, credits: 1, returned: [0])
        #expect(outcome?.purpose == "first" && outcome?.status.isSuccess == true)
        #expect(queue.next(at: 0)?.opcode == .readBDADDR)
    }

    @Test("a command is given two seconds, with or without credit")
    func timeOut() {
        var queue = CommandQueue<Int>()
        _ = queue.append(HCICommand(.reset), 1)
        #expect(queue.deadline == nil)
        _ = queue.next(at: 100)
        #expect(queue.deadline == 2_100)
        _ = queue.completed(.reset, credits: 0, returned: [0])
        #expect(queue.deadline == nil)
        _ = queue.append(HCICommand(.readBDADDR), 2)
        #expect(queue.next(at: 300) == nil, "no credit")
        #expect(queue.deadline == 2_300)
        // Opcode 0: credit only.
        #expect(queue.completed(HCIOpcode(rawValue: 0), credits: 1, returned: []) == nil)
        #expect(queue.next(at: 400)?.opcode == .readBDADDR)
        #expect(queue.deadline == 2_400)
    }

    @Test("an answer to another command, or to one that was not sent, changes nothing")
    func strangers() {
        var queue = CommandQueue<Int>()
        #expect(queue.completed(.reset, credits: 1, returned: [0]) == nil)
        _ = queue.append(HCICommand(.reset), 1)
        _ = queue.next(at: 0)
        #expect(queue.completed(.readBDADDR, credits: 1, returned: [0]) == nil)
        #expect(queue.begun(.success, HCIOpcode(rawValue: 0xFFFF), credits: 1) == nil)
        #expect(queue.deadline == 2_000)
    }

    @Test("begun is the answer where there is no other, and refused is always one")
    func status() {
        var queue = CommandQueue<Int>()
        _ = queue.append(HCICommand(.leCreateConnection), 1)
        _ = queue.append(HCICommand(.readBDADDR), 2)
        _ = queue.next(at: 0)
        let begun = queue.begun(.success, .leCreateConnection, credits: 1)
        #expect(begun?.purpose == 1)
        _ = queue.next(at: 0)
        #expect(queue.begun(.success, .readBDADDR, credits: 1) == nil, "its Command Complete is still to come")
        let refused = queue.begun(.unknownCommand, .readBDADDR, credits: 1)
        #expect(refused?.status == .unknownCommand)
    }

    @Test("a queue that nobody empties says so")
    func bound() {
        var queue = CommandQueue<Int>()
        var taken = 0
        while queue.append(HCICommand(.reset), taken) { taken += 1 }
        #expect(taken == 64)
    }
}
