import LockModel

/// The bolt by the lock's own word.
package enum AugustState: UInt8, Sendable, CaseIterable {
    case unknown = 0x00
    case calibrating = 0x01
    case unlocking = 0x02
    case unlocked = 0x03
    case locking = 0x04
    case locked = 0x05
    case findingPolarity = 0x06
    case jammed = 0x07
    case unlatching = 0x09
    case unlatched = 0x0A
    case secureMode = 0x0C

    /// A code that nobody knows is ``unknown``.
    package init(code: UInt8) { self = AugustState(rawValue: code) ?? .unknown }

    /// The bolt in the gateway's words.
    package var bolt: BoltState {
        switch self {
        case .locked, .secureMode: .locked
        case .unlocked: .unlocked
        case .unlatched: .unlatched
        case .unlocking, .locking, .unlatching, .calibrating, .findingPolarity: .moving
        case .jammed: .notFullyLocked
        case .unknown: .unknown
        }
    }

    /// Whether its motor runs.
    package var isMoving: Bool { bolt == .moving }
}

/// The door by the lock's own word.
package enum AugustDoor: UInt8, Sendable, CaseIterable {
    case none = 0x00
    case closed = 0x01
    case ajar = 0x02
    case open = 0x03
    case unknown = 0x04

    /// A code that nobody knows is ``unknown``.
    package init(code: UInt8) { self = AugustDoor(rawValue: code) ?? .unknown }

    /// The contact in the gateway's words: one that was never set up is absent.
    package var door: DoorState {
        switch self {
        case .none: .absent
        case .closed: .closed
        case .ajar: .ajar
        case .open: .open
        case .unknown: .unknown
        }
    }
}

/// The voltage of four cells in series, as a level: 1.24 V a cell is empty, 1.55 V full, as public clients measured.
package struct AugustBattery: Sendable, Equatable {
    package let millivolts: Int

    package init(millivolts: Int) { self.millivolts = millivolts }

    /// A cell's voltage and what is left of it; between two of these it is even.
    private static let points: [(millivolts: Int, percent: Int)] = [
        (1240, 0), (1250, 5), (1260, 10), (1270, 15), (1280, 20), (1290, 25), (1320, 30), (1360, 50), (1400, 70), (1450, 75), (1471, 85),
        (1490, 93), (1550, 100),
    ]

    package var battery: Battery {
        let cell = millivolts / 4
        // No lock runs on that: it has no such cells, or says nothing of them.
        guard cell >= 500 else { return Battery(level: .unknown) }
        var percent = 0
        for (low, high) in zip(Self.points, Self.points.dropFirst()) where cell >= low.millivolts {
            let share = min(cell, high.millivolts) - low.millivolts
            percent = low.percent + (high.percent - low.percent) * share / (high.millivolts - low.millivolts)
        }
        return Battery(percent: percent, level: percent <= 5 ? .critical : percent < 20 ? .low : .ok)
    }
}
