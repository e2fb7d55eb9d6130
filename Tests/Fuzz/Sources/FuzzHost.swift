import LockCrypto
import WireBytes

@testable import BLEStack

/// A host's life: what its controller, its peers, its user and its clock do, in any order.
///
/// Each step is a kind and a length in one byte each, then so many bytes. Properties: no request is answered twice, all are answered once the
/// controller is gone, and time that passes comes to an end.
@Sendable func fuzzHost(_ bytes: [UInt8]) -> Bool {
    var life = HostLife()
    var reader = ByteReader(bytes)
    while let kind = try? reader.byte(), let length = try? reader.byte(), let rest = try? reader.take(Int(length)) {
        life.step(kind, rest)
    }
    return life.end()
}

private struct HostLife {
    private static let peers = (0..<3).map { BluetoothAddress(bits: 0xC000_0000_0000 + UInt64($0), kind: .random) }

    private var machine = HostMachine(ownAddress: BluetoothAddress(bits: 0xC0FF_EE00_0001, kind: .random))
    private var now: Int64 = 0
    private var asked: HostRequestID = 0
    private var answered: Set<HostRequestID> = []
    private var wasUp = false
    /// Commands are answered as a good controller would.
    private var isHelpful = true

    init() {
        give(.peers(Self.peers.map { PeerRecord(address: $0) }))
        give(.transportOpened)
    }

    mutating func step(_ kind: UInt8, _ rest: [UInt8]) {
        let peer = Self.peers[Int(rest.first ?? 0) % Self.peers.count]
        let link = Int(rest.first ?? 0) & 7
        let target = GATTTarget(BluetoothUUID(0xFFF1))
        switch kind % 12 {
        case 0, 1: give(.received(HCIPacket(.event, [rest.first ?? 0, UInt8(max(rest.count, 1) - 1)] + rest.dropFirst())))
        case 2, 3: give(.received(HCIPacket(.acl, rest)))
        case 4: pass(Int64(rest.first ?? 0) * 100)
        case 5: ask { .connect($0, ConnectWish(peer: peer, timeoutMilliseconds: 5_000, security: .none)) }
        case 6: ask { .operate($0, link: link, .write(target, rest, withResponse: rest.count.isMultiple(of: 2))) }
        case 7: ask { .operate($0, link: link, rest.count > 1 ? .read(target) : .discover) }
        case 8: ask { .disconnect($0, link: link) }
        case 9: ask { .drop($0, peer: peer) }
        case 10: give(.cancel(HostRequestID(rest.first ?? 0)))
        default: isHelpful.toggle()
        }
    }

    mutating func end() -> Bool {
        give(.transportClosed("over", couldOpen: true))
        precondition(answered.count == Int(asked), "everything is answered in the end")
        precondition(machine.nextDeadline == nil, "nothing is waited for without a controller")
        return wasUp && asked > 0
    }

    private mutating func ask(_ input: (HostRequestID) -> HostInput) {
        asked += 1
        give(input(asked))
    }

    private mutating func pass(_ milliseconds: Int64) {
        let end = now + milliseconds
        var turns = 0
        while let next = machine.nextDeadline, next <= end {
            now = max(now, next)
            give(.tick)
            turns += 1
            precondition(turns < 10_000, "a deadline that has passed stays")
        }
        now = end
    }

    private mutating func give(_ input: HostInput) {
        var replies: [[UInt8]] = []
        for effect in machine.handle(input, at: now) {
            switch effect {
            case .answer(let id, _): precondition(answered.insert(id).inserted && id <= asked, "answered twice")
            case .send(let packet) where packet.kind == .command && isHelpful: replies.append(reply(to: packet.payload))
            case .status(let status): wasUp = wasUp || status.state == .up
            case .reopen:
                // Opened anew at the next step.
                isHelpful = true
            default: break
            }
        }
        for reply in replies { give(.received(HCIPacket(.event, reply))) }
    }

    private func reply(to command: [UInt8]) -> [UInt8] {
        let opcode = UInt16(command[0]) | UInt16(command[1]) << 8
        if [0x0406, 0x200D, 0x2043, 0x2019, 0x2013].contains(opcode) { return [0x0F, 4, 0, 1] + command[0...1] }
        var returned: [UInt8] = [0]
        switch opcode {
        case 0x2003: returned += [UInt8](repeating: 0, count: 8)
        case 0x2002: returned += [27, 0, 4]
        default: break
        }
        return [0x0E, UInt8(3 + returned.count), 1] + command[0...1] + returned
    }
}
