import LockModel

/// The last level of a topic below `from/{principal}/` that carries tokens; it decides which types are taken there.
package enum TokenTopic: String, Sendable, CaseIterable {
    case command, grant, say, trust

    /// The largest payload: 4 KiB for a command, 8 KiB for the others (`trust`, Tokens).
    package var maximumBytes: Int { self == .command ? 4_096 : 8_192 }

    /// The types of token that this topic takes.
    var types: [TokenType] { TokenType.allCases.filter { $0.topic == self } }
}

/// The `typ` of a token.
enum TokenType: String, CaseIterable {
    case command = "lb-cmd+jwt"
    case grant = "lb-grant+jwt"
    case revocation = "lb-revoke+jwt"
    case say = "lb-say+jwt"
    case trust = "lb-trust+jwt"

    var topic: TokenTopic {
        switch self {
        case .command: .command
        case .grant, .revocation: .grant
        case .say: .say
        case .trust: .trust
        }
    }
}

/// A token of any type, parsed but not yet believed: its signature is checked by ``TokenVerifier``.
package enum Token: Sendable, Equatable {
    case command(CommandToken)
    case grant(GrantToken)
    case revocation(RevocationToken)
    case say(SayToken)
    case trust(TrustToken)

    /// What all types carry.
    package var envelope: TokenEnvelope {
        switch self {
        case .command(let token): token.envelope
        case .grant(let token): token.envelope
        case .revocation(let token): token.envelope
        case .say(let token): token.envelope
        case .trust(let token): token.envelope
        }
    }

    /// The gateway it is meant for, as written: `aud`, or a grant's `gateway`.
    package var gateway: String {
        switch self {
        case .command(let token): token.audience
        case .grant(let token): token.grant.gateway
        case .revocation(let token): token.audience
        case .say(let token): token.audience
        case .trust(let token): token.audience
        }
    }

    var type: TokenType {
        switch self {
        case .command: .command
        case .grant: .grant
        case .revocation: .revocation
        case .say: .say
        case .trust: .trust
        }
    }
}
