import WireBytes

/// Notification, version 3 and later, and Alarm before it (SDS13781, "Notification Command Class"): what a lock tells by itself.
package enum Notification {
    package static let accessControl: UInt8 = 0x06
    package static let powerManagement: UInt8 = 0x08

    /// Asks for the state of a kind of events; the lock need not tell the last of them.
    package static func get(_ type: UInt8) -> [UInt8] { [0x71, 0x04, 0x00, type, 0x00] }
    package static let supportedGet: [UInt8] = [0x71, 0x07]

    /// What happened at the door.
    package enum AccessEvent: UInt8, Sendable {
        case idle = 0x00
        case manualLock = 0x01
        case manualUnlock = 0x02
        case remoteLock = 0x03
        case remoteUnlock = 0x04
        case keypadLock = 0x05
        case keypadUnlock = 0x06
        case manualNotFullyLocked = 0x07
        case remoteNotFullyLocked = 0x08
        case autoLocked = 0x09
        case autoNotFullyLocked = 0x0A
        case jammed = 0x0B
        case allCodesDeleted = 0x0C
        case codeDeleted = 0x0D
        case codeAdded = 0x0E
        case codeDuplicate = 0x0F
        case keypadDisabled = 0x10
        case keypadBusy = 0x11
        case newProgramCode = 0x12
        case tooManyDigits = 0x13
        case remoteUnlockInvalidCode = 0x14
        case remoteLockInvalidCode = 0x15
        case doorOpen = 0x16
        case doorClosed = 0x17

        /// What the bolt is after it; `nil` where it says nothing of the bolt.
        package var locks: Bool? {
            switch self {
            case .manualLock, .remoteLock, .keypadLock, .autoLocked: true
            case .manualUnlock, .remoteUnlock, .keypadUnlock: false
            case .idle, .manualNotFullyLocked, .remoteNotFullyLocked, .autoNotFullyLocked, .jammed, .allCodesDeleted, .codeDeleted,
                .codeAdded, .codeDuplicate, .keypadDisabled, .keypadBusy, .newProgramCode, .tooManyDigits, .remoteUnlockInvalidCode,
                .remoteLockInvalidCode, .doorOpen, .doorClosed:
                nil
            }
        }

        /// Whether a bolt was left half-way.
        package var isJam: Bool {
            switch self {
            case .jammed, .manualNotFullyLocked, .remoteNotFullyLocked, .autoNotFullyLocked: true
            default: false
            }
        }
    }

    /// One event.
    package struct Report: Equatable, Sendable {
        package let type: UInt8
        package let event: UInt8
        /// Whether the lock tells events of this kind by itself.
        package let isOn: Bool
        package let parameters: [UInt8]
        /// Counts events, where the lock does.
        package let sequence: UInt8?

        /// - Throws: ``ByteFault/truncated(offset:)``.
        package init(_ command: [UInt8]) throws(ByteFault) {
            var reader = ByteReader(command, from: 2)
            _ = try reader.take(3)
            isOn = try reader.byte() == 0xFF
            type = try reader.byte()
            event = try reader.byte()
            guard reader.remaining > 0 else {
                parameters = []
                sequence = nil
                return
            }
            let properties = try reader.byte()
            parameters = try reader.take(Int(properties & 0x1F))
            sequence = properties & 0x80 != 0 ? try reader.byte() : nil
        }

        /// What happened at the door, where it is about that.
        package var access: AccessEvent? { type == accessControl ? AccessEvent(rawValue: event) : nil }
        /// Whose code it was, where it was a code and the lock says.
        package var user: UInt8? {
            guard access == .keypadLock || access == .keypadUnlock || access == .codeAdded || access == .codeDeleted else { return nil }
            // A whole User Code Report, or its first bytes.
            return parameters.count >= 3 && parameters[0] == 0x63 ? parameters[2] : parameters.first
        }
    }
}
