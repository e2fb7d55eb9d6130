/// What a key signs with; fixed when the key is enrolled (`trust`, Tokens).
package enum KeyAlgorithm: String, Sendable, Codable {
    case ed25519 = "Ed25519"
    case es256 = "ES256"
}

/// What every parsed token carries, whatever its kind, and what its signature check needs.
package struct TokenEnvelope: Sendable, Equatable {
    /// `iss`: who says so.
    package var issuer: PrincipalID
    /// `jti`.
    package var id: TokenID
    /// `iat`.
    package var issuedAt: Timestamp
    /// `kid`: the thumbprint of the key it claims.
    package var keyID: String
    /// `alg` as written, mapped to the kind of key it needs.
    package var algorithm: KeyAlgorithm
    /// SHA-256 over `header.payload`: two tokens with the same hash are the same token.
    package var hash: Digest
    /// The bytes `header.payload`.
    package var signingInput: [UInt8]
    /// The signature as sent.
    package var signature: [UInt8]

    package init(
        issuer: PrincipalID, id: TokenID, issuedAt: Timestamp, keyID: String, algorithm: KeyAlgorithm, hash: Digest,
        signingInput: [UInt8], signature: [UInt8]
    ) {
        self.issuer = issuer
        self.id = id
        self.issuedAt = issuedAt
        self.keyID = keyID
        self.algorithm = algorithm
        self.hash = hash
        self.signingInput = signingInput
        self.signature = signature
    }
}

/// What a command asks for.
package enum CommandAction: String, Sendable, Codable, CaseIterable {
    case unlock, unlatch, lock, check
}

/// A parsed `lb-cmd+jwt`: a retailer asks for one action on one lock (`bus-reference`, Tokens).
package struct CommandToken: Sendable, Codable, Equatable {
    package var envelope: TokenEnvelope
    /// `aud`: the gateway it is meant for, as written.
    package var audience: String
    /// The lock, as a name that may or may not exist here.
    package var lock: LockID
    /// `exp`.
    package var expires: Timestamp
    package var action: CommandAction
    /// `grant`: the id of the grant it stands on.
    package var grant: TokenID?
    /// `grantHash`: that grant's hash.
    package var grantHash: Digest?
    /// For how long the door may stay unlocked.
    package var openSeconds: Int?
    /// Thumbprint of the courier's key.
    package var courier: String?
    /// The delivery it belongs to; entries are counted by it.
    package var delivery: String?
    /// The challenge it echoes.
    package var nonce: String?
    /// Walk every check, spend only the id.
    package var dryRun: Bool

    package init(
        envelope: TokenEnvelope, audience: String, lock: LockID, expires: Timestamp, action: CommandAction, grant: TokenID? = nil,
        grantHash: Digest? = nil, openSeconds: Int? = nil, courier: String? = nil, delivery: String? = nil, nonce: String? = nil,
        dryRun: Bool = false
    ) {
        self.envelope = envelope
        self.audience = audience
        self.lock = lock
        self.expires = expires
        self.action = action
        self.grant = grant
        self.grantHash = grantHash
        self.openSeconds = openSeconds
        self.courier = courier
        self.delivery = delivery
        self.nonce = nonce
        self.dryRun = dryRun
    }
}

/// What a grant allows.
package enum GrantAction: String, Sendable, Codable, CaseIterable {
    case unlock, unlatch, code
}

/// How sure it is, before the motor moves, that the lock will lock again by itself.
package enum RelockAssurance: String, Sendable, Codable, CaseIterable, Comparable {
    /// Only the gateway relocks; needs the installer's recorded waiver.
    case gatewayOnly
    /// The lock's own auto-relock is armed and was read back.
    case lockAuto
    /// The lock's own timed unlock.
    case lockTimed

    /// Weaker before stronger.
    package static func < (left: RelockAssurance, right: RelockAssurance) -> Bool { left.rank < right.rank }
    private var rank: Int {
        switch self {
        case .gatewayOnly: 0
        case .lockAuto: 1
        case .lockTimed: 2
        }
    }
}

/// A day of a weekly window, in the site's time zone.
package enum Weekday: String, Sendable, Codable, CaseIterable {
    case mon, tue, wed, thu, fri, sat, sun
}

