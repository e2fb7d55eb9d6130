import Glibc
import LinuxIO
import LockCrypto
import LockModel
import Tokens

/// One round's commands, signed before it begins: an unlock each, and the `lock` that follows it.
struct SignedCommands {
    var unlocks: [[UInt8]] = []
    var locks: [[UInt8]] = []
    var count: Int { unlocks.count }
}

/// A resident's grants and a retailer's commands for one gateway, or for the floor.
struct Retailer {
    static let name = "acme"
    static let resident = "alice"
    /// Long enough that no door is relocked by itself on a slow machine: the retailer's own `lock` ends it early.
    static let openSeconds = 30

    let retailer: PrincipalID
    let resident: PrincipalID
    let key: SigningKey
    let residentKey: SigningKey
    let gateway: String
    private let signer: TokenSigner
    /// By lock: its name, the grant's id and hash, and the grant itself.
    private(set) var grants: [(lock: LockID, id: TokenID, hash: Digest, token: [UInt8])] = []
    private(set) var nextLock = 0

    init(gateway: String, locks: Int) throws {
        guard let retailer = PrincipalID(Retailer.name), let resident = PrincipalID(Retailer.resident) else { throw Mishap("a name") }
        self.retailer = retailer
        self.resident = resident
        self.gateway = gateway
        key = try SigningKey.generate()
        residentKey = try SigningKey.generate()
        signer = TokenSigner(key: key)
        let residentSigner = TokenSigner(key: residentKey)
        for number in 0..<locks {
            guard let lock = LockID(Retailer.nameOfLock(number)) else { throw Mishap("a name") }
            grants.append(try grant(lock, residentSigner, sequence: Int64(number + 1)))
        }
    }

    static func nameOfLock(_ number: Int) -> String {
        let digits = String(number)
        return "l" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    }

    private func grant(_ lock: LockID, _ signer: TokenSigner, sequence: Int64) throws -> (LockID, TokenID, Digest, [UInt8]) {
        let now = Timestamp(seconds: Clocks.wallMilliseconds() / 1000)
        let id = TokenID.random()
        let envelope = TokenEnvelope.draft(issuer: resident, id: id, issuedAt: now)
        let grant = Grant(
            id: id, hash: .zero, resident: resident, retailer: retailer, gateway: gateway, lock: lock, issuedAt: now, notBefore: now,
            expires: now.advanced(byMilliseconds: 7 * 86_400_000), actions: [.unlock], maxUses: 1_000_000, openSeconds: 60,
            residentSequence: sequence)
        let token = try signer.sign(.grant(GrantToken(envelope: envelope, grant: grant)))
        guard case .grant(let signed) = try TokenParser.parse(token, as: .grant) else { throw Mishap("a grant that is none") }
        return (lock, id, signed.grant.hash, token)
    }

    /// Signs a round; the locks take turns, so that no lock has two commands at a time.
    mutating func sign(_ count: Int, round: UInt8) throws -> SignedCommands {
        var signed = SignedCommands()
        for number in 0..<count {
            let grant = grants[nextLock]
            nextLock = (nextLock + 1) % grants.count
            signed.unlocks.append(try command(.unlock, grant, CommandTag(number: UInt32(number), isLock: false, round: round)))
            signed.locks.append(try command(.lock, grant, CommandTag(number: UInt32(number), isLock: true, round: round)))
        }
        return signed
    }

    private func command(_ action: CommandAction, _ grant: (lock: LockID, id: TokenID, hash: Digest, token: [UInt8]), _ tag: CommandTag)
        throws -> [UInt8]
    {
        let now = Timestamp(seconds: Clocks.wallMilliseconds() / 1000)
        guard let id = TokenID(bytes: tag.id) else { throw Mishap("an id") }
        let isUnlock = action == .unlock
        let token = CommandToken(
            envelope: .draft(issuer: retailer, id: id, issuedAt: now), audience: gateway, lock: grant.lock,
            expires: now.advanced(byMilliseconds: 120_000), action: action, grant: isUnlock ? grant.id : nil,
            grantHash: isUnlock ? grant.hash : nil, openSeconds: isUnlock ? Retailer.openSeconds : nil)
        return try signer.sign(.command(token))
    }
}

/// Which command an id belongs to: it stands in the id's first six bytes, so that a reply is found without a table.
struct CommandTag: Equatable {
    var number: UInt32
    var isLock: Bool
    var round: UInt8

    /// Sixteen bytes: the tag, and ten random ones.
    var id: [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) } + [isLock ? 1 : 0, round] + randomBytes(10)
    }

    init(number: UInt32, isLock: Bool, round: UInt8) {
        self.number = number
        self.isLock = isLock
        self.round = round
    }

    /// Reads the tag from the first eight characters of an id in base64url.
    init?(_ text: UnsafeRawBufferPointer.SubSequence) {
        guard text.count >= 8 else { return nil }
        var bits: UInt64 = 0
        for character in text.prefix(8) {
            guard let value = CommandTag.values[Int(character)] else { return nil }
            bits = bits << 6 | UInt64(value)
        }
        number = UInt32(truncatingIfNeeded: bits >> 16)
        isLock = UInt8(truncatingIfNeeded: bits >> 8) == 1
        round = UInt8(truncatingIfNeeded: bits)
    }

    private static let values: [UInt8?] = {
        var values = [UInt8?](repeating: nil, count: 256)
        for (value, character) in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8.enumerated() {
            values[Int(character)] = UInt8(value)
        }
        return values
    }()
}
