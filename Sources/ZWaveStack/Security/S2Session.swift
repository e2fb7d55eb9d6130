import LockCrypto
import WireBytes

/// Security 2 with one node: commands sealed and opened, and the sequence of nonces kept in step (SDS13783, "SPAN management").
///
/// There is one sequence for a node, under one of its keys at a time: whoever speaks under another key begins a new one.
/// **Inputs**: commands to send, frames that came, the time. **Effects**: ``Effect``. **Bounds**: one command is under way, one more is refused; five
/// nonces are looked ahead; a node is told our entropy five times a second at most.
/// **The property that must never break**: no nonce seals two messages, and a command is given out once, from an authentic frame that was not given
/// out before. A command that is sent again because the node lost step may have been obeyed all the same, where an old question for a nonce was played to
/// it: so commands go under Supervision, whose number stays the same and which a node obeys once.
package struct S2Session: Sendable {
    package enum Effect: Equatable, Sendable {
        /// Transmit this to the node.
        case transmit([UInt8])
        /// The node said this, under this key.
        case command([UInt8], S2KeyClass)
        /// The command under way was handed out, sealed; whether it arrived, the transmission says.
        case sealed
        /// The node has lost step and gets the command under way again.
        case repeated
        /// The command under way came to nothing: the node gave no nonce in time, or lost step twice.
        case failed
        /// A frame was not obeyed.
        case refused(Refusal)
    }

    package enum Refusal: Equatable, Sendable {
        case malformed(ByteFault)
        /// The same number as the one before: it came twice.
        case duplicate
        case notAuthentic
        /// Authentic, with something critical that we don't know.
        case notUnderstood
    }

    /// What is known of the nonces.
    enum Step: Sendable {
        case none
        /// We told the node our entropy; what it sends next begins the sequence.
        case oursTold([UInt8])
        /// The node told its own; what we send next begins the sequence.
        case theirsKnown([UInt8])
        case together(S2KeyClass, S2NonceSequence)
    }

    struct Outgoing: Sendable {
        let command: [UInt8]
        let key: S2KeyClass
        /// While a nonce is waited for.
        var deadline: Int64?
        var repeats = 0
    }

    package static let nonceMilliseconds: Int64 = 5_000
    private static let lookAhead = 5
    private static let bothAtOnceMilliseconds: Int64 = 500
    private static let reportsASecond = 5

    /// The strongest first, which is how a node's first message is tried.
    private var keys: [(kind: S2KeyClass, keys: S2Keys)] = []
    private let outgoingRoute: S2Route
    private let incomingRoute: S2Route
    private let random: @Sendable (Int) -> [UInt8]
    private var step = Step.none
    private var outgoing: Outgoing?
    private var sequence: UInt8
    private var lastReceived: UInt8?
    /// The sequence before our last message, for a message of the node's that crossed it.
    private var crossed: (key: S2KeyClass, sequence: S2NonceSequence, until: Int64)?
    private var reports: [Int64] = []

    /// - Parameter random: gives so many random bytes.
    package init(own: NodeID, peer: NodeID, home: [UInt8], random: @escaping @Sendable (Int) -> [UInt8] = randomBytes) {
        self.random = random
        outgoingRoute = S2Route(from: own, to: peer, home: home)
        incomingRoute = S2Route(from: peer, to: own, home: home)
        sequence = random(1).first ?? 0
    }

    /// Gives it a key that the node has, or is about to have.
    package mutating func add(_ keys: S2Keys, as kind: S2KeyClass) {
        self.keys.removeAll { $0.kind == kind }
        self.keys.append((kind, keys))
        self.keys.sort { $0.kind > $1.kind }
    }

    /// Takes a key away; a sequence under it is void.
    package mutating func remove(_ kind: S2KeyClass) {
        keys.removeAll { $0.kind == kind }
        if case .together(kind, _) = step { step = .none }
    }

    /// Whether a command is under way.
    package var isBusy: Bool { outgoing != nil }
    /// Whether both sides are in step as far as is known, so that a command takes one frame.
    package func isInStep(under kind: S2KeyClass) -> Bool { if case .together(kind, _) = step { true } else { false } }
    package var nextDeadline: Int64? { outgoing?.deadline }

    // MARK: - Sending

    /// Sends a command.
    /// - Returns: `nil` while another is under way, and for a key that is not there: nothing was taken.
    package mutating func send(_ command: [UInt8], under kind: S2KeyClass, at now: Int64) -> [Effect]? {
        guard outgoing == nil, known(kind) != nil else { return nil }
        outgoing = Outgoing(command: command, key: kind)
        return pursue(at: now)
    }

    /// The command under way has ended: the node acknowledged it, or its transmission failed.
    package mutating func ended() { outgoing = nil }

    package mutating func tick(at now: Int64) -> [Effect] {
        guard let deadline = outgoing?.deadline, now >= deadline else { return [] }
        outgoing = nil
        return [.failed]
    }

    private mutating func pursue(at now: Int64) -> [Effect] {
        guard let outgoing, let keys = known(outgoing.key) else { return [] }
        do {
            switch step {
            case .none, .oursTold:
                self.outgoing?.deadline = now + Self.nonceMilliseconds
                return [.transmit([0x9F, 0x01, nextNumber()])]
            case .theirsKnown(let theirs):
                let ours = random(S2NonceSequence.entropyLength)
                var nonces = try S2NonceSequence(keys, sender: ours, receiver: theirs)
                return try seal(outgoing, entropy: ours, &nonces, keys, at: now)
            case .together(outgoing.key, var nonces):
                crossed = (outgoing.key, nonces, now + Self.bothAtOnceMilliseconds)
                return try seal(outgoing, entropy: nil, &nonces, keys, at: now)
            case .together:
                // Under another key: a new beginning.
                step = .none
                return pursue(at: now)
            }
        } catch {
            self.outgoing = nil
            step = .none
            return [.failed]
        }
    }

    private mutating func seal(
        _ sending: Outgoing, entropy: [UInt8]?, _ nonces: inout S2NonceSequence, _ keys: S2Keys, at now: Int64
    ) throws(CryptoFailure) -> [Effect] {
        let nonce = try nonces.next()
        // Drawn before anything is sent: a nonce is spent even where the sending fails.
        step = .together(sending.key, nonces)
        outgoing?.deadline = nil
        let message = try S2Message.seal(sending.command, sequence: nextNumber(), entropy: entropy, nonce: nonce, keys, outgoingRoute)
        return [.transmit(message), .sealed]
    }

    private func known(_ kind: S2KeyClass) -> S2Keys? { keys.first { $0.kind == kind }?.keys }

    private mutating func nextNumber() -> UInt8 {
        sequence &+= 1
        return sequence
    }

    // MARK: - Receiving

    /// Takes a frame of command class 9F that is not about keys.
    package mutating func received(_ frame: [UInt8], at now: Int64) -> [Effect] {
        do throws(ByteFault) {
            guard frame.count >= 3 else { throw .truncated(offset: frame.count) }
            switch frame[1] {
            case 0x01: return try asked(frame, at: now)
            case 0x02: return try told(frame, at: now)
            case 0x03: return open(try S2Message(frame), at: now)
            default: throw .invalid(offset: 1, "command \(frame[1])")
            }
        } catch {
            return [.refused(.malformed(error))]
        }
    }

    private mutating func asked(_ frame: [UInt8], at now: Int64) throws(ByteFault) -> [Effect] {
        guard isNew(frame[2]) else { return [.refused(.duplicate)] }
        return report(at: now)
    }

    /// Tells our entropy anew, which voids what was in step.
    private mutating func report(at now: Int64) -> [Effect] {
        reports = reports.filter { now - $0 < 1_000 }
        guard reports.count < Self.reportsASecond else { return [] }
        reports.append(now)
        let ours = random(S2NonceSequence.entropyLength)
        step = .oursTold(ours)
        return [.transmit([0x9F, 0x02, nextNumber(), 0x01] + ours)]
    }

    /// The node told its entropy: because we asked, or because it lost step.
    private mutating func told(_ frame: [UInt8], at now: Int64) throws(ByteFault) -> [Effect] {
        guard frame.count >= 4 else { throw .truncated(offset: frame.count) }
        // Without the first flag it is about multicasts, which we do not send.
        guard frame[3] & 0x01 != 0 else { return [] }
        guard frame.count == 4 + S2NonceSequence.entropyLength else { throw .truncated(offset: frame.count) }
        guard isNew(frame[2]) else { return [.refused(.duplicate)] }
        step = .theirsKnown(Array(frame[4...]))
        crossed = nil
        guard var command = outgoing else { return [] }
        guard command.deadline == nil else { return pursue(at: now) }
        // It could not open what we sent, so it did not do it: once more, from the new beginning.
        guard command.repeats == 0 else {
            outgoing = nil
            return [.failed]
        }
        command.repeats += 1
        outgoing = command
        return pursue(at: now) + [.repeated]
    }

    private mutating func open(_ message: S2Message, at now: Int64) -> [Effect] {
        guard message.sequence != lastReceived else { return [.refused(.duplicate)] }
        guard let (content, kind, next, hasCrossed) = candidates(message, at: now) else {
            return [.refused(.notAuthentic)] + report(at: now)
        }
        lastReceived = message.sequence
        step = .together(kind, next)
        // One message crosses ours; the same again, played later, is none.
        if hasCrossed { crossed = nil }
        guard content.isUnderstood else { return [.refused(.notUnderstood)] }
        return content.command.isEmpty ? [] : [.command(content.command, kind)]
    }

    /// What is inside, under which key, and the sequence as it goes on; `nil` where no nonce fits.
    private func candidates(_ message: S2Message, at now: Int64) -> (S2Content, S2KeyClass, S2NonceSequence, hasCrossed: Bool)? {
        if let theirs = message.entropy {
            guard case .oursTold(let ours) = step else { return nil }
            for (kind, keys) in keys {
                guard var nonces = try? S2NonceSequence(keys, sender: theirs, receiver: ours) else { continue }
                if let content = attempt(message, &nonces, keys) { return (content, kind, nonces, false) }
            }
            return nil
        }
        guard case .together(let kind, var nonces) = step, let keys = known(kind) else { return nil }
        let current = nonces
        for _ in 0..<Self.lookAhead { if let content = attempt(message, &nonces, keys) { return (content, kind, nonces, false) } }
        // Both sent at once: the node drew the nonce we drew, and both go on from the same place.
        if let crossed, crossed.key == kind, now < crossed.until {
            var earlier = crossed.sequence
            if let content = attempt(message, &earlier, keys) { return (content, kind, current, true) }
        }
        return nil
    }

    private func attempt(_ message: S2Message, _ nonces: inout S2NonceSequence, _ keys: S2Keys) -> S2Content? {
        guard let nonce = try? nonces.next() else { return nil }
        return try? message.open(nonce: nonce, keys, incomingRoute)
    }

    private mutating func isNew(_ number: UInt8) -> Bool {
        defer { lastReceived = number }
        return number != lastReceived
    }
}
