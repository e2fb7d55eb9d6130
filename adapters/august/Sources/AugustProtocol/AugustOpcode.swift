/// What a lock is told to do.
package enum AugustOpcode: UInt8, Sendable, CaseIterable {
    case status = 0x02
    case writeSetting = 0x03
    case readSetting = 0x04
    case unlock = 0x0A
    case lock = 0x0B
    case beginCode = 0x27
    case clearCode = 0x28
    case codeAccess = 0x2B
    case commitCode = 0x2C
    /// Takes the oldest record out of the lock's activity.
    case popActivity = 0x2D
    case code = 0x39
}

/// What ``AugustOpcode/status`` may ask for.
package enum AugustStatusKind: UInt8, Sendable {
    case lock = 0x02
    case battery = 0x0F
    case door = 0x2E
    /// Both; asked of no lock, because some answer it wrongly, but pushed by locks.
    case lockAndDoor = 0x2F
}

/// An order to the motor.
package enum AugustOrder: Sendable, Equatable, CaseIterable {
    case lock, unlock, unlatch
    /// Locked, and the turn inside out of use. It may lock people in; nothing asks for it but who says so.
    case secureMode

    package var opcode: AugustOpcode {
        switch self {
        case .lock, .secureMode: .lock
        case .unlock, .unlatch: .unlock
        }
    }

    package var sub: UInt8 {
        switch self {
        case .lock, .unlock: 0
        case .unlatch: 0x0A
        case .secureMode: 0x04
        }
    }

    package var frame: AugustFrame { AugustFrame(opcode, [4: [sub]]) }
}

extension AugustFrame {
    /// Asks for a state.
    package static func status(_ kind: AugustStatusKind) -> AugustFrame { AugustFrame(.status, [4: [kind.rawValue]]) }
    /// Asks for the auto-lock.
    package static let readAutoLock = AugustFrame(.readSetting, [4: [AugustAutoLock.setting]])
    /// Sets it.
    package static func write(_ autoLock: AugustAutoLock) -> AugustFrame {
        AugustFrame(.writeSetting, [4: [AugustAutoLock.setting], 8: autoLock.encoded])
    }
    /// Takes the oldest record out.
    package static let popActivity = AugustFrame(.popActivity)
}
