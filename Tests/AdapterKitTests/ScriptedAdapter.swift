import AdapterKit
import AdapterProtocol
import LockModel

/// What the adapter under test does, given by each test.
struct Script: Sendable {
    var start: @Sendable (AdapterOutput) async throws -> Void = { _ in }
    var add: @Sendable (LockID, ScriptedAdapter.VendorState?) async throws -> Void = { _, _ in }
    var operate: @Sendable (MotorOrder) async throws -> MotorReport = { order in
        try order.commit()
        return MotorReport(outcome: .done, bolt: order.action == .lock ? .locked : .unlocked, door: .closed)
    }
    var read: @Sendable (LockID) async throws -> LockReading = { _ in
        LockReading(
            bolt: .locked,
            door: .closed,
            battery: Battery(level: .ok),
            jammed: false,
            autoRelock: nil,
            observedAt: Timestamp(milliseconds: 0),
            confirmedBy: .bolt
        )
    }
    var configure: @Sendable (LockID, AutoRelockSetting) async throws -> ConfigureResult = { _, setting in
        ConfigureResult(state: .set, autoRelock: AutoRelock(armed: setting.armed, seconds: setting.seconds, waitsForDoor: false))
    }
    var drop: @Sendable (LockID) async -> Void = { _ in }
}

/// A real adapter for the runner; its behaviour comes from the test through a task-local value.
final class ScriptedAdapter: LockAdapter {
    struct Configuration: Decodable, Sendable {
        var host: String
    }
    struct SavedState: Codable, Sendable {
        var epoch: Int
    }
    struct VendorState: Codable, Sendable, Equatable {
        var key: String
    }

    @TaskLocal static var script = Script()
    static let identity = AdapterIdentity(name: "scripted", version: "1.2.3")
    private let script: Script

    init(configuration: Configuration, state: SavedState?, output: AdapterOutput) async throws {
        script = ScriptedAdapter.script
        try await script.start(output)
    }

    func add(_ lock: LockID, vendorState: VendorState?) async throws -> LockAddResult {
        try await script.add(lock, vendorState)
        return LockAddResult(
            capabilities: LockCapabilities(
                lock: true,
                unlock: true,
                timedUnlock: .init(min: 5, max: 60),
                autoRelock: .init(min: 1, max: 90, waitsForDoor: false),
                connectMilliseconds: 0,
                motorMilliseconds: 0
            ),
            model: "Script"
        )
    }
    func remove(_ lock: LockID) async {}
    func operate(_ order: MotorOrder) async throws -> MotorReport { try await script.operate(order) }
    func read(_ lock: LockID) async throws -> LockReading { try await script.read(lock) }
    func configure(_ lock: LockID, autoRelock: AutoRelockSetting) async throws -> ConfigureResult {
        try await script.configure(lock, autoRelock)
    }
    func drop(_ lock: LockID) async { await script.drop(lock) }
}
