/// What a principal is, and so what it may do (`trust`, Who).
package enum PrincipalRole: String, Sendable, Codable, CaseIterable {
    case resident, retailer, partner, `operator`, automation
}

/// One public key of a principal.
package struct PrincipalKey: Sendable, Codable, Hashable {
    /// RFC 7638 thumbprint, the `kid` its tokens carry.
    package var id: String
    package var algorithm: KeyAlgorithm
    /// The raw public key in base64url: 32 bytes for Ed25519, the 65-byte X9.63 point for ES256.
    package var publicKey: String
    /// Not used before, where set.
    package var notBefore: Timestamp?
    /// Not used from then on, where set.
    package var expires: Timestamp?

    package init(id: String, algorithm: KeyAlgorithm, publicKey: String, notBefore: Timestamp? = nil, expires: Timestamp? = nil) {
        self.id = id
        self.algorithm = algorithm
        self.publicKey = publicKey
        self.notBefore = notBefore
        self.expires = expires
    }

    /// Whether tokens signed with it count at that time.
    package func isActive(at time: Timestamp) -> Bool {
        if let notBefore, time < notBefore { return false }
        if let expires, time >= expires { return false }
        return true
    }
}

/// Somebody the gateway knows, with the keys that prove it.
package struct Principal: Sendable, Codable, Equatable {
    package var id: PrincipalID
    package var role: PrincipalRole
    /// At most two active at a time, for rotation.
    package var keys: [PrincipalKey]
    /// Set while the operator does not want to hear from it.
    package var suspended: Bool
    /// Keys suspended one by one, by thumbprint.
    package var suspendedKeys: [String]

    package init(id: PrincipalID, role: PrincipalRole, keys: [PrincipalKey], suspended: Bool = false, suspendedKeys: [String] = []) {
        self.id = id
        self.role = role
        self.keys = keys
        self.suspended = suspended
        self.suspendedKeys = suspendedKeys
    }
}
