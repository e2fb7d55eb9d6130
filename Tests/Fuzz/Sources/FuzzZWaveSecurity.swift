import LockCrypto
import WireBytes

@testable import ZWaveStack

/// A Security 0 frame of any bytes, opened with the nonce it names. Taken is one that is authentic: sealed with the key and nonces of the seeds.
@Sendable func fuzzS0(_ bytes: [UInt8]) -> Bool {
    guard let keys = try? S0Keys(networkKey: .taking(.filled(0x41))) else { return false }
    let (one, two) = (NodeID(rawValue: 1), NodeID(rawValue: 2))
    guard let opened = try? S0Frame.open(bytes, from: two, to: one, keys, nonce: { .filled($0, 8) }) else { return false }
    let again = try? S0Frame.seal(
        opened.content, asks: opened.asks, from: two, to: one, senderNonce: Array(bytes[2..<10]),
        receiverNonce: .filled(bytes[bytes.count - 9], 8),
        keys)
    precondition(again == bytes, "what was opened is what was sealed")
    return true
}

/// Two ends of Security 2 and an air that loses, doubles, keeps, plays again and changes what they transmit.
///
/// Each step is two bytes: what happens, and to which frame. Property: what an end gives out was given to the other end to send, and no more often than
/// it was sealed. Taken is a life in which a command came through.
@Sendable func fuzzS2(_ bytes: [UInt8]) -> Bool {
    guard var life = SecurityLife() else { return false }
    for place in stride(from: 0, to: bytes.count - 1, by: 2) { life.step(bytes[place], Int(bytes[place + 1])) }
    return life.hasHeard
}

private struct SecurityLife {
    private var ends: [S2Session]
    private var now: Int64 = 0
    private var number: UInt8 = 0
    /// Frames on the air, and for whom.
    private var air: [(to: Int, frame: [UInt8])] = []
    private var old: [(to: Int, frame: [UInt8])] = []
    private var underWay: [[UInt8]?] = [nil, nil]
    /// How often each command was sealed for an end, and given out by it.
    private var sealed: [[UInt8]: Int] = [:]
    private var heard: [[UInt8]: Int] = [:]
    var hasHeard: Bool { !heard.isEmpty }

    init?() {
        guard let keys = try? S2Keys(networkKey: .taking(.filled(0x41))) else { return nil }
        let (one, two, home) = (NodeID(rawValue: 1), NodeID(rawValue: 2), [UInt8]([1, 2, 3, 4]))
        // The same numbers in every run, and no two the same.
        let generators = [UInt8(1), 2].map { seed in Draws(seed: seed) }
        ends = [
            S2Session(own: one, peer: two, home: home) { generators[0].draw($0) },
            S2Session(own: two, peer: one, home: home) { generators[1].draw($0) },
        ]
        for end in ends.indices { ends[end].add(keys, as: .access) }
    }

    mutating func step(_ kind: UInt8, _ argument: Int) {
        switch kind % 9 {
        case 0, 1: send(Int(kind % 9))
        case 2, 3: if let next = air.first { deliver(next, keeping: false) }
        case 4: if !air.isEmpty { air.remove(at: argument % air.count) }
        case 5: if let next = air.first { deliver(next, keeping: true) }
        case 6: if !old.isEmpty { deliver(old[argument % old.count], keeping: true) }
        case 7:
            guard var next = air.first, !next.frame.isEmpty else { return }
            next.frame[argument % next.frame.count] ^= 1 << UInt8(argument % 8)
            deliver(next, keeping: true)
        default:
            now += Int64(argument) * 50
            for end in 0...1 { run(end, ends[end].tick(at: now)) }
        }
    }

    private mutating func send(_ end: Int) {
        ends[end].ended()
        number &+= 1
        let command: [UInt8] = [UInt8(end), number, 0x62]
        underWay[end] = command
        run(end, ends[end].send(command, under: .access, at: now) ?? [])
    }

    private mutating func deliver(_ next: (to: Int, frame: [UInt8]), keeping: Bool) {
        if !keeping { air.removeFirst() }
        if old.count < 32 { old.append(next) }
        run(next.to, ends[next.to].received(next.frame, at: now))
    }

    private mutating func run(_ end: Int, _ effects: [S2Session.Effect]) {
        for effect in effects {
            switch effect {
            case .transmit(let frame): if air.count < 32 { air.append((1 - end, frame)) }
            case .sealed: if let command = underWay[end] { sealed[command, default: 0] += 1 }
            case .command(let command, _):
                heard[command, default: 0] += 1
                precondition(heard[command, default: 0] <= sealed[command, default: 0], "given out no more often than sealed")
                precondition(command.first == UInt8(1 - end), "given out by the other end than the one that sealed it")
            case .repeated, .failed, .refused: break
            }
        }
    }
}

/// Bytes that come out the same in every run.
private final class Draws: @unchecked Sendable {
    private var generator: CounterDRBG?
    init(seed: UInt8) { generator = try? CounterDRBG(seed: .filled(seed, CounterDRBG.seedLength)) }
    func draw(_ count: Int) -> [UInt8] { (try? generator?.generate(count)) ?? .filled(0, count) }
}