/// When a grant may be used; half-open.
package enum GrantWindow: Sendable, Codable, Equatable {
    /// On those days from one minute of the day to another, by the site's clock; `to ≤ from` ends on the next day.
    case weekly(days: [Weekday], fromMinute: Int, toMinute: Int)
    /// Once.
    case interval(from: Timestamp, to: Timestamp)
}

/// What a resident asks for beyond time and place.
package struct GrantOptions: Sendable, Codable, Equatable {
    package var consent: Bool
    package var camera: Bool
    package var noTime: Bool
    package var freshHours: Int?

    package init(consent: Bool = false, camera: Bool = false, noTime: Bool = false, freshHours: Int? = nil) {
        self.consent = consent
        self.camera = camera
        self.noTime = noTime
        self.freshHours = freshHours
    }
}

/// What a resident allows a retailer: the claims of an `lb-grant+jwt`.
package struct Grant: Sendable, Codable, Equatable {
    /// `jti`.
    package var id: TokenID
    /// SHA-256 over the grant's signing input; commands quote it.
    package var hash: Digest
    /// `iss`: the resident.
    package var resident: PrincipalID
    /// `aud`: the retailer.
    package var retailer: PrincipalID
    /// The gateway it is for, as written.
    package var gateway: String
    package var lock: LockID
    package var issuedAt: Timestamp
    /// `nbf`.
    package var notBefore: Timestamp
    /// `exp`.
    package var expires: Timestamp
    package var actions: [GrantAction]
    /// `nil` means from `notBefore` to `expires`.
    package var windows: [GrantWindow]?
    /// How many deliveries, or commands without one.
    package var maxUses: Int
    /// How many re-entries a use has after its first unlock.
    package var maxEntries: Int
    /// The longest a command may ask for.
    package var openSeconds: Int
    /// Thumbprints of allowed couriers; `nil` means any, empty none.
    package var couriers: [String]?
    package var minRelock: RelockAssurance?
    package var options: GrantOptions
    /// The resident's own counter.
    package var residentSequence: Int64

    package init(
        id: TokenID, hash: Digest, resident: PrincipalID, retailer: PrincipalID, gateway: String, lock: LockID, issuedAt: Timestamp,
        notBefore: Timestamp, expires: Timestamp, actions: [GrantAction], windows: [GrantWindow]? = nil, maxUses: Int,
        maxEntries: Int = 3, openSeconds: Int, couriers: [String]? = nil, minRelock: RelockAssurance? = nil,
        options: GrantOptions = GrantOptions(), residentSequence: Int64
    ) {
        self.id = id
        self.hash = hash
        self.resident = resident
        self.retailer = retailer
        self.gateway = gateway
        self.lock = lock
        self.issuedAt = issuedAt
        self.notBefore = notBefore
        self.expires = expires
        self.actions = actions
        self.windows = windows
        self.maxUses = maxUses
        self.maxEntries = maxEntries
        self.openSeconds = openSeconds
        self.couriers = couriers
        self.minRelock = minRelock
        self.options = options
        self.residentSequence = residentSequence
    }
}

/// A parsed `lb-grant+jwt`: the grant, and what its signature check needs.
package struct GrantToken: Sendable, Codable, Equatable {
    package var envelope: TokenEnvelope
    package var grant: Grant

    package init(envelope: TokenEnvelope, grant: Grant) {
        self.envelope = envelope
        self.grant = grant
    }
}

/// A parsed `lb-revoke+jwt`: a resident takes grants back.
package struct RevocationToken: Sendable, Codable, Equatable {
    package var envelope: TokenEnvelope
    /// `aud`: the gateway it is meant for, as written.
    package var audience: String
    /// The resident's own counter.
    package var residentSequence: Int64
    /// Grants revoked by id, present or not yet arrived.
    package var grants: [TokenID]
    /// Every grant to these retailers up to this counter.
    package var retailers: [PrincipalID]
    /// Every grant with a counter up to this one.
    package var allBefore: Int64?

    package init(
        envelope: TokenEnvelope, audience: String, residentSequence: Int64, grants: [TokenID] = [], retailers: [PrincipalID] = [],
        allBefore: Int64? = nil
    ) {
        self.envelope = envelope
        self.audience = audience
        self.residentSequence = residentSequence
        self.grants = grants
        self.retailers = retailers
        self.allBefore = allBefore
    }
}
