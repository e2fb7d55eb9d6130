import AdapterKit
import AdapterProtocol
import AugustProtocol
import LockModel
import Synchronization

/// One pairing: which locks are heard, which credentials are to be tried, and what the chosen lock turns out to have.
///
/// Options: `key` and `slot` from the owner's account (without them they are asked for), `latch` and `secureMode`, each `yes` or `no`.
final class AugustPairing: Sendable {
    private struct State {
        var peers: [String: RadioPeer] = [:]
        var caller: AugustCaller?
    }

    private let given: AugustCredentials?
    private let canUnlatch: Bool
    private let locksSecurely: Bool
    private let desk: PairingDesk
    private let radio: Radio
    private let works: AsyncStream<AugustLock.Work>.Continuation
    private let state = Mutex(State())

    /// - Throws: ``AdapterFailure`` `badConfig` for options that are none; nothing of a key is in its words.
    init(
        _ options: [String: String], desk: PairingDesk, radio: Radio, works: AsyncStream<AugustLock.Work>.Continuation
    ) throws(AdapterFailure) {
        for (name, value) in options where !["key", "slot", "latch", "secureMode"].contains(name) || value.isEmpty {
            throw AdapterFailure(.badConfig, "the options are key and slot, latch and secureMode")
        }
        guard (options["key"] == nil) == (options["slot"] == nil) else {
            throw AdapterFailure(.badConfig, "key and slot belong together")
        }
        if let key = options["key"], let slot = options["slot"] {
            guard let credentials = AugustCredentials(key: key, slot: slot) else { throw Self.malformed }
            given = credentials
        } else {
            given = nil
        }
        canUnlatch = try Self.isYes(options, "latch")
        locksSecurely = try Self.isYes(options, "secureMode")
        self.desk = desk
        self.radio = radio
        self.works = works
    }

    private static let malformed = AdapterFailure(.badConfig, "a key has 32 hexadecimal digits, and its slot is a number up to 255")

    private static func isYes(_ options: [String: String], _ name: String) throws(AdapterFailure) -> Bool {
        switch options[name] {
        case nil, "no": return false
        case "yes": return true
        default: throw AdapterFailure(.badConfig, "\(name): yes or no")
        }
    }

    /// Tells of a lock that was heard.
    func heard(_ advertisement: RadioAdvertisementParams) {
        guard advertisement.services.contains(AugustService.service) else { return }
        state.withLock { $0.peers[advertisement.peer.address] = advertisement.peer }
        desk.found(
            PairCandidate(
                candidate: advertisement.peer.address, name: advertisement.name ?? advertisement.peer.address,
                model: "August or Yale lock", rssi: advertisement.rssi))
    }

    func tick() async { await state.withLock { $0.caller }?.tick() }

    /// Tries the credentials on a lock that was heard, and asks it what it has.
    /// - Throws: ``AdapterFailure``: `credentialRejected` where it refused the key five times, `badConfig` for credentials that are none.
    func pair(_ candidate: String) async throws -> AugustVendorState {
        guard let peer = state.withLock({ $0.peers[candidate] }) else { throw AdapterFailure(.notPaired, "no such lock was heard") }
        let credentials = try await credentials()
        let works = works
        let caller = AugustCaller(peer, credentials, radio: radio) {
            works.yield(.follow($0))
        } onPush: { _ in
        }
        state.withLock { $0.caller = caller }
        defer { state.withLock { $0.caller = nil } }
        desk.progress(1, of: 3, "trying the key")
        do {
            let talk = try await caller.talk()
            desk.progress(2, of: 3, "asking the lock what it has")
            let found = try await survey(talk, peer, credentials)
            await caller.close(isHurried: false)
            desk.progress(3, of: 3, "paired")
            return found
        } catch {
            await caller.close(isHurried: true)
            throw error
        }
    }

    private func credentials() async throws -> AugustCredentials {
        if let given { return given }
        let text = try await desk.text(
            PromptParams(
                kind: .text, text: "The lock's offline key and its slot, as KEY:SLOT (32 hexadecimal digits, a number):", secret: true))
        guard let credentials = AugustCredentials(text: text) else { throw Self.malformed }
        return credentials
    }

    private func survey(_ talk: AugustTalk, _ peer: RadioPeer, _ credentials: AugustCredentials) async throws -> AugustVendorState {
        let model = await Self.text(talk.link, AugustService.model) ?? "August or Yale lock"
        let firmware = await Self.text(talk.link, AugustService.firmware)
        let door = try await talk.answerIfAny(.status(.door)) { if case .door = $0 { true } else { false } }
        let autoLock = try await talk.autoLock()
        let battery = try await talk.battery()
        let slot = AugustVendorState.slots.lowerBound
        let code = try await talk.answerIfAny(AugustCode.read(UInt16(slot))) { if case .code(slot, _, _) = $0 { true } else { false } }
        var hasCodes = false
        if case .code(_, _, let result)? = code { hasCodes = result.isOK }
        return AugustVendorState(
            address: peer.address, type: peer.type, key: credentials.keyDigits, slot: credentials.slot, model: model, firmware: firmware,
            hasDoor: door.map { $0 != .door(.none) } ?? false, hasBattery: battery != nil, hasCodes: hasCodes,
            foundAutoLock: autoLock.map { [$0.neverOpened, $0.doorClosed] }, canUnlatch: canUnlatch, locksSecurely: locksSecurely,
            ownSlots: [])
    }

    /// A characteristic of Device Information, up to its first zero; `nil` where there is none, or none to read.
    private static func text(_ link: RadioLink, _ characteristic: String) async -> String? {
        guard let bytes = try? await link.read(characteristic, service: AugustService.information) else { return nil }
        let text = String(decoding: bytes.prefix { $0 >= 0x20 && $0 < 0x7F }.prefix(64), as: UTF8.self)
        return text.isEmpty ? nil : text
    }
}
