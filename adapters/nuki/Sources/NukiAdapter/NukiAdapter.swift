import AdapterKit
import AdapterProtocol
import LockCrypto
import LockModel
import NukiProtocol
import WireBytes

/// Nuki Smart Locks over Bluetooth, by the vendor's published protocol (Smart Lock API V2.1) and, for the 5th generation, as public clients speak it.
///
/// Pairs as an app unless the operator says `pairAs: bridge`: the one place for a bridge in a lock belongs to its owner's Nuki Bridge. The price is that an app can't clear the bit by which a
/// lock's beacon says "something changed", so that after one change the beacon says no more news until a bridge reads it.
actor NukiAdapter: LockAdapter {
    /// The operator's configuration.
    struct Configuration: Decodable, Sendable {
        /// What the lock's list of users shows.
        var name: String?
        /// What it pairs as; an app without it.
        var pairAs: NukiPairing.User?
    }
    typealias SavedState = NoState
    typealias VendorState = NukiVendorState
    static let identity = AdapterIdentity(name: "nuki", version: "0.1.0")

    /// A lock in pairing mode.
    private struct Candidate {
        var peer: RadioPeer
        var generation: NukiPairing.Generation
    }

    private let name: String
    private let user: NukiPairing.User
    private let output: AdapterOutput
    private let works: AsyncStream<NukiWork>
    private let spawn: NukiSpawn
    private var locks: [LockID: NukiLock] = [:]
    private var candidates: [String: Candidate] = [:]
    private var desk: PairingDesk?
    private var pin: UInt32?

    init(configuration: Configuration, state: NoState?, output: AdapterOutput) async throws {
        name = configuration.name ?? "Lockbridge"
        user = configuration.pairAs ?? .app
        guard (1...31).contains(name.utf8.count) else { throw AdapterFailure(.badConfig, "name: 1 to 31 bytes") }
        self.output = output
        let (works, newWorks) = AsyncStream<NukiWork>.makeStream(bufferingPolicy: .bufferingOldest(64))
        self.works = works
        spawn = { newWorks.yield($0) }
    }

    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { for await advertisement in self.output.radio.advertisements { await self.heard(advertisement) } }
            group.addTask {
                while (try? await Task.sleep(for: .seconds(1))) != nil { for lock in await self.all { await lock.tick() } }
            }
            for await work in works { group.addTask { await work() } }
        }
    }

    private var all: [NukiLock] { Array(locks.values) }

    // MARK: - Locks

    func add(_ lock: LockID, vendorState: NukiVendorState?) async throws -> LockAddResult {
        guard let vendorState else { throw AdapterFailure(.notPaired, "pair it first: lockbridge pair nuki --name \(lock)") }
        await locks[lock]?.drop()
        let nuki = try NukiLock(lock, vendorState, output: output, spawn: spawn)
        // What it does from now on is told against what it is now.
        do {
            let found = try await nuki.meet()
            locks[lock] = nuki
            return found
        } catch {
            await nuki.drop()
            throw error
        }
    }

    func remove(_ lock: LockID) async { await locks.removeValue(forKey: lock)?.drop() }
    func operate(_ order: MotorOrder) async throws -> MotorReport { try await nuki(order.lock).operate(order) }
    func read(_ lock: LockID) async throws -> LockReading { try await nuki(lock).read() }
    func drop(_ lock: LockID) async { await locks[lock]?.drop() }
    func configure(_ lock: LockID, autoRelock: AutoRelockSetting) async throws -> ConfigureResult {
        try await nuki(lock).configure(autoRelock)
    }

    func setCode(_ lock: LockID, slot: Int, code: String, name: String?) async throws -> ConfigureResult.State {
        try await nuki(lock).setCode(slot: slot, code: code, name: name)
    }
    func clearCode(_ lock: LockID, slot: Int) async throws -> ConfigureResult.State { try await nuki(lock).clearCode(slot: slot) }
    func listCodes(_ lock: LockID) async throws -> [CodeEntry] { try await nuki(lock).listCodes() }

    func unpair(_ lock: LockID) async throws {
        try await nuki(lock).part()
        await locks.removeValue(forKey: lock)?.drop()
    }

    private func nuki(_ lock: LockID) throws -> NukiLock {
        guard let nuki = locks[lock] else { throw AdapterFailure(.notPaired, "the lock was not added") }
        return nuki
    }

    // MARK: - Advertisements

    private func heard(_ advertisement: RadioAdvertisementParams) async {
        // While somebody pairs no link is made for news: the lock may be the one that is paired anew.
        if desk == nil, let lock = locks.values.first(where: { $0.peer == advertisement.peer }) {
            for entry in advertisement.manufacturer.entries where Int(entry.name, radix: 16) == NukiService.beaconCompany {
                guard let beacon = NukiService.beacon(entry.bytes), await lock.heardBeacon(hasChanged: beacon.hasChanged) else { continue }
                spawn { await lock.look() }
            }
        }
        guard let desk else { return }
        for entry in advertisement.serviceData.entries where entry.name == NukiService.pairing || entry.name == NukiService.pairingFive {
            guard entry.bytes.count == 4 else { continue }
            let generation: NukiPairing.Generation = entry.name == NukiService.pairingFive ? .five : .upToFour
            candidates[advertisement.peer.address] = Candidate(peer: advertisement.peer, generation: generation)
            let number = Hex.encode(entry.bytes).uppercased()
            desk.found(
                PairCandidate(
                    candidate: advertisement.peer.address, name: advertisement.name ?? "Nuki_\(number)",
                    model: generation.model, rssi: advertisement.rssi))
        }
    }

    // MARK: - Pairing

    func startPairing(options: [String: String], desk: PairingDesk) async throws {
        if let text = options["pin"] {
            guard (1...6).contains(text.utf8.count), let pin = UInt32(text), pin > 0 else {
                throw AdapterFailure(.badConfig, "pin: digits")
            }
            self.pin = pin
        }
        self.desk = desk
        candidates = [:]
        try await output.radio.filter(
            [RadioFilterParams.Filter(serviceData: NukiService.pairing), RadioFilterParams.Filter(serviceData: NukiService.pairingFive)],
            .active)
        desk.progress(0, of: 4, "hold the lock's button for five seconds, until its light comes on")
    }

    func choose(_ candidate: String, desk: PairingDesk) async throws -> PairedLock<NukiVendorState> {
        guard let chosen = candidates[candidate] else { throw AdapterFailure(.notPaired, "no such lock is in pairing mode") }
        for lock in locks.values where lock.peer == chosen.peer { await lock.drop() }
        desk.progress(1, of: 4, "connecting")
        let state = try await authorize(chosen, desk)
        desk.progress(3, of: 4, "reading the lock")
        let acquaintance = try NukiAcquaintance(state, desk: desk, output: output, spawn: spawn)
        let paired = try await acquaintance.make(pin: pin)
        desk.progress(4, of: 4, "paired")
        await stopLooking()
        return paired
    }

    /// Agrees on a key with a lock whose button is pressed.
    private func authorize(_ chosen: Candidate, _ desk: PairingDesk) async throws -> NukiVendorState {
        let link = try await output.radio.connect(chosen.peer, timeoutMilliseconds: 30_000)
        desk.progress(2, of: 4, "exchanging keys")
        do {
            let appID = UInt32.random(in: 1...UInt32.max)
            let keys: (secret: SecretBytes, publicKey: [UInt8])
            do { keys = try NaClBox.newKeys() } catch { throw AdapterFailure(.unsupported, "the cryptographic library failed") }
            let pairing = NukiPairing(chosen.generation, as: user, appID: appID, name: name, keys: keys)
            let (authorization, given) = try await NukiPairingTalk(link: link, generation: chosen.generation, desk: desk)
                .pair(pairing, pin: pin)
            await link.disconnect()
            let key = authorization.key.withUnsafeBytes { Hex.encode(Array($0)) }
            return NukiVendorState(
                address: chosen.peer.address, type: chosen.peer.type, authorization: authorization.id, key: key,
                generation: chosen.generation, appID: appID,
                isBridge: user == .bridge && chosen.generation == .upToFour, pin: chosen.generation == .five ? given : nil)
        } catch {
            await link.disconnect()
            throw error
        }
    }

    func cancelPairing() async { await stopLooking() }

    private func stopLooking() async {
        desk = nil
        pin = nil
        try? await output.radio.filter([], .off)
    }
}
