import Collections
import WireBytes

/// The line to a controller: frames go out one at a time and are repeated until they are taken; what comes is acknowledged and told once
/// (INS12350, 6 "Communication flow").
///
/// Inputs: bytes as they came, frames to send, the time. Effects: bytes to write, frames that came, what became of those sent.
/// **Bounds**: ``maximumWaiting`` frames wait; one more is refused by ``send(_:_:at:)``.
/// **The property that must never break**: a frame is told as delivered only after the controller acknowledged it, and a frame that came twice
/// because our acknowledgement was lost is told once.
package struct SerialLine: Sendable {
    package enum Effect: Equatable, Sendable {
        case write([UInt8])
        case received(SerialFrame)
        /// The controller has taken it.
        case delivered(Int)
        /// It was not taken in four tries: the line has to be opened anew, the controller reset.
        case undeliverable(Int)
    }

    /// How long is waited for what.
    package struct Timings: Sendable {
        package var acknowledgementMilliseconds: Int64 = 1_600
        /// Before the n-th repetition, counted from 0: this and n times ``repeatStepMilliseconds``.
        package var repeatMilliseconds: Int64 = 100
        package var repeatStepMilliseconds: Int64 = 1_000
        package init() {}
    }

    private enum Phase {
        case awaitingAcknowledgement(until: Int64)
        case resting(until: Int64)
    }

    private struct Outgoing {
        let number: Int
        let function: SerialFunction
        let bytes: [UInt8]
        var repeats = 0
        var phase: Phase
    }

    package static let maximumWaiting = 32
    private static let maximumRepeats = 3
    /// A frame equal to the one before is its repetition when it comes within this time: no sooner than a controller waits for an acknowledgement,
    /// and no later than its last try.
    private static let repetition: ClosedRange<Int64> = 1_500...6_000

    private let timings: Timings
    private var parser = SerialStreamParser()
    private var waiting: Deque<(number: Int, function: SerialFunction, bytes: [UInt8])> = []
    private var outgoing: Outgoing?
    private var last: (frame: SerialFrame, at: Int64)?
    private var effects: [Effect] = []
    /// Damaged frames, and frames that came again.
    package private(set) var damaged = 0
    package private(set) var repeated = 0
    /// Bytes between frames that were nothing.
    package var noise: Int { parser.noise }

    package init(timings: Timings = Timings()) { self.timings = timings }

    /// When ``tick(at:)`` is due; `nil` while nothing is waited for.
    package var nextDeadline: Int64? {
        let own: Int64? =
            switch outgoing?.phase {
            case .awaitingAcknowledgement(let until), .resting(let until): until
            case nil: nil
            }
        return [own, parser.nextDeadline].compactMap { $0 }.min()
    }

    /// The line was opened: what was half said is void, on both sides.
    package mutating func opened() -> [Effect] {
        self = SerialLine(timings: timings)
        return [.write([SerialSymbol.refuse])]
    }

    /// Sends a frame once those before it are through.
    /// - Returns: `nil` where too many wait, or the frame is longer than one may be: nothing was taken.
    package mutating func send(_ frame: SerialFrame, _ number: Int, at now: Int64) -> [Effect]? {
        guard waiting.count < Self.maximumWaiting, let bytes = try? frame.bytes() else { return nil }
        waiting.append((number, frame.function, bytes))
        proceed(at: now)
        return takeEffects()
    }

    /// Takes bytes as they came.
    package mutating func received(_ bytes: some Sequence<UInt8>, at now: Int64) -> [Effect] {
        parser.expire(at: now)
        for byte in bytes {
            guard let unit = parser.take(byte, at: now) else { continue }
            switch unit {
            case .acknowledged: acknowledged(at: now)
            case .refused, .cancelled: notTaken(at: now)
            case .damaged:
                damaged += 1
                effects.append(.write([SerialSymbol.refuse]))
            case .frame(let frame): took(frame, at: now)
            }
        }
        return takeEffects()
    }

    /// The time of ``nextDeadline`` has come.
    package mutating func tick(at now: Int64) -> [Effect] {
        parser.expire(at: now)
        switch outgoing?.phase {
        case .awaitingAcknowledgement(let until) where now >= until: notTaken(at: now)
        case .resting(let until) where now >= until:
            outgoing?.phase = .awaitingAcknowledgement(until: now + timings.acknowledgementMilliseconds)
            effects.append(.write(outgoing?.bytes ?? []))
        case .awaitingAcknowledgement, .resting, nil: break
        }
        return takeEffects()
    }

    // MARK: - What comes

    private mutating func took(_ frame: SerialFrame, at now: Int64) {
        effects.append(.write([SerialSymbol.acknowledge]))
        defer { last = (frame, now) }
        if let last, last.frame == frame, Self.repetition.contains(now - last.at) {
            repeated += 1
            return
        }
        // Its answer shows that it was taken, though the acknowledgement was lost: to repeat it would be to do it twice.
        if frame.kind == .response, outgoing?.function == frame.function { acknowledged(at: now) }
        effects.append(.received(frame))
    }

    // MARK: - What goes

    private mutating func proceed(at now: Int64) {
        guard outgoing == nil, let next = waiting.popFirst() else { return }
        outgoing = Outgoing(
            number: next.number, function: next.function, bytes: next.bytes,
            phase: .awaitingAcknowledgement(until: now + timings.acknowledgementMilliseconds))
        effects.append(.write(next.bytes))
    }

    private mutating func acknowledged(at now: Int64) {
        guard let sent = outgoing, case .awaitingAcknowledgement = sent.phase else { return }
        outgoing = nil
        effects.append(.delivered(sent.number))
        proceed(at: now)
    }

    private mutating func notTaken(at now: Int64) {
        guard var sent = outgoing, case .awaitingAcknowledgement = sent.phase else { return }
        guard sent.repeats < Self.maximumRepeats else {
            outgoing = nil
            effects.append(.undeliverable(sent.number))
            return proceed(at: now)
        }
        sent.phase = .resting(until: now + timings.repeatMilliseconds + Int64(sent.repeats) * timings.repeatStepMilliseconds)
        sent.repeats += 1
        outgoing = sent
    }

    private mutating func takeEffects() -> [Effect] {
        defer { effects = [] }
        return effects
    }
}
