import BLEStack
import Testing
import WireBytes

/// A host on a scripted controller with one lock in reach, which pairs as ``ScriptedLock`` does.
struct HostPairingScene {
    static let handle: UInt16 = 0x0040

    var host = HostMachine(ownAddress: ScriptedLock.own)
    var lock: ScriptedLock
    /// What the controller says of encryption; nothing where nil.
    var encryption: UInt8? = 0
    /// Whether buffers are given back at once.
    var givesBack = true
    /// What a human answers.
    var human: PairingAnswer?
    /// The address the lock has on the air.
    var address = ScriptedLock.address
    /// Whether a link ends when the host ends it.
    var endsLinks = true
    /// Whether the lock answers on channel 6.
    var isAnswering = true
    var now: Int64 = 1_000

    private(set) var answers: [HostRequestID: Result<HostAnswer, HostFailure>] = [:]
    private(set) var kept: [PeerRecord] = []
    private(set) var questions: [PairingMachine.Question] = []
    private(set) var withdrawn = 0
    private(set) var notices: [String] = []
    /// What the controller was given on the link, in order: `command 0x2019`, `channel 6: 05`.
    private(set) var given: [String] = []
    private(set) var encryptedWith: [UInt8] = []
    private var reassembly: [UInt8] = []
    private var waiting: [HCIPacket] = []
    /// Buffers taken and not given back.
    private(set) var taken = 0

    init(_ lock: ScriptedLock = ScriptedLock()) throws {
        self.lock = lock
        self.lock.features.ioCapability = .noInputNoOutput
        try input(.transportOpened)
    }

    /// Links to the lock.
    mutating func connect(_ id: HostRequestID = 1, security: LinkSecurity = .none) throws {
        try input(.connect(id, ConnectWish(peer: ScriptedLock.address, timeoutMilliseconds: 10_000, security: security)))
    }

    mutating func pair(_ id: HostRequestID = 2, by model: AssociationModel = .justWorks) throws {
        try input(.pair(id, link: 1, PairingWish(model: model)))
    }

    /// Gives the host something and carries out what it wants, until nothing more happens.
    mutating func input(_ input: HostInput) throws {
        try carryOut(host.handle(input, at: now))
        while !waiting.isEmpty { try carryOut(host.handle(.received(waiting.removeFirst()), at: now)) }
    }

    /// An event of the controller's, its code first.
    mutating func event(_ code: UInt8, _ parameters: [UInt8]) {
        waiting.append(HCIPacket(.event, [code, UInt8(parameters.count)] + parameters))
    }

    /// A payload of the lock's.
    mutating func say(_ payload: [UInt8], channel: UInt8) {
        let frame = [UInt8(payload.count), 0, channel, 0] + payload
        waiting.append(HCIPacket(.acl, [UInt8(Self.handle & 0xFF), 0x20, UInt8(frame.count), 0] + frame))
    }

    /// The lock advertises.
    mutating func advertise() { event(0x3E, [0x02, 1, 0, 1] + address.wireBytes + [0, 0xC4]) }

    /// All buffers are free again.
    mutating func giveBack() {
        if taken > 0 { event(0x13, [1, UInt8(Self.handle & 0xFF), 0, UInt8(taken), 0]) }
        taken = 0
    }

    private mutating func carryOut(_ effects: [HostEffect]) throws {
        for effect in effects {
            switch effect {
            case .send(let packet): try take(packet)
            case .answer(let id, let result): answers[id] = result
            case .keep(let record): kept.append(record)
            case .ask(_, let question):
                questions.append(question)
                if let human { try carryOut(host.handle(.answered(link: 1, human), at: now)) }
            case .withdrawQuestion: withdrawn += 1
            case .notice(let text): notices.append(text)
            case .reopen, .advertisement, .notified, .disconnected, .status: break
            }
        }
    }

    private mutating func take(_ packet: HCIPacket) throws {
        switch packet.kind {
        case .command: command(UInt16(packet.payload[0]) | UInt16(packet.payload[1]) << 8, Array(packet.payload[3...]))
        case .acl:
            taken += 1
            reassembly += packet.payload[4...]
            if reassembly.count >= 4, reassembly.count == 4 + Int(reassembly[0]) {
                let frame = reassembly
                reassembly = []
                try received(Array(frame[4...]), channel: frame[2])
            }
            if givesBack { giveBack() }
        case .event, .synchronous, .isochronous: break
        }
    }

    private mutating func command(_ opcode: UInt16, _ parameters: [UInt8]) {
        let handle = [UInt8(Self.handle & 0xFF), UInt8(Self.handle >> 8)]
        let code = [UInt8(opcode & 0xFF), UInt8(opcode >> 8)]
        switch opcode {
        case 0x1002: event(0x0E, [1] + code + [0] + [UInt8](repeating: 0, count: 64))
        case 0x1001, 0x2003: event(0x0E, [1] + code + [0] + [UInt8](repeating: 0, count: 8))
        case 0x2002: event(0x0E, [1] + code + [0, 27, 0, 8])
        case 0x1009: event(0x0E, [1] + code + [0] + [UInt8](repeating: 0, count: 6))
        case 0x200D:
            event(0x0F, [0, 1] + code)
            let wanted = Array(parameters[6..<12])
            given.append("connect \(Hex.encode(wanted.reversed()))")
            if wanted == address.wireBytes { event(0x3E, [0x01, 0] + handle + [0, 1] + wanted + [24, 0, 0, 0, 100, 0, 0]) }
        case 0x200E:
            event(0x0E, [1] + code + [0])
            event(0x3E, [0x01, 0x02, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
        case 0x2019:
            given.append("encrypt")
            encryptedWith = Array(parameters[12...])
            event(0x0F, [0, 1] + code)
            guard let encryption else { return }
            event(0x08, [encryption] + handle + [encryption == 0 ? 1 : 0])
            if encryption == 0, isAnswering { for payload in lock.distributed() { say(payload, channel: 6) } }
        case 0x0406:
            given.append("disconnect")
            event(0x0F, [0, 1] + code)
            if endsLinks { event(0x05, [0] + handle + [0x16]) }
        default: event(0x0E, [1] + code + [0])
        }
    }

    private mutating func received(_ payload: [UInt8], channel: UInt8) throws {
        given.append("channel \(channel): \(Hex.encode(payload.prefix(channel == 6 && payload[0] == 5 ? 2 : 1)))")
        if channel == 4, payload[0] == 0x02 { say([0x03, 23, 0], channel: 4) }
        if channel == 6, isAnswering { for answer in try lock.answer(payload) { say(answer, channel: 6) } }
    }
}
