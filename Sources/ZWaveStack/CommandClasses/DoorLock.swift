import WireBytes

/// Door Lock, versions 1 to 4 (SDS13781, "Door Lock Command Class").
package enum DoorLock {
    /// What a bolt is told to be, and says it is.
    package enum Mode: UInt8, Sendable {
        case unsecured = 0x00
        case unsecuredWithTimeout = 0x01
        case insideUnsecured = 0x10
        case insideUnsecuredWithTimeout = 0x11
        case outsideUnsecured = 0x20
        case outsideUnsecuredWithTimeout = 0x21
        /// Neither: jammed, or on its way.
        case unknown = 0xFE
        case secured = 0xFF
    }

    package static let operationGet: [UInt8] = [0x62, 0x02]
    package static let configurationGet: [UInt8] = [0x62, 0x05]
    package static let capabilitiesGet: [UInt8] = [0x62, 0x07]
    package static func operationSet(_ mode: Mode) -> [UInt8] { [0x62, 0x01, mode.rawValue] }

    /// What a lock says of bolt, door and latch.
    package struct OperationReport: Equatable, Sendable {
        package let mode: Mode
        /// Whether the door is closed, the bolt thrown, the latch closed: as the lock says, though it need not have a contact for each; its
        /// ``Capabilities`` tell from version 4 on.
        package let isDoorClosed: Bool
        package let isBoltLocked: Bool
        package let isLatchClosed: Bool
        /// Until it locks by itself; `nil` where it does not.
        package let secondsLeft: Int?
        /// Where it is on its way to, and how long that takes, from version 3 on.
        package let target: Mode?
        package let duration: ActuatorDuration?

        /// - Throws: ``ByteFault``: truncated, or a mode that is none.
        package init(_ command: [UInt8]) throws(ByteFault) {
            var reader = ByteReader(command, from: 2)
            mode = try DoorLock.mode(&reader)
            _ = try reader.byte()
            let condition = try reader.byte()
            isDoorClosed = condition & 0x01 != 0
            isBoltLocked = condition & 0x02 == 0
            isLatchClosed = condition & 0x04 != 0
            let (minutes, seconds) = (try reader.byte(), try reader.byte())
            secondsLeft = minutes == 0xFE && seconds == 0xFE ? nil : Int(minutes) * 60 + Int(seconds)
            target = reader.remaining >= 2 ? try DoorLock.mode(&reader) : nil
            duration = reader.remaining >= 1 ? ActuatorDuration(try reader.byte()) : nil
        }
    }

    /// How a lock locks again, and what its handles do.
    package struct Configuration: Equatable, Sendable {
        /// Whether it locks by itself after ``seconds``.
        package var isTimed: Bool
        /// Which handles open: outside in the upper four bits, inside in the lower.
        package var handles: UInt8
        /// 1 to 15,239; `nil` where it does not lock by itself.
        package var seconds: Int?
        /// What version 4 added, as it came: it is given back unchanged where only the time is set.
        package var rest: [UInt8]

        /// - Throws: ``ByteFault/truncated(offset:)``.
        package init(_ command: [UInt8]) throws(ByteFault) {
            var reader = ByteReader(command, from: 2)
            isTimed = try reader.byte() == 0x02
            handles = try reader.byte()
            let (minutes, seconds) = (try reader.byte(), try reader.byte())
            self.seconds = minutes == 0xFE || seconds == 0xFE ? nil : Int(minutes) * 60 + Int(seconds)
            rest = reader.rest()
        }

        package static let longestSeconds = 253 * 60 + 59

        /// As it is set.
        /// - Throws: `invalid` for a time no lock takes.
        package func setting() throws(ByteFault) -> [UInt8] {
            guard isTimed, let seconds else { return [0x62, 0x04, 0x01, handles, 0xFE, 0xFE] + rest }
            guard (1...Self.longestSeconds).contains(seconds) else { throw .invalid(offset: 4, "\(seconds) seconds") }
            return [0x62, 0x04, 0x02, handles, UInt8(seconds / 60), UInt8(seconds % 60)] + rest
        }
    }

    /// What a lock can do, from version 4 on.
    package struct Capabilities: Equatable, Sendable {
        package let modes: [Mode]
        package let canTime: Bool
        package let hasDoorContact: Bool
        package let hasBoltContact: Bool
        package let hasLatchContact: Bool
        package let hasAutoRelock: Bool

        /// - Throws: ``ByteFault/truncated(offset:)``.
        package init(_ command: [UInt8]) throws(ByteFault) {
            var reader = ByteReader(command, from: 2)
            let operations = try reader.take(Int(try reader.byte() & 0x1F)).numbers(from: 0)
            canTime = operations.contains(2)
            modes = try reader.take(Int(try reader.byte())).compactMap(Mode.init(rawValue:))
            _ = try reader.byte()
            let components = try reader.byte()
            hasDoorContact = components & 0x01 != 0
            hasBoltContact = components & 0x02 != 0
            hasLatchContact = components & 0x04 != 0
            hasAutoRelock = try reader.byte() & 0x08 != 0
        }
    }

    private static func mode(_ reader: inout ByteReader) throws(ByteFault) -> Mode {
        let byte = try reader.byte()
        guard let mode = Mode(rawValue: byte) else { throw .invalid(offset: reader.offset - 1, "mode \(byte)") }
        return mode
    }
}

/// How long something takes, in one byte (SDS13781, "Actuator durations").
package enum ActuatorDuration: Equatable, Sendable {
    case seconds(Int)
    /// It goes on, nobody knows how long.
    case unknown

    package init(_ byte: UInt8) {
        self =
            switch byte {
            case 0...0x7F: .seconds(Int(byte))
            case 0x80...0xFD: .seconds((Int(byte) - 0x7F) * 60)
            default: .unknown
            }
    }
}
