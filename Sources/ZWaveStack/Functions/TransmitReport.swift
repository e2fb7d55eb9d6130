import WireBytes

/// How a transmission ended (INS13954, "Transmit status").
package enum TransmitStatus: Equatable, Sendable {
    case ok
    /// The node did not acknowledge.
    case noAcknowledgement
    /// The frame did not get out: on 700 and 800 series controllers a channel that is never free.
    case failed
    case notIdle
    case noRoute
    case other(UInt8)

    package init(_ byte: UInt8) {
        self =
            switch byte {
            case 0: .ok
            case 1: .noAcknowledgement
            case 2: .failed
            case 3: .notIdle
            case 4: .noRoute
            default: .other(byte)
            }
    }
}

/// Signal strength of a received frame.
package enum SignalStrength: Equatable, Sendable {
    case decibels(Int8)
    case belowSensitivity
    case saturated
    case notAvailable

    package init(_ byte: UInt8) {
        self =
            switch byte {
            case 0x7F: .notAvailable
            case 0x7E: .saturated
            case 0x7D: .belowSensitivity
            default: .decibels(Int8(bitPattern: byte))
            }
    }
}

/// What a controller tells of a transmission that was asked for (0x13 and 0xA9, the callback).
package struct TransmitReport: Equatable, Sendable {
    /// How it went on the air, where the controller says so.
    package struct Route: Equatable, Sendable {
        package let milliseconds: Int
        package let repeaters: [NodeID]
        package let acknowledgement: SignalStrength
        package let attempts: Int
    }

    package let callback: UInt8
    package let status: TransmitStatus
    package let route: Route?

    /// - Throws: ``ByteFault/truncated(offset:)`` where not even a status is there; a report that stops early is left out.
    package init(_ payload: [UInt8]) throws(ByteFault) {
        var reader = ByteReader(payload)
        callback = try reader.byte()
        status = TransmitStatus(try reader.byte())
        route = try? Self.route(&reader)
    }

    private static func route(_ reader: inout ByteReader) throws(ByteFault) -> Route {
        let ticks = Int(try reader.bigEndian16())
        let count = Int(try reader.byte())
        let acknowledgement = SignalStrength(try reader.byte())
        // Four strengths of repeaters, two channels, the scheme.
        _ = try reader.take(7)
        let repeaters = try reader.take(4)
        _ = try reader.byte()
        let attempts = Int(try reader.byte())
        return Route(
            milliseconds: ticks * 10, repeaters: repeaters.prefix(min(count, 4)).map { NodeID(rawValue: UInt16($0)) },
            acknowledgement: acknowledgement, attempts: attempts)
    }
}

/// How a frame is to be transmitted (INS13954, "Transmit options").
package struct TransmitOptions: OptionSet, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let acknowledge = Self(rawValue: 0x01)
    package static let autoRoute = Self(rawValue: 0x04)
    package static let explore = Self(rawValue: 0x20)
    /// What a command is sent with.
    package static let ordinary: Self = [.acknowledge, .autoRoute, .explore]
    /// What is only good for a moment is sent without searching for a way.
    package static let brief: Self = [.acknowledge, .autoRoute]
}
