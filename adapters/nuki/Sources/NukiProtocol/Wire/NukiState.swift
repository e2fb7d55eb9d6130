import LockModel
import WireBytes

/// What a lock says of itself: keyturner states, 000C. Older firmware stops earlier; what it leaves out is unknown (V2.1, "Keyturner States").
package struct NukiState: Sendable, Equatable {
    /// Bolt by the lock's own word (V2.1, "Lock state").
    package enum LockState: UInt8, Sendable {
        case uncalibrated = 0x00
        case locked = 0x01
        case unlocking = 0x02
        case unlocked = 0x03
        case locking = 0x04
        case unlatched = 0x05
        case unlockedLockAndGo = 0x06
        case unlatching = 0x07
        case calibration = 0xFC
        case bootRun = 0xFD
        case motorBlocked = 0xFE
        case undefined = 0xFF
    }

    /// Who had it move.
    package enum Trigger: UInt8, Sendable {
        case system = 0x00
        case manual = 0x01
        case button = 0x02
        case automatic = 0x03
        case autoLock = 0x06
        case homeKit = 0xAB
        case mqtt = 0xAC
    }

    package var nukiState: UInt8
    package var lockState: LockState
    package var trigger: Trigger?
    package var battery: UInt8
    /// Changes with every change of the lock's configuration.
    package var configurationCount: UInt8?
    package var lastAction: UInt8?
    package var lastTrigger: UInt8?
    package var lastCompletion: UInt8?
    package var doorState: UInt8?
    /// Bit 0 says that bit 1 tells of the keypad's battery.
    private var accessories: UInt8

    /// Reads the payload of 000C.
    package init(_ payload: [UInt8]) throws(ByteFault) {
        var reader = ByteReader(payload)
        nukiState = try reader.byte()
        lockState = LockState(rawValue: try reader.byte()) ?? .undefined
        trigger = Trigger(rawValue: try reader.byte())
        _ = try reader.take(9)  // its clock and time zone
        battery = try reader.byte()
        configurationCount = try? reader.byte()
        _ = try? reader.byte()  // lock'n'go's timer
        lastAction = try? reader.byte()
        lastTrigger = try? reader.byte()
        lastCompletion = try? reader.byte()
        doorState = try? reader.byte()
        _ = try? reader.byte()  // night mode
        accessories = (try? reader.byte()) ?? 0
    }

    /// The bolt in the gateway's words.
    package var bolt: BoltState {
        switch lockState {
        case .locked: .locked
        case .unlocked, .unlockedLockAndGo: .unlocked
        case .unlatched: .unlatched
        case .unlocking, .locking, .unlatching, .calibration, .bootRun: .moving
        case .motorBlocked: .notFullyLocked
        case .uncalibrated, .undefined: .unknown
        }
    }

    /// Whether the motor runs.
    package var isMoving: Bool { bolt == .moving }
    package var isJammed: Bool { lockState == .motorBlocked }

    /// The contact in the gateway's words: absent where there is none, or it was turned off.
    package var door: DoorState {
        switch doorState {
        case nil, 0, 1: .absent
        case 2: .closed
        case 3: .open
        case 0xF0: .forced
        default: .unknown
        }
    }

    /// Bit 0 critical, bit 1 charging, bits 2 to 7 half the percentage; a lock that says no percentage says zero.
    package var batteryLevel: Battery {
        let percent = Int(battery >> 2) * 2
        let isCritical = battery & 1 != 0
        return Battery(
            percent: percent == 0 ? nil : percent, level: isCritical ? .critical : percent > 0 && percent < 20 ? .low : .ok,
            keypadLevel: accessories & 1 == 0 ? nil : accessories & 2 == 0 ? .ok : .critical)
    }

    /// Who had it move, in the gateway's words.
    package var source: ChangeSource { trigger?.source ?? .unspecified }
}
