import GRDB
import LockCrypto
import LockModel

/// The end of the chain during one transaction: appends records one after another.
struct ChainEnd {
    private var number: Int64
    private var head: [UInt8]

    init(_ db: Database) throws {
        let row = try Row.fetchOne(db, sql: "SELECT n, head FROM records ORDER BY n DESC LIMIT 1")
        number = row?["n"] ?? 0
        head = try row.map { try $0.bytes("head") } ?? Digest.zero.bytes
    }

    mutating func append(_ record: LockModel.Record, sealing: inout SealingKeys, in db: Database) throws {
        guard record.number == number + 1 else { throw JournalFailure.gap(expected: number + 1, found: record.number) }
        let content = try record.encoded()
        let salt = randomBytes(HashChain.saltLength)
        let digest = HashChain.digest(salt: salt, content: content)
        head = HashChain.head(after: head, digest: digest)
        number = record.number
        let (keyID, key) = try sealing.key(for: record.owner, in: db, orMake: true)
        let sealed = try AESGCM256.seal(salt + content, key: key, associatedData: SealingKeys.associatedData(number))
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
