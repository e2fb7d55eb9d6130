import BLEStack
import WireBytes

/// A controller and its peers, as a script has them: answers commands, and lets a test say the rest.
struct ScriptedController {
    var machine = HostMachine(ownAddress: BluetoothAddress(bits: 0xC000_0000_0001, kind: .random))
    var now: Int64 = 1_000
    /// Commands that get no answer.
    var ignored: Set<UInt16> = []
    /// Commands that fail, and how.
    var failing: [UInt16: UInt8] = [:]
    /// Every command sent.
    var commands: [UInt16] = []
    /// Every L2CAP packet sent, with its link.
    var sent: [(handle: UInt16, channel: UInt16, payload: [UInt8])] = []
    var answers: [HostRequestID: Result<HostAnswer, HostFailure>] = [:]
    /// Answers beyond the first, which there must not be.
    var doubled: [HostRequestID] = []
    var statuses: [HostStatus] = []
    var ended: [(link: Int, reason: String)] = []
    var values: [[UInt8]] = []
    var heard: [HeardAdvertisement] = []
    var kept: [PeerRecord] = []
    var reopenings = 0
    /// Room is given back at once.
    var givesRoom = true
    var isExtended = true
    private var nextRequest: HostRequestID = 1

    /// One that is up.
    static func up(extended: Bool = true) -> ScriptedController {
        var controller = ScriptedController()
        controller.isExtended = extended
        controller.give(.transportOpened)
        return controller
    }

    // MARK: - The host's side

    mutating func give(_ input: HostInput) {
        for effect in machine.handle(input, at: now) { take(effect) }
    }

    /// Asks something and gives its number.
    mutating func ask(_ input: (HostRequestID) -> HostInput) -> HostRequestID {
        let id = nextRequest
        nextRequest += 1
        give(input(id))
        return id
    }

    /// Lets time pass to the next deadline, as often as it comes within so long.
    mutating func pass(_ milliseconds: Int64) {
        let end = now + milliseconds
        var turns = 0
        while let next = machine.nextDeadline, next <= end, turns < 10_000 {
            now = max(now, next)
            give(.tick)
            turns += 1
        }
        precondition(turns < 10_000, "the machine spins: its deadline has passed and stays")
        now = end
    }

    private mutating func take(_ effect: HostEffect) {
        switch effect {
        case .send(let packet): packet.kind == .command ? answer(packet.payload) : data(packet.payload)
        case .reopen: reopenings += 1
        case .answer(let id, let result):
            if answers[id] != nil { doubled.append(id) }
            answers[id] = result
        case .advertisement(let advertisement): heard.append(advertisement)
        case .notified(_, _, _, let value): values.append(value)
        case .disconnected(let link, let reason): ended.append((link, reason))
        case .keep(let record): kept.append(record)
        case .status(let status): statuses.append(status)
        case .ask, .withdrawQuestion, .notice: break
        }
    }

    // MARK: - The controller's side

    mutating func event(_ payload: [UInt8]) {
        give(.received(HCIPacket(.event, [payload[0], UInt8(payload.count - 1)] + payload.dropFirst())))
    }

    private mutating func answer(_ command: [UInt8]) {
        let opcode = UInt16(command[0]) | UInt16(command[1]) << 8
        commands.append(opcode)
        guard !ignored.contains(opcode) else { return }
        let status = failing[opcode] ?? 0
        if [0x0406, 0x200D, 0x2043, 0x2019, 0x2013].contains(opcode) {
            event([0x0F, status, 1] + command[0...1])
        } else {
            event([0x0E, 1] + command[0...1] + [status] + returned(opcode))
        }
    }

