import GRDB
import LockCrypto
import LockModel

/// Finds the key a record's content is sealed with: the owning resident's, else the site's.
///
/// A resident's key is 32 random bytes, kept sealed under the site's key; destroying that row makes the resident's content unreadable for good.
struct SealingKeys: Sendable {
    static let siteID = "site"

    private let site: SecretBytes
    private var residents: [String: SecretBytes] = [:]

    init(site: SecretBytes) { self.site = site }

    /// Binds sealed content to its place: a row moved to another number does not open.
    static func associatedData(_ number: Int64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) } }

    /// The key by the owner of a record; made on first use when the caller writes.
    mutating func key(for owner: PrincipalID?, in db: Database, orMake makes: Bool = false) throws -> (id: String, key: SecretBytes) {
        guard let owner else { return (SealingKeys.siteID, site) }
        let id = "resident:" + owner.text
        if let key = try key(named: id, in: db) { return (id, key) }
        guard makes else { return (SealingKeys.siteID, site) }
        let key = SecretBytes.random(32)
        let sealed = try key.withUnsafeBytes { bytes in
            try AESGCM256.seal(Array(bytes), key: site, associatedData: Array(id.utf8))
        }
        try db.execute(sql: "INSERT INTO keys (id, sealed) VALUES (?, ?)", arguments: [id, sealed.blob])
        residents[id] = key
        return (id, key)
    }

    /// The key by its name in `details`; `nil` when it was destroyed.
    mutating func key(named id: String, in db: Database) throws -> SecretBytes? {
        if id == SealingKeys.siteID { return site }
        if let known = residents[id] { return known }
        guard let row = try Row.fetchOne(db, sql: "SELECT sealed FROM keys WHERE id = ?", arguments: [id]) else { return nil }
        var bytes = try AESGCM256.open(try row.bytes("sealed"), key: site, associatedData: Array(id.utf8))
        let key = SecretBytes(wiping: &bytes)
        residents[id] = key
        return key
    }
}
