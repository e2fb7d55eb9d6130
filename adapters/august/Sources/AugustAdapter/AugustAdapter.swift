import AdapterKit
import AdapterProtocol
import AugustProtocol
import LockModel
import WireBytes

/// August and Yale locks over Bluetooth, as public clients speak it; the vendor published no document.
///
/// A lock is opened by an offline key and a slot from its owner's account, which change from time to time: pairing takes them, tries them on the lock, and
/// keeps them with the core. The same again under the same name gives a lock its new key.
actor AugustAdapter: LockAdapter {
    /// The operator's configuration.
    struct Configuration: Decodable, Sendable {
        /// Whether the lock's activity is read, which takes its records out; `read` without it.
        enum Activity: String, Decodable, Sendable { case read, leave }
        var activity: Activity?
    }
    typealias SavedState = NoState
    typealias VendorState = AugustVendorState
    static let identity = AdapterIdentity(name: "august", version: "0.1.0")

    /// How fine what waits too long is seen.
    private static let beat = Duration.milliseconds(500)

    let output: AdapterOutput
    let readsActivity: Bool
    let newWorks: AsyncStream<AugustLock.Work>.Continuation
    private let works: AsyncStream<AugustLock.Work>
    private(set) var locks: [LockID: AugustLock] = [:]
    /// Those too that could not be added yet: how often a key was refused has to outlive that.
    private var met: [LockID: AugustLock] = [:]
    var pairing: AugustPairing?

    init(configuration: Configuration, state: NoState?, output: AdapterOutput) async throws {
        self.output = output
        readsActivity = configuration.activity != .leave
        (works, newWorks) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(256))
    }

    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { for await advertisement in self.output.radio.advertisements { await self.heard(advertisement) } }
            group.addTask {
                while (try? await Task.sleep(for: Self.beat)) != nil {
                    for lock in await self.all { await lock.tick() }
                    await self.pairing?.tick()
                }
            }
            for await work in works {
                group.addTask {
                    switch work {
                    case .follow(let talk):
                        await talk.follow()
                        await self.ended(talk)
                    case .look(let lock): await lock.look()
                    case .explain(let lock): await lock.explain()
                    }
                }
            }
        }
    }

    private var all: [AugustLock] { Array(met.values) }

    /// A link has ended: where that was the lock's doing, it may have changed meanwhile.
    private func ended(_ talk: AugustTalk) async {
        guard await talk.wasLost else { return }
        for lock in locks.values where await lock.isCalled(by: talk) { await lock.lost() }
    }

    // MARK: - Locks

    func add(_ lock: LockID, vendorState: AugustVendorState?) async throws -> LockAddResult {
        guard let vendorState else { throw AdapterFailure(.notPaired, "pair it first: lockbridge pair august --name \(lock)") }
        let august: AugustLock
        if let known = met[lock], await known.take(vendorState) {
            august = known
        } else {
            let continuation = newWorks
            await met[lock]?.drop()
            august = try AugustLock(lock, vendorState, readsActivity: readsActivity, output: output) { continuation.yield($0) }
        }
        met[lock] = august
        // What it does from now on is told against what it is now, and by whom.
        _ = try await august.read()
        await august.forgetOldRecords()
        locks[lock] = august
        return vendorState.lock(readsActivity: readsActivity)
    }

    func remove(_ lock: LockID) async {
        locks[lock] = nil
        await met.removeValue(forKey: lock)?.drop()
    }
    func operate(_ order: MotorOrder) async throws -> MotorReport { try await august(order.lock).operate(order) }
    func read(_ lock: LockID) async throws -> LockReading { try await august(lock).read() }
    func drop(_ lock: LockID) async { await locks[lock]?.drop() }

    func configure(_ lock: LockID, autoRelock: AutoRelockSetting) async throws -> ConfigureResult {
        try await august(lock).configure(autoRelock)
    }

    func setCode(_ lock: LockID, slot: Int, code: String, name: String?) async throws -> ConfigureResult.State {
        try await august(lock).setCode(slot, code)
    }

    func clearCode(_ lock: LockID, slot: Int) async throws -> ConfigureResult.State { try await august(lock).clearCode(slot) }
    func listCodes(_ lock: LockID) async throws -> [CodeEntry] { try await august(lock).listCodes() }

    func unpair(_ lock: LockID) async throws {
        let august = try august(lock)
        try await august.restore()
        await remove(lock)
    }

    private func august(_ lock: LockID) throws -> AugustLock {
        guard let august = locks[lock] else { throw AdapterFailure(.notPaired, "the lock was not added") }
        return august
    }

    // MARK: - Advertisements

    private func heard(_ advertisement: RadioAdvertisementParams) async {
        if let lock = locks.values.first(where: { $0.peer == advertisement.peer }) {
            let data = advertisement.manufacturer.entries.compactMap { entry in
                Int(entry.name, radix: 16).map { (company: $0, bytes: entry.bytes) }
            }
            await lock.heard(AugustAdvertisement(data))
        }
        pairing?.heard(advertisement)
    }

    // MARK: - Pairing

    func startPairing(options: [String: String], desk: PairingDesk) async throws {
        let new = try AugustPairing(options, desk: desk, radio: output.radio, works: newWorks)
        try await output.radio.filter([RadioFilterParams.Filter(services: [AugustService.service])], .active)
        pairing = new
    }

    func choose(_ candidate: String, desk: PairingDesk) async throws -> PairedLock<AugustVendorState> {
        guard let pairing else { throw AdapterFailure(.notPaired, "look for locks first") }
        let known = all.first { $0.peer.address == candidate }
        await known?.drop()
        var paired = try await pairing.pair(candidate)
        if let known = await known?.vendor {
            // The same lock with another key: what was set in it, and what it was before, are still so.
            paired.ownSlots = known.ownSlots
            paired.foundAutoLock = known.foundAutoLock
        }
        await cancelPairing()
        return PairedLock(vendorState: paired, lock: paired.lock(readsActivity: readsActivity))
    }

    func cancelPairing() async {
        pairing = nil
        try? await output.radio.filter([], .off)
    }
}
