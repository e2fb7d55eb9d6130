import LockCrypto
import WireBytes

/// Pairing with a Nuki lock: who says what after what, and what is checked (Smart Lock API V2.1, "Authorizing"; the 5th generation's as public clients do it).
///
/// Inputs are the lock's messages; the way out is messages to write, a question for the PIN, and in the end an authorization with its key.
///
/// - Generations 1 to 4: keys are agreed in plain, both sides prove that they know the shared key over fresh challenges, and the lock's last proof is
///   checked before anything is kept. Whoever is on the air during these seconds with the lock's button pressed can be the other side: the vendor's design.
/// - Generation 5: after the first proof the lock asks for nothing more than a sealed message that carries its six-digit PIN.
///
/// What must never break: no authorization comes out unless the lock proved that it knows the shared key; no state is left but forwards.
package struct NukiPairing {
    /// Which of the two ways the lock speaks, by the service it advertises.
    package enum Generation: String, Sendable, Equatable, Codable {
        case upToFour, five
    }

    /// What is to be done next.
    package enum Step: Equatable {
        /// Write these bytes, plain or sealed as they are, to the pairing characteristic.
        case write([UInt8])
        /// The lock's PIN is needed; say it with ``take(pin:)``.
        case askForPIN
        /// Paired.
        case done(Authorization)
        /// Nothing to do but wait.
        case wait
    }

    /// What pairing gave.
    package struct Authorization: Equatable {
        package var id: UInt32
        package var key: SecretBytes
        package var uuid: [UInt8]

        package static func == (left: Authorization, right: Authorization) -> Bool { left.id == right.id && left.uuid == right.uuid }
    }

    /// Why it failed; nothing was kept.
    package enum Failure: Error, Equatable {
        /// The lock refused.
        case refused(NukiError)
        /// It said something that may not come now.
        case outOfTurn(NukiCommand)
        /// It said what makes no sense.
        case malformed
        /// It does not know the key it claims to have agreed on.
        case impostor
        /// The cryptographic library failed.
        case crypto
    }

    private enum State {
        case publicKey
        case firstChallenge
        /// Which of the two follows is the lock's generation.
        case secondChallenge
        case pin
        case authorizationID
        case sealedAuthorizationID(NukiSeal)
        case status(Authorization)
        case over
    }

    /// The kind of user we are to the lock.
    package enum User: String, Sendable, Decodable {
        /// One of many. Can't clear the beacon's bit.
        case app
        /// The one place for a bridge: takes the place of the owner's Nuki Bridge, if there is one.
        case bridge

        fileprivate var type: UInt8 { self == .app ? 0 : 1 }
    }

    private static let nameBytes = 32
    /// Any id may stand on the 5th generation's first sealed message; the lock gives ours in its answer.
    private static let noAuthorization: UInt32 = 0x7FFF_FFFF

    private let generation: Generation
    private let user: User
    private let appID: UInt32
    private let name: [UInt8]
    private let keys: (secret: SecretBytes, publicKey: [UInt8])
    private let ourNonce: [UInt8]
    private var state = State.publicKey
    private var shared: SecretBytes?
    private var lockKey: [UInt8] = []

    /// - Parameters:
    ///   - name: what the lock's list of users shows; cut at 32 bytes.
    ///   - keys: a fresh pair; given for the published vectors alone.
    package init(
        _ generation: Generation, as user: User = .app, appID: UInt32, name: String, keys: (secret: SecretBytes, publicKey: [UInt8]),
        ourNonce: [UInt8] = randomBytes(32)
    ) {
        self.generation = generation
        self.user = user
        self.appID = appID
        self.name = Self.padded(name)
        self.keys = keys
        self.ourNonce = ourNonce
    }

    /// The first message.
    package func begin() -> [UInt8] { NukiMessage.request(.publicKey).plain }

    /// Whether the lock's next message is sealed.
    package var expectsSealed: Bool { if case .sealedAuthorizationID = state { true } else { false } }

    /// Takes a message of the lock's: plain, or sealed where that is expected; a refusal may come plain at any time.
    package mutating func take(_ bytes: [UInt8]) throws(Failure) -> Step {
        let message = try read(bytes)
        if message.command == .errorReport { throw ended(.refused(NukiError(payload: message.payload))) }
        switch (state, message.command) {
        case (.publicKey, .publicKey): return try agree(message.payload)
        case (.firstChallenge, .challenge):
            guard message.payload.count == 32 else { throw ended(.malformed) }
            state = .secondChallenge
            return .write(NukiMessage(.authorizationAuthenticator, proof(keys.publicKey + lockKey + message.payload)).plain)
        case (.secondChallenge, .challenge) where generation == .upToFour:
            guard message.payload.count == 32 else { throw ended(.malformed) }
            return .write(authorizationData(message.payload))
        case (.secondChallenge, .authorizationInfo) where generation == .five:
            state = .pin
            return .askForPIN
        case (.authorizationID, .authorizationID): return try checkAuthorization(message.payload)
        case (.sealedAuthorizationID(let seal), .authorizationID):
            // The seal is the lock's proof: only who knows the shared key could make it.
            guard message.payload.count >= 20 else { throw ended(.malformed) }
            state = .over
            return .done(
                Authorization(id: Self.number(message.payload[..<4]), key: seal.key, uuid: Array(message.payload[4..<20])))
        case (.status(let authorization), .status):
            guard message.payload.first == 0 else { return .wait }
            state = .over
            return .done(authorization)
        default: throw ended(.outOfTurn(message.command))
        }
    }

    /// The PIN that was asked for.
    package mutating func take(pin: UInt32) throws(Failure) -> Step {
        guard case .pin = state, let shared else { throw ended(.malformed) }
        var payload: [UInt8] = []
        payload.append(littleEndian: UInt64(appID), bytes: 4)
        payload += name
        payload.append(littleEndian: UInt64(pin), bytes: 4)
        let seal = NukiSeal(authorization: Self.noAuthorization, key: shared)
        guard let bytes = try? seal.seal(NukiMessage(.authorizationData, payload)) else { throw ended(.crypto) }
        state = .sealedAuthorizationID(seal)
        return .write(bytes)
    }

    // MARK: - Steps

    private mutating func agree(_ payload: [UInt8]) throws(Failure) -> Step {
        guard payload.count == NaClBox.keyLength else { throw ended(.malformed) }
        guard payload != keys.publicKey, let shared = try? NaClBox.sharedKey(keys.secret, payload) else { throw ended(.impostor) }
        self.shared = shared
        lockKey = payload
        state = .firstChallenge
        return .write(NukiMessage(.publicKey, keys.publicKey).plain)
    }

    private mutating func authorizationData(_ challenge: [UInt8]) -> [UInt8] {
        var data: [UInt8] = [user.type]
        data.append(littleEndian: UInt64(appID), bytes: 4)
        data += name + ourNonce
        state = .authorizationID
        return NukiMessage(.authorizationData, proof(data + challenge) + data).plain
    }

    private mutating func checkAuthorization(_ payload: [UInt8]) throws(Failure) -> Step {
        guard payload.count == 84, let shared else { throw ended(.malformed) }
        let (theirs, rest) = (Array(payload[..<32]), Array(payload[32...]))
        guard isSame(theirs, proof(rest + ourNonce)) else { throw ended(.impostor) }
        let id = Array(rest[..<4])
        state = .status(Authorization(id: Self.number(id[...]), key: shared, uuid: Array(rest[4..<20])))
        return .write(NukiMessage(.authorizationIDConfirmation, proof(id + rest[20...]) + id).plain)
    }

    private mutating func read(_ bytes: [UInt8]) throws(Failure) -> NukiMessage {
        // Where a sealed message is due, a plain one may refuse and nothing else: anybody could say it.
        if let message = try? NukiMessage(plain: bytes), !expectsSealed || message.command == .errorReport { return message }
        if case .sealedAuthorizationID(let seal) = state, let message = try? seal.open(bytes, anyAuthorization: true) { return message }
        throw ended(.malformed)
    }

    private mutating func ended(_ failure: Failure) -> Failure {
        state = .over
        return failure
    }

    private func proof(_ bytes: [UInt8]) -> [UInt8] {
        guard let shared else { return [] }
        return HMACSHA256.authenticate(bytes, key: shared)
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 { bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) } }

    private static func padded(_ name: String) -> [UInt8] {
        let bytes = Array(name.utf8.prefix(nameBytes))
        return bytes + [UInt8](repeating: 0, count: nameBytes - bytes.count)
    }
}
