import LockCrypto
import WireBytes

/// The key exchange by which a lock that was just let in gets its keys (SDS13783, "Key exchange", the including controller's side).
///
/// **Decides** what is granted and whether the node at the other end is the one in the installer's hand: its key is completed by the PIN printed on it,
/// and nothing secret is said before both sides have repeated, under the key they agreed on, what they said in the open.
/// **Inputs**: frames of class 9F that came, the installer's PIN, the time. **Effects**: ``Effect``. **Bounds**: every step has its time, 10 s, the
/// installer 240 s; a frame out of turn is ignored where a node may repeat itself and ends the exchange where it may not.
/// **The property that must never break**: a network key is told only under the agreed key, only to a node that proved the PIN, and only one that was
/// asked for and granted; an exchange that ends early grants nothing, and says so.
package struct S2Inclusion: Sendable {
    package enum Effect: Equatable, Sendable {
        case transmit([UInt8])
        /// Ask the installer for the first five digits of this key, of which the rest is shown.
        case askForPIN(DeviceKey)
        /// The node has these keys, and has shown that it has each.
        case done(Set<S2KeyClass>)
        case failed(Failure)
    }

    package enum Failure: Equatable, Sendable {
        /// It asks for none of the keys we would grant: it would be less secure than a lock has to be.
        case tooWeak(asked: UInt8)
        /// It speaks another scheme or curve.
        case unsupported
        /// It did not say the next in time.
        case silent(String)
        /// The PIN was wrong, or somebody stands between.
        case notAuthentic
        case refusedByNode(UInt8)
        case cancelled
        case malformed
    }

    enum Step: Equatable {
        case report
        case publicKey
        case pin
        case echo
        /// The node asks for its keys, one after the other.
        case keys
        /// It has to show that it has this one.
        case verify(S2KeyClass)
        case over
    }

    package static let stepMilliseconds: Int64 = 10_000
    package static let installerMilliseconds: Int64 = 240_000

    private let networkKeys: [S2KeyClass: SecretBytes]
    private let ours: X25519Key
    private(set) var session: S2Session
    private(set) var step = Step.report
    private var deadline: Int64
    private var said: KEXReport?
    private var granted: KEXReport?
    private var theirKey: [UInt8] = []
    private var verified: Set<S2KeyClass> = []
    /// Commands to be sealed one after the other under the agreed key.
    private var waiting: [[UInt8]] = []
    /// The last one was sealed and handed out; it is kept, should the node have lost step.
    private var isHandedOut = false

    /// - Parameters:
    ///   - networkKeys: what may be granted, 16 bytes each; for a lock those of access and of authenticated devices.
    ///   - session: with no keys yet.
    package init(networkKeys: [S2KeyClass: SecretBytes], session: S2Session, ours: X25519Key = X25519Key(), at now: Int64) {
        self.networkKeys = networkKeys
        self.session = session
        self.ours = ours
        deadline = now + Self.stepMilliseconds
    }

    package var nextDeadline: Int64? { step == .over ? nil : [deadline, session.nextDeadline].compactMap { $0 }.min() }

    /// The first thing to be said.
    package mutating func begin() -> [Effect] { [.transmit([0x9F, S2Command.kexGet.rawValue])] }

    // MARK: - Inputs

    /// Takes a frame of class 9F.
    package mutating func received(_ frame: [UInt8], at now: Int64) -> [Effect] {
        guard step != .over, frame.count >= 2, frame[0] == 0x9F, let command = S2Command(rawValue: frame[1]) else { return [] }
        do throws(ByteFault) {
            switch command {
            case .nonceGet, .nonceReport, .encapsulation: return run(session.received(frame, at: now), at: now)
            case .kexReport: return try reported(frame, at: now)
            case .publicKeyReport: return try toldKey(frame, at: now)
            case .kexFail: return end(.refusedByNode(frame.count > 2 ? frame[2] : 0), nil, at: now)
            // Ours to say, or said only under a key.
            case .kexGet, .kexSet, .networkKeyGet, .networkKeyReport, .networkKeyVerify, .transferEnd, .commandsSupportedGet,
                .commandsSupportedReport:
                return []
            }
        } catch {
            return end(.malformed, .cancelled, at: now)
        }
    }

    /// The installer's five digits.
    package mutating func answered(pin: UInt16, at now: Int64) -> [Effect] {
        guard step == .pin else { return [] }
        theirKey.replaceSubrange(0..<2, with: [UInt8(pin >> 8), UInt8(truncatingIfNeeded: pin)])
        return agree(at: now)
    }

    /// The installer gives up.
    package mutating func cancelled(at now: Int64) -> [Effect] { step == .over ? [] : end(.cancelled, .cancelled, at: now) }

    package mutating func tick(at now: Int64) -> [Effect] {
        guard step != .over else { return [] }
        guard now >= deadline else { return run(session.tick(at: now), at: now) }
        switch step {
        case .report: return end(.silent("which keys it wants"), nil, at: now)
        case .publicKey: return end(.silent("its public key"), .cancelled, at: now)
        case .pin: return end(.cancelled, .cancelled, at: now)
        // A node that was given a wrong PIN can open nothing, and says nothing.
        case .echo: return end(.notAuthentic, .cancelled, at: now)
        case .keys: return end(.silent("which key it wants"), .cancelled, at: now)
        case .verify: return end(.silent("that it has its key"), .cancelled, at: now)
        case .over: return []
        }
    }

    // MARK: - In the open

    private mutating func reported(_ frame: [UInt8], at now: Int64) throws(ByteFault) -> [Effect] {
        guard step == .report else { return [] }
        let report = try KEXReport(frame)
        guard report.schemes & KEXReport.scheme1 != 0 else { return end(.unsupported, .scheme, at: now) }
        guard report.profiles & KEXReport.curve25519 != 0 else { return end(.unsupported, .curve, at: now) }
        let keys = networkKeys.keys.filter { $0 != .temporary && report.keys & $0.rawValue != 0 }.reduce(UInt8(0)) { $0 | $1.rawValue }
        guard keys != 0 else { return end(.tooWeak(asked: report.keys), .noKey, at: now) }
        said = report
        let set = KEXReport(isEcho: false, keys: keys)
        granted = set
        enter(.publicKey, at: now)
        return [.transmit(set.bytes(as: .kexSet))]
    }

    private mutating func toldKey(_ frame: [UInt8], at now: Int64) throws(ByteFault) -> [Effect] {
        guard step == .publicKey, let granted else { return [] }
        var reader = ByteReader(frame, from: 2)
        let flags = try reader.byte()
        theirKey = try reader.take(32)
        // A second including node, which there is not.
        guard flags & 1 == 0 else { return end(.malformed, .authentication, at: now) }
        let answer = Effect.transmit([0x9F, S2Command.publicKeyReport.rawValue, 1] + ours.publicKey)
        // A node that is to be told a key which needs the PIN leaves it out of its public key.
        guard granted.keys & (S2KeyClass.access.rawValue | S2KeyClass.authenticated.rawValue) != 0 else { return [answer] + agree(at: now) }
        step = .pin
        deadline = now + Self.installerMilliseconds
        return [answer, .askForPIN(DeviceKey(publicKey: theirKey))]
    }

    private mutating func agree(at now: Int64) -> [Effect] {
        guard let secret = try? ours.sharedSecret(with: theirKey),
            let keys = try? S2Keys(agreed: secret, including: ours.publicKey, joining: theirKey)
        else { return end(.notAuthentic, .decrypt, at: now) }
        session.add(keys, as: .temporary)
        enter(.echo, at: now)
        return []
    }

    // MARK: - Under the agreed key

    private mutating func run(_ effects: [S2Session.Effect], at now: Int64) -> [Effect] {
        var results: [Effect] = []
        for effect in effects {
            switch effect {
            case .transmit(let frame): results.append(.transmit(frame))
            case .command(let command, let key):
                // It goes on, so it has what was said before.
                if isHandedOut { session.ended() }
                results += obey(command, key, at: now)
            case .sealed:
                isHandedOut = true
                results += sendNext(at: now)
            case .failed: results += end(.silent("a nonce"), .cancelled, at: now)
            case .repeated, .refused: break
            }
        }
        return results
    }

    private mutating func say(_ command: [UInt8], at now: Int64) -> [Effect] {
        waiting.append(command)
        return sendNext(at: now)
    }

    private mutating func sendNext(at now: Int64) -> [Effect] {
        guard !waiting.isEmpty, isHandedOut || !session.isBusy else { return [] }
        session.ended()
        isHandedOut = false
        guard let effects = session.send(waiting.removeFirst(), under: .temporary, at: now) else { return [] }
        return run(effects, at: now)
    }

    private mutating func obey(_ command: [UInt8], _ key: S2KeyClass, at now: Int64) -> [Effect] {
        guard command.count >= 2, command[0] == 0x9F, let kind = S2Command(rawValue: command[1]) else { return [] }
        switch (kind, step) {
        case (.kexSet, .echo) where key == .temporary: return echoed(command, at: now)
        case (.networkKeyGet, .keys) where key == .temporary: return asked(command, at: now)
        case (.networkKeyVerify, .verify(key)): return verifiedKey(key, at: now)
        case (.networkKeyVerify, .verify): return end(.notAuthentic, .keyNotVerified, at: now)
        case (.transferEnd, .keys) where key == .temporary: return finished(command, at: now)
        case (.kexFail, _): return end(.refusedByNode(command.count > 2 ? command[2] : 0), nil, at: now)
        default: return []
        }
    }

    private mutating func echoed(_ command: [UInt8], at now: Int64) -> [Effect] {
        guard let echo = try? KEXReport(command), let granted, let said, echo.isEcho(of: granted) else {
            return end(.notAuthentic, .authentication, at: now)
        }
        enter(.keys, at: now)
        return say([0x9F, S2Command.kexReport.rawValue, said.flags | 1, said.schemes, said.profiles, said.keys], at: now)
    }

    private mutating func asked(_ command: [UInt8], at now: Int64) -> [Effect] {
        guard command.count >= 3, let key = S2KeyClass(rawValue: command[2]), key != .temporary, let granted,
            granted.keys & key.rawValue != 0,
            let secret = networkKeys[key], let keys = try? S2Keys(networkKey: secret)
        else { return end(.notAuthentic, .keyNotGranted, at: now) }
        session.add(keys, as: key)
        enter(.verify(key), at: now)
        return say([0x9F, S2Command.networkKeyReport.rawValue, key.rawValue] + secret.withUnsafeBytes { Array($0) }, at: now)
    }

    private mutating func verifiedKey(_ key: S2KeyClass, at now: Int64) -> [Effect] {
        verified.insert(key)
        enter(.keys, at: now)
        return say([0x9F, S2Command.transferEnd.rawValue, 0x02], at: now)
    }

    private mutating func finished(_ command: [UInt8], at now: Int64) -> [Effect] {
        let wanted = Set(S2KeyClass.allCases.filter { $0 != .temporary && (granted?.keys ?? 0) & $0.rawValue != 0 })
        guard command.count >= 3, command[2] == 0x01, verified == wanted else { return end(.notAuthentic, .keyNotVerified, at: now) }
        step = .over
        session.remove(.temporary)
        return [.done(verified)]
    }

    // MARK: - Ends

    private mutating func enter(_ step: Step, at now: Int64) {
        self.step = step
        deadline = now + Self.stepMilliseconds
    }

    private mutating func end(_ failure: Failure, _ told: KEXFailure?, at now: Int64) -> [Effect] {
        step = .over
        for key in S2KeyClass.allCases { session.remove(key) }
        return (told.map { [.transmit([0x9F, S2Command.kexFail.rawValue, $0.rawValue])] } ?? []) + [.failed(failure)]
    }
}
