import LockModel

/// What the plain lock says of itself: seven bytes, read or notified (`Tests/Simulators/bumble/README.md`).
struct PlainState: Sendable, Equatable {
    static let service = "4c420001-9e1a-4f5c-8d27-1b0a6e5f7c30"
    static let state = "4c420002-9e1a-4f5c-8d27-1b0a6e5f7c30"
    static let command = "4c420003-9e1a-4f5c-8d27-1b0a6e5f7c30"

    var bolt: BoltState
    var door: DoorState
    var isJammed: Bool
    var isMotorRunning: Bool
    var battery: Int
    /// The number of the last command it took.
    var command: UInt8

    /// - Returns: `nil` for anything but its seven bytes.
    init?(_ bytes: [UInt8]) {
        guard bytes.count == 7 else { return nil }
        switch bytes[0] {
        case 0: bolt = .locked
        case 1: bolt = .unlocked
        case 2: bolt = .unlatched
        case 3: bolt = .moving
        case 4: bolt = .notFullyLocked
        case 5: bolt = .unknown
        default: return nil
        }
        switch bytes[1] {
        case 0: door = .closed
        case 1: door = .open
        case 255: door = .absent
        default: return nil
        }
        isJammed = bytes[2] & 1 != 0
        isMotorRunning = bytes[2] & 2 != 0
        battery = Int(bytes[3])
        command = bytes[6]
    }
}
