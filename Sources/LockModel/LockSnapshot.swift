/// A lock's state as published, retained, to each principal entitled to it (`decisions`, Lock snapshot).
package struct LockSnapshot: Sendable, Codable, Equatable {
    package var bolt: BoltState
    package var door: DoorState
    package var battery: Battery
    package var confirmedBy: ConfirmedBy?
    package var observedAt: Timestamp?
    package var online: Bool
    package var relockAssurance: RelockAssurance?
    package var capabilities: LockCapabilities?
    /// How long a client should wait for an operation.
    package var operationSeconds: Int
    /// The last event sequence this principal had been assigned when the snapshot was taken.
    package var sequence: String

    package init(
        bolt: BoltState, door: DoorState, battery: Battery, confirmedBy: ConfirmedBy?, observedAt: Timestamp?, online: Bool,
        relockAssurance: RelockAssurance?, capabilities: LockCapabilities?, operationSeconds: Int, sequence: String
    ) {
        self.bolt = bolt
        self.door = door
        self.battery = battery
        self.confirmedBy = confirmedBy
        self.observedAt = observedAt
        self.online = online
        self.relockAssurance = relockAssurance
        self.capabilities = capabilities
        self.operationSeconds = operationSeconds
        self.sequence = sequence
    }
}

/// A sequence as the bus shows it: 19 digits, zero-padded.
package func printedSequence(_ sequence: Int64) -> String {
    let digits = String(sequence)
    return String(repeating: "0", count: max(0, 19 - digits.utf8.count)) + digits
}
