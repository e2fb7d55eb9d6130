import AdapterKit
import AdapterProtocol
import AugustProtocol
import LockModel

/// What pairing gave and found, and every later talk needs; sealed by the core.
struct AugustVendorState: Codable, Sendable {
    var address: String
    var type: RadioPeer.Kind
    /// The offline key, as hexadecimal, and its slot.
    var key: String
    var slot: UInt8
    var model: String
    var firmware: String?
    /// What the lock was found to have.
    var hasDoor: Bool
    var hasBattery: Bool
    var hasCodes: Bool
    /// Its auto-lock as it was found: seconds while the door was never opened, and after it closed. `nil` where it has none.
    var foundAutoLock: [UInt16]?
    /// It pulls its latch.
    var canUnlatch: Bool
    /// An order to lock puts it into secure mode.
    var locksSecurely: Bool
    /// Slots whose codes this gateway set.
    var ownSlots: [Int]

    var peer: RadioPeer { RadioPeer(address: address, type: type) }

    /// What opens the lock.
    /// - Throws: ``AdapterFailure`` `badConfig` for a state that is none.
    func credentials() throws(AdapterFailure) -> AugustCredentials {
        guard let credentials = AugustCredentials(key: key, slot: String(slot)) else {
            throw AdapterFailure(.badConfig, "the kept key is none")
        }
        return credentials
    }

    /// The auto-lock as it was found.
    var autoLockAsFound: AugustAutoLock? {
        guard let foundAutoLock, foundAutoLock.count == 2 else { return nil }
        return AugustAutoLock(neverOpened: foundAutoLock[0], doorClosed: foundAutoLock[1])
    }

    /// Slots a gateway uses; reading them all takes seconds, because a lock wants a pause after each.
    static let slots = 1...25

    func lock(readsActivity: Bool) -> LockAddResult {
        let relock = foundAutoLock.map { _ in
            LockCapabilities.AutoRelockRange(min: 1, max: AugustAutoLock.longestSeconds, waitsForDoor: hasDoor)
        }
        let codes = LockCapabilities.Codes(
            slots: Self.slots.count, firstSlot: Self.slots.lowerBound, lengthMin: 4, lengthMax: 6, readBack: .full)
        return LockAddResult(
            capabilities: LockCapabilities(
                lock: true, unlock: true, unlatch: canUnlatch, autoRelock: relock, doorSensor: hasDoor, battery: hasBattery, jam: true,
                codes: hasCodes ? codes : nil, log: readsActivity, actor: readsActivity,
                connectMilliseconds: AugustCaller.connectMilliseconds, motorMilliseconds: AugustLock.motorMilliseconds),
            model: model, firmware: firmware)
    }
}
