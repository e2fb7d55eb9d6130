import AdapterKit
import AdapterProtocol
import LockModel

/// Drives the virtual radio's plain locks over `radio.*`.
actor PlainAdapter: LockAdapter {
    struct Configuration: Decodable, Sendable {}
    struct VendorState: Codable, Sendable {
        var address: String
        var type: RadioPeer.Kind
        var security: RadioSecurity
    }
    typealias SavedState = NoState
    static let identity = AdapterIdentity(name: "plain", version: "1.0.0")
    private static let found = LockAddResult(
        capabilities: LockCapabilities(
            lock: true, unlock: true, unlatch: true, doorSensor: true, battery: true, jam: true, connectMilliseconds: 10_000,
            motorMilliseconds: 3000),
        model: "Plain lock")

    private let output: AdapterOutput
    private let links: AsyncStream<(PlainLock, RadioLink)>
    private let newLinks: AsyncStream<(PlainLock, RadioLink)>.Continuation
    private var locks: [LockID: PlainLock] = [:]
    private var model = RadioPairParams.Model.numeric
    private var desk: PairingDesk?
    private var candidates: [String: RadioPeer] = [:]

    init(configuration: Configuration, state: NoState?, output: AdapterOutput) async throws {
        self.output = output
        (links, newLinks) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(64))
    }

    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { for await advertisement in self.output.radio.advertisements { await self.heard(advertisement) } }
            for await (lock, link) in links { group.addTask { await lock.follow(link) } }
        }
    }

    func add(_ lock: LockID, vendorState: VendorState?) async throws -> LockAddResult {
        guard let vendorState else { throw AdapterFailure(.notPaired, "it was never paired") }
        let continuation = newLinks
        locks[lock] = PlainLock(
            lock, peer: RadioPeer(address: vendorState.address, type: vendorState.type), security: vendorState.security, output: output
        ) { continuation.yield(($0, $1)) }
        return Self.found
    }

    func remove(_ lock: LockID) async { await locks.removeValue(forKey: lock)?.drop() }
    func operate(_ order: MotorOrder) async throws -> MotorReport { try await plain(order.lock).operate(order) }
    func read(_ lock: LockID) async throws -> LockReading { try await plain(lock).read() }
    func drop(_ lock: LockID) async { await locks[lock]?.drop() }

    /// The lock keeps its side of the bond until it is reset; ours goes with the gateway's. It is reached first, so that nobody parts from one that is away.
    func unpair(_ lock: LockID) async throws {
        _ = try await plain(lock).read()
        await remove(lock)
    }

    private func plain(_ lock: LockID) throws -> PlainLock {
        guard let plain = locks[lock] else { throw AdapterFailure(.notPaired, "it was not added") }
        return plain
    }

    // MARK: - Pairing

    func startPairing(options: [String: String], desk: PairingDesk) async throws {
        if let name = options["model"] {
            guard let model = RadioPairParams.Model(rawValue: name) else {
                throw AdapterFailure(.badConfig, "model: justWorks, numeric, passkey")
            }
            self.model = model
        }
        self.desk = desk
        candidates = [:]
        // A lock does not advertise while it is connected: ours are told without being heard, and let go when they are chosen.
        for lock in locks.values {
            candidates[lock.peer.address] = lock.peer
            desk.found(PairCandidate(candidate: lock.peer.address, name: lock.lock.text, model: "Plain lock"))
        }
        try await output.radio.filter([RadioFilterParams.Filter(services: [PlainState.service])], .active)
    }

    private func heard(_ advertisement: RadioAdvertisementParams) {
        guard let desk, advertisement.connectable, advertisement.services.contains(PlainState.service) else { return }
        candidates[advertisement.peer.address] = advertisement.peer
        desk.found(
            PairCandidate(
                candidate: advertisement.peer.address, name: advertisement.name ?? "Plain lock", model: "Plain lock",
                rssi: advertisement.rssi))
    }

    func choose(_ candidate: String, desk: PairingDesk) async throws -> PairedLock<VendorState> {
        guard let peer = candidates[candidate] else { throw AdapterFailure(.notPaired, "no such lock was found") }
        desk.progress(1, of: 2, "connecting")
        for lock in locks.values where lock.peer == peer { await lock.drop() }
        let link = try await output.radio.connect(peer)
        desk.progress(2, of: 2, "pairing")
        do {
            let security = try await link.pair(model)
            await link.disconnect()
            try await output.radio.filter([], .off)
            return PairedLock(
                vendorState: VendorState(address: peer.address, type: peer.type, security: security), lock: Self.found)
        } catch {
            await link.disconnect()
            throw error
        }
    }

    func cancelPairing() async {
        desk = nil
        try? await output.radio.filter([], .off)
    }
}
