import AdapterKit
import AdapterProtocol
import LockModel

/// Stands for the library that speaks the lock's protocol.
actor Bolt {
    let serial: String
    private(set) var isLocked = true

    init(serial: String) { self.serial = serial }

    /// Runs the motor, and returns once it has stopped.
    func drive(lock: Bool) async throws { isLocked = lock }
}

actor Acme: LockAdapter {
    /// The operator's part, as `configSchema` in adapter.json has it.
    struct Configuration: Decodable, Sendable {
        var host: String
    }

    /// What the core keeps for each lock, sealed.
    struct VendorState: Codable, Sendable {
        var serial: String
    }

    static let identity = AdapterIdentity(name: "acme", version: "1.0.0")

    private let output: AdapterOutput
    private var bolts: [LockID: Bolt] = [:]

    init(configuration: Configuration, state: NoState?, output: AdapterOutput) async throws {
        guard !configuration.host.isEmpty else { throw AdapterFailure(.badConfig, "host is empty") }
        self.output = output
    }

    func add(_ lock: LockID, vendorState: VendorState?) async throws -> LockAddResult {
        guard let vendorState else { throw AdapterFailure(.notPaired, "the lock was not paired") }
        bolts[lock] = Bolt(serial: vendorState.serial)
        let capabilities = LockCapabilities(lock: true, unlock: true, connectMilliseconds: 500, motorMilliseconds: 3000)
        return LockAddResult(capabilities: capabilities, model: "Acme One")
    }

    func remove(_ lock: LockID) async { bolts[lock] = nil }

    func operate(_ order: MotorOrder) async throws -> MotorReport {
        let bolt = try bolt(of: order.lock)
        // What throws before this line tells the core that the lock got nothing; what throws after it, that nobody knows.
        try order.commit()
        try await bolt.drive(lock: order.action == .lock)
        return MotorReport(outcome: .done, bolt: await bolt.isLocked ? .locked : .unlocked, door: .absent)
    }

    func read(_ lock: LockID) async throws -> LockReading {
        let isLocked = await (try bolt(of: lock)).isLocked
        return LockReading(
            bolt: isLocked ? .locked : .unlocked, door: .absent, battery: Battery(level: .unknown), jammed: false, autoRelock: nil,
            observedAt: .now(), confirmedBy: .bolt)
    }

    func drop(_ lock: LockID) async {}

    /// Called by whatever listens to the lock: somebody turned the knob.
    func turned(_ lock: LockID, _ bolt: BoltState) {
        output.observed(LockObservation(lock: lock, bolt: bolt, door: .absent, source: .manual, at: .now()))
    }

    private func bolt(of lock: LockID) throws(AdapterFailure) -> Bolt {
        guard let bolt = bolts[lock] else { throw AdapterFailure(.notPaired, "the lock was not added") }
        return bolt
    }
}