    private func returned(_ opcode: UInt16) -> [UInt8] {
        switch opcode {
        case 0x1002:
            var commands = [UInt8](repeating: 0, count: 64)
            if isExtended { commands[37] = 0xE0 }
            return commands
        case 0x1001: return [9, 0, 0, 9, 0xFF, 0xFF, 0, 0]
        case 0x2003: return isExtended ? [0, 0x10, 0, 0, 0, 0, 0, 0] : [UInt8](repeating: 0, count: 8)
        case 0x2002: return [27, 0, 8]
        case 0x1009: return [1, 2, 3, 4, 5, 6]
        default: return []
        }
    }

    private var gathered: [UInt16: L2CAPReassembly] = [:]

    private mutating func data(_ payload: [UInt8]) {
        guard let fragment = try? ACLFragment(payload) else { return }
        var reassembly = gathered[fragment.handle] ?? L2CAPReassembly()
        let packet = try? reassembly.take(fragment)
        gathered[fragment.handle] = reassembly
        if let packet { sent.append((fragment.handle, packet.channel, packet.payload)) }
        if givesRoom { event([0x13, 1] + payload[0...1].enumerated().map { $0.offset == 1 ? $0.element & 0x0F : $0.element } + [1, 0]) }
    }

    /// The connection the host asked for stands, or failed.
    mutating func connected(_ handle: UInt16, _ peer: BluetoothAddress, status: UInt8 = 0) {
        event([0x3E, 0x01, status, UInt8(handle), 0, 0, peer.kind.rawValue] + peer.wireBytes + [6, 0, 0, 0, 44, 1, 0])
    }

    mutating func disconnected(_ handle: UInt16, reason: UInt8) { event([0x05, 0, UInt8(handle), 0, reason]) }

    mutating func advertises(_ address: BluetoothAddress, data: [UInt8] = [2, 1, 6]) {
        event([0x3E, 0x02, 1, 0, address.kind.rawValue] + address.wireBytes + [UInt8(data.count)] + data + [0xC0])
    }

    // MARK: - A peer's side

    /// The peer sends a packet on a channel.
    mutating func says(_ handle: UInt16, _ payload: [UInt8], channel: UInt16 = L2CAPPacket.attribute) {
        let packet = L2CAPPacket(channel: channel, payload).bytes
        var bytes: [UInt8] = []
        bytes.append(littleEndian: handle | 0b10 << 12)
        bytes.append(littleEndian: UInt16(packet.count))
        give(.received(HCIPacket(.acl, bytes + packet)))
    }

    /// The last ATT packet the host sent on a link.
    func lastATT(_ handle: UInt16) -> [UInt8]? { sent.last { $0.handle == handle && $0.channel == L2CAPPacket.attribute }?.payload }

    /// Answers as a lock with one service (FFF0), one characteristic to write and to be notified of (FFF1), would; ATT only while it is asked.
    mutating func playLock(_ handle: UInt16) {
        while let asked = lastATT(handle), let answer = Self.lockAnswer(asked), !isAnswered(handle) {
            answered[handle] = sent.count
            says(handle, answer)
        }
    }

    private var answered: [UInt16: Int] = [:]

    private func isAnswered(_ handle: UInt16) -> Bool {
        guard let last = sent.lastIndex(where: { $0.handle == handle && $0.channel == L2CAPPacket.attribute }) else { return true }
        return (answered[handle] ?? 0) > last
    }

    private static func lockAnswer(_ asked: [UInt8]) -> [UInt8]? {
        switch asked[0] {
        case 0x02: [0x03, 0x64, 0]
        case 0x08 where asked.suffix(2) == [0x03, 0x28] && asked[1] <= 2: [0x09, 7, 2, 0, 0x1A, 3, 0, 0xF1, 0xFF]
        case 0x10 where asked[1] == 1: [0x11, 6, 1, 0, 9, 0, 0xF0, 0xFF]
        case 0x04: [0x05, 1, 4, 0, 0x02, 0x29]
        case 0x08, 0x10: [0x01, asked[0], asked[1], asked[2], 0x0A]
        case 0x12: [0x13]
        case 0x0A: [0x0B, 7]
        default: nil
        }
    }
}
