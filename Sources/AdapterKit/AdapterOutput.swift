import AdapterProtocol
import LinuxIO
import LockModel
import WireBytes

/// What an adapter may say unasked. May be called from anywhere, at any time; never blocks a caller of the two notifications.
public struct AdapterOutput: Sendable {
    let link: AdapterLink
    let questions: Questions
    /// Bluetooth, where the manifest's `needs.radio` names `ble`.
    package let radio: Radio

    /// Runs on the thread that all calls of the adapter run on; for an adapter of ours that watches descriptors there.
    package var executor: LoopExecutor { link.executor }

    /// Tells what a lock did that was not this adapter's own operation (`lock.observed`).
    ///
    /// Paced below the host's limit: of a lock's observations without a log number only the newest is kept while they wait.
    public func observed(_ observation: LockObservation) {
        guard let line = try? LineCodec.notification(.lockObserved, observation) else { return }
        let isLogEntry = observation.logIndex != nil
        link.notify(NotificationPacer.Entry(subject: isLogEntry ? .event : .state(observation.lock), line: line))
    }

    /// Writes a line into the gateway's log. No secrets, no codes. Cut at 1,000 bytes.
    public func log(_ level: LogLevel, _ text: String) {
        let text = String(decoding: text.utf8.prefix(1000), as: UTF8.self)
        guard let line = try? LineCodec.notification(.log, LogParams(level: level, text: text)) else { return }
        link.notify(NotificationPacer.Entry(subject: .log, line: line))
    }

    /// Has the core seal the adapter's own state, at most 16 KiB of JSON objects; returns when it is stored, after at least a second since
    /// the last call.
    /// - Throws: ``AdapterFailure`` where the state is too large or the core refused it; `CancellationError` when the process ends.
    public func saveState(_ state: some Encodable & Sendable) async throws {
        try await put(StatePutParams(scope: .adapter, state: try AdapterOutput.object(state)))
    }

    /// The same for one lock: it is the vendor state of its next `add`.
    public func saveState(_ state: some Encodable & Sendable, of lock: LockID) async throws {
        try await put(StatePutParams(scope: .lock, lock: lock, state: try AdapterOutput.object(state)))
    }

    private func put(_ params: StatePutParams) async throws {
        let turn = questions.takeStatePutTurn()
        if turn > .now { try await Task.sleep(until: turn, clock: .continuous) }
        _ = try await questions.ask(.statePut, params)
    }

    private static let maximumStateBytes = 16_384

    static func object(_ state: some Encodable) throws -> JSONObject {
        let bytes = try StrictJSON.encode(state)
        guard bytes.count <= maximumStateBytes else { throw AdapterFailure(.unsupported, "the state is larger than 16 KiB") }
        guard case .object(let object) = try StrictJSON.parse(bytes, maximumDepth: LineCodec.maximumDepth - 2) else {
            throw AdapterFailure(.unsupported, "the state is not an object")
        }
        return object
    }
}
