/// What a controller's bytes say, one at a time.
package enum SerialUnit: Equatable, Sendable {
    case acknowledged
    /// NAK: our frame came damaged.
    case refused
    /// CAN: our frame was dropped, because both sides spoke at once.
    case cancelled
    case frame(SerialFrame)
    /// A whole frame whose checksum, length or type is wrong; it is refused with NAK.
    case damaged
}

/// Cuts a controller's bytes into frames and the single bytes between them, however they were split on the way (INS12350, 6.4).
///
/// Bounded: holds one frame at most. A frame that stops half-way is given up in silence by ``expire(at:)``, since whoever sent it sends it again.
package struct SerialStreamParser: Sendable {
    /// A frame has to be whole so long after its first byte.
    package static let frameMilliseconds: Int64 = 1_500

    private enum Phase {
        case between
        case length
        /// How many bytes are still to come, the checksum among them.
        case body(left: Int)
    }

    private var phase = Phase.between
    private var body: [UInt8] = []
    private var deadline: Int64 = 0
    /// Bytes that were nothing.
    package private(set) var noise = 0

    package init() {}

    /// When a frame that is half here is given up; `nil` between frames.
    package var nextDeadline: Int64? { if case .between = phase { nil } else { deadline } }

    /// Takes one byte.
    package mutating func take(_ byte: UInt8, at now: Int64) -> SerialUnit? {
        switch phase {
        case .between: return takeSymbol(byte, at: now)
        case .length:
            body = [byte]
            guard byte >= 3 else { return end(.damaged) }
            phase = .body(left: Int(byte))
            return nil
        case .body(let left):
            guard left == 1 else {
                body.append(byte)
                phase = .body(left: left - 1)
                return nil
            }
            guard SerialFrame.checksum(body) == byte, let kind = SerialFrame.Kind(rawValue: body[1]) else { return end(.damaged) }
            return end(.frame(SerialFrame(kind, SerialFunction(rawValue: body[2]), Array(body[3...]))))
        }
    }

    /// Gives up a frame whose time is over.
    package mutating func expire(at now: Int64) {
        guard let deadline = nextDeadline, now >= deadline else { return }
        noise += body.count + 1
        _ = end(.damaged)
    }

    private mutating func takeSymbol(_ byte: UInt8, at now: Int64) -> SerialUnit? {
        switch byte {
        case SerialSymbol.startOfFrame:
            phase = .length
            deadline = now + Self.frameMilliseconds
            return nil
        case SerialSymbol.acknowledge: return .acknowledged
        case SerialSymbol.refuse: return .refused
        case SerialSymbol.cancel: return .cancelled
        default:
            noise += 1
            return nil
        }
    }

    private mutating func end(_ unit: SerialUnit) -> SerialUnit {
        phase = .between
        body = []
        return unit
    }
}
