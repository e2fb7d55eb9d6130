import AdapterKit
import AdapterProtocol
import LinuxIO
import LockModel

/// Drives the virtual locks of `lockbridge-loopback-locks`: the adapter to read first when writing one.
actor LoopbackAdapter: LockAdapter {
    /// The operator's part: where the locks are.
    struct Configuration: Decodable, Sendable {
        var socket: String
    }

    /// Which of them a lock is; without it the one of the lock's own name.
    struct VendorState: Codable, Sendable {
        var device: String?
        /// Its auto-relock before we first changed it.
        var relockAsFound: AutoRelock?
    }

    private struct Known {
        var device: String
        var relockAsFound: AutoRelock?
        var lastSeen: Int?
        var epoch: String?
    }

    static let identity = AdapterIdentity(name: "loopback", version: "0.1.0")
    private static let answerMilliseconds: Int64 = 2000

    private let link: LockLink
    private let output: AdapterOutput
    private var locks: [LockID: Known] = [:]
    private var lockOfDevice: [String: LockID] = [:]

    init(configuration: Configuration, state: NoState?, output: AdapterOutput) async throws {
        link = LockLink(socket: configuration.socket, executor: output.executor)
        self.output = output
    }

    /// Tells what the locks do, and takes them up again after the link was gone.
    func run() async {
        for await event in link.events {
            switch event {
            case .connected: await attachAll()
            case .changed(let change): tell(change)
            }
        }
        link.close()
    }

    func add(_ lock: LockID, vendorState: VendorState?) async throws -> LockAddResult {
        let device = vendorState?.device ?? lock.text
        let answer = try await ask(LockRequest(.attach, device))
        guard let capabilities = answer.capabilities else { throw AdapterFailure(.deviceUnreachable, "the lock names no capabilities") }
        locks[lock] = Known(device: device, relockAsFound: vendorState?.relockAsFound, lastSeen: answer.logHead)
        lockOfDevice[device] = lock
        return LockAddResult(capabilities: capabilities, model: "Loopback", firmware: LoopbackAdapter.identity.version)
    }

    func remove(_ lock: LockID) async {
        await drop(lock)
        guard let known = locks.removeValue(forKey: lock) else { return }
        lockOfDevice[known.device] = nil
    }

    func operate(_ order: MotorOrder) async throws -> MotorReport {
        let device = try device(of: order.lock)
        // Met before the gate, unless its link stands: out of reach is then an error, and nothing was sent.
        if !link.isAttached(device) { _ = try await ask(LockRequest(.attach, device)) }
        var request = LockRequest(.drive, device)
        request.action = order.action
        request.openSeconds = order.openSeconds
        request.operation = order.operation.text
        try order.commit()
        let answer = try await link.ask(request, timeoutMilliseconds: nil)
        guard answer.ok else { return MotorReport(outcome: .failed, bolt: .unknown, door: .unknown, reason: reason(answer.error)) }
        return MotorReport(
            outcome: answer.outcome ?? .unknown, bolt: answer.bolt ?? .unknown, door: answer.door ?? .unknown, reason: answer.reason)
    }

    func read(_ lock: LockID) async throws -> LockReading {
        let answer = try await ask(LockRequest(.read, try device(of: lock)))
        let door = answer.door ?? .unknown
        return LockReading(
            bolt: answer.bolt ?? .unknown, door: door, battery: answer.battery ?? Battery(level: .unknown),
            jammed: answer.jammed ?? false, autoRelock: answer.autoRelock, firmware: LoopbackAdapter.identity.version,
            observedAt: LoopbackAdapter.now(), confirmedBy: door == .absent ? .bolt : .boltAndDoor)
    }

    func configure(_ lock: LockID, autoRelock: AutoRelockSetting) async throws -> ConfigureResult {
        let device = try device(of: lock)
        if locks[lock]?.relockAsFound == nil, let found = try await ask(LockRequest(.read, device)).autoRelock {
            // Kept before anything is changed, so that parting from the lock can put it back.
            try await output.saveState(VendorState(device: device, relockAsFound: found), of: lock)
            locks[lock]?.relockAsFound = found
        }
        try await set(device, armed: autoRelock.armed, seconds: autoRelock.seconds)
        let readBack = try await ask(LockRequest(.read, device)).autoRelock
        let isSet = readBack?.armed == autoRelock.armed && readBack?.seconds == autoRelock.seconds
        return ConfigureResult(state: isSet ? .set : .failed, autoRelock: readBack)
    }

    /// These locks keep no key and no code: what was set is put back, and the lock is let go.
    func unpair(_ lock: LockID) async throws {
        let device = try device(of: lock)
        if let found = locks[lock]?.relockAsFound { try await set(device, armed: found.armed, seconds: found.seconds) }
        await remove(lock)
    }

    private func set(_ device: String, armed: Bool, seconds: Int) async throws {
        var request = LockRequest(.configure, device)
        request.armed = armed
        request.seconds = seconds
        _ = try await ask(request)
    }

    func drop(_ lock: LockID) async {
        guard let device = locks[lock]?.device else { return }
        // A lock that cannot be told has no link to close either.
        _ = try? await ask(LockRequest(.detach, device))
    }

    // MARK: - The locks

    private func device(of lock: LockID) throws(AdapterFailure) -> String {
        guard let known = locks[lock] else { throw AdapterFailure(.notPaired, "the lock was not added") }
        return known.device
    }

    /// Asks a lock and turns its refusal into the failure it is.
    private func ask(_ request: LockRequest) async throws -> LockAnswer {
        let answer = try await link.ask(request, timeoutMilliseconds: LoopbackAdapter.answerMilliseconds)
        guard !answer.ok else { return answer }
        switch answer.error {
        case "unknownLock": throw AdapterFailure(.notPaired, "there is no virtual lock of this name")
        case "unsupported": throw AdapterFailure(.unsupported, "the lock can't do that")
        default: throw AdapterFailure(.deviceUnreachable, "the lock is out of reach")
        }
    }

    private func reason(_ refusal: String?) -> Reason {
        switch refusal {
        case "unsupported": .unsupported
        case "busy", "refused": .busy
        default: .adapterFailed
        }
    }

    private func attachAll() async {
        for (lock, known) in locks {
            var request = LockRequest(.attach, known.device)
            request.after = known.lastSeen
            guard let answer = try? await ask(request), let head = answer.logHead else { continue }
            // Locks that were started anew count from the beginning.
            if head < known.lastSeen ?? 0 { locks[lock]?.lastSeen = head }
        }
    }

    /// Passes a change on, unless it came from an operation: the core knows that from the answer.
    private func tell(_ change: ToldChange) {
        guard let lock = lockOfDevice[change.lock], let known = locks[lock] else { return }
        guard known.epoch != change.epoch || change.logIndex > known.lastSeen ?? 0 else { return }
        locks[lock]?.lastSeen = change.logIndex
        locks[lock]?.epoch = change.epoch
        guard change.operation == nil else { return }
        output.observed(
            LockObservation(
                lock: lock, bolt: change.bolt, door: change.door, source: change.source, actor: change.actor,
                logIndex: change.logIndex, epoch: change.epoch, at: LoopbackAdapter.now()))
    }

    private static func now() -> Timestamp { Timestamp(milliseconds: Clocks.wallMilliseconds()) }
}
