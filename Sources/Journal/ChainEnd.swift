import GRDB
import LockCrypto
import LockModel

/// The end of the chain: appends records one after another.
struct ChainEnd: Sendable {
    private var number: Int64
    private var head: [UInt8]
    private var sealing: SealingKeys

    /// Reads the end from the database.
    init(_ db: Database, site: SecretBytes) throws {
        let row = try Row.fetchOne(db, sql: "SELECT n, head FROM records ORDER BY n DESC LIMIT 1")
        number = try row?.integer("n") ?? 0
        head = try row.map { try $0.bytes("head") } ?? Digest.zero.bytes
        sealing = SealingKeys(site: site)
    }

    /// The end as it stands.
    var mark: JournalMark {
        get throws {
            guard let head = Digest(head) else { throw JournalFailure.damaged(record: number, what: "head has not 32 bytes") }
            return JournalMark(number: number, head: head)
        }
    }

    mutating func append(_ record: LockModel.Record, in db: Database) throws {
        guard record.number == number + 1 else { throw JournalFailure.gap(expected: number + 1, found: record.number) }
        let content = try record.encoded()
        let salted = randomBytes(HashChain.saltLength) + content
        let digest = HashChain.digest(salted: salted)
        head = HashChain.head(after: head, digest: digest)
        number = record.number
        let (keyID, key) = try sealing.key(for: record.owner, in: db, orMake: true)
        let sealed = try AESGCM256.seal(salted, key: key, associatedData: SealingKeys.associatedData(number))
        try db.cachedStatement(sql: "INSERT INTO records (n, kind, at, boot, d, head) VALUES (?, ?, ?, ?, ?, ?)").execute(
            arguments: [number, record.body.kind, record.at.milliseconds, record.bootMilliseconds, digest.blob, head.blob])
        try db.cachedStatement(sql: "INSERT INTO details (n, keyId, sealed) VALUES (?, ?, ?)").execute(arguments: [
            number, keyID, sealed.blob,
        ])
        for addressee in record.addressees {
            try db.cachedStatement(sql: "INSERT INTO outbox (principal, sequence, n) VALUES (?, ?, ?)").execute(
                arguments: [addressee.principal.text, addressee.sequence, number])
        }
    }
}
