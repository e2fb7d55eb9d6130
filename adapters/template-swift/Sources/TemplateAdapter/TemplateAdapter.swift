// SPDX-License-Identifier: MIT-0
import AdapterKit
import AdapterProtocol
import LockModel

/// Drives the virtual lock of the stand-in. Keep the shape, and put your lock's own protocol in the place of `Link`.
actor TemplateAdapter: LockAdapter {
    /// The operator's part, as `configSchema` in adapter.json has it.
    struct Configuration: Decodable, Sendable {
        var socket: String
    }

    static let identity = AdapterIdentity(name: "template-swift", version: "0.1.0")

    private let socket: String
    private let output: AdapterOutput
    private var links: [LockID: Link] = [:]

    init(configuration: Configuration, state: NoState?, output: AdapterOutput) async throws {
        socket = configuration.socket
        self.output = output
    }

    func add(_ lock: LockID, vendorState: NoState?) async throws -> LockAddResult {
        let output = output
        let link = links[lock] ?? Link(path: socket) { event in TemplateAdapter.tell(event, of: lock, output) }
        _ = try await link.ask("read")
        links[lock] = link
        let capabilities = LockCapabilities(
            lock: true, unlock: true, doorSensor: true, battery: true, jam: true, connectMilliseconds: 200, motorMilliseconds: 300)
        return LockAddResult(capabilities: capabilities, model: "Template", firmware: "1.0")
    }

    func remove(_ lock: LockID) async { links.removeValue(forKey: lock)?.close() }

    func operate(_ order: MotorOrder) async throws -> MotorReport {
        // The lock answers once its motor has stopped. Before `commit` an error means that it got nothing.
        let answer = try await link(to: order.lock).ask("drive \(order.action) \(order.operation.text)") { try order.commit() }
        switch answer.result {
        case "done": return MotorReport(outcome: .done, bolt: answer.bolt, door: answer.door)
        case "jam": return MotorReport(outcome: .failed, bolt: answer.bolt, door: answer.door, reason: .lockJammed)
        case "blocked": return MotorReport(outcome: .failed, bolt: answer.bolt, door: answer.door, reason: .doorOpen)
        default: return MotorReport(outcome: .failed, bolt: answer.bolt, door: answer.door, reason: .busy)
        }
    }

    func read(_ lock: LockID) async throws -> LockReading {
        let answer = try await link(to: lock).ask("read")
        return LockReading(
            bolt: answer.bolt, door: answer.door, battery: Battery(percent: answer.battery, level: .ok), jammed: answer.isJammed,
            autoRelock: nil, firmware: "1.0", observedAt: .now(), confirmedBy: .boltAndDoor)
    }

    func drop(_ lock: LockID) async { links[lock]?.close() }

    private func link(to lock: LockID) throws(AdapterFailure) -> Link {
        guard let link = links[lock] else { throw AdapterFailure(.notPaired, "the lock was not added") }
        return link
    }

    /// Passes on what the lock did, unless this adapter had it done: the gateway knows that from the answer.
    private static func tell(_ event: LockEvent, of lock: LockID, _ output: AdapterOutput) {
        guard event.operation == nil else { return }
        output.observed(LockObservation(lock: lock, bolt: event.bolt, door: event.door, source: event.source, at: .now()))
    }
}
