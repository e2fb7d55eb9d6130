import LockModel

/// Everything the machine is ever told.
package enum Input: Sendable, Codable, Equatable {
    /// A message came by a bus, parsed and not yet believed.
    case arrived(Arrival)
    /// The signature asked for by `Effect.verify` was checked.
    case verified(Int64, valid: Bool)
    /// A lock's adapter, timer or reading.
    case lock(LockID, LockInput)
    /// The broker acknowledged the notice of an operation.
    case noticeAcknowledged(LockID, OperationNumber)
    /// The journal is durable up to this record.
    case durable(Int64)
    /// The journal hashed its rows as they were after some record; it is recorded.
    case snapshotTaken(JournalSnapshot)
    /// The journal failed; nothing can be recorded any more.
    case journalFailed
    /// The disk is full but for what was kept back for relocks and alarms; `false`: it has room again.
    case roomIsScarce(Bool)
    /// A bus has its subscriptions, or lost some of what was retained: everything retained is published again, a page of locks at a time.
    case busConnected(BusName)
    /// The bus has room for the next page, of the locks after this one.
    case republish(BusName, after: LockID)
    /// An event of this principal was acknowledged by its broker.
    case eventAcknowledged(PrincipalID, Int64)
    /// Somebody on the admin socket, whose role was checked by the caller.
    case admin(Int64, AdminRequest)
    /// When a grant's windows are open, by the site's calendar.
    case expanded(TokenID, GrantOpenings)
    /// A fresh nonce, random and 128 bits or more, given every half minute while `needsChallenge`; `nil` once it is not needed any more.
    case challenge(String?)
    /// A minute went by: what begins or ends by the wall clock is published again.
    case minute
    /// Take nothing on any more and lock what is open.
    case stop
}

/// One message from a bus.
package struct Arrival: Sendable, Codable, Equatable {
    package enum Content: Sendable, Codable, Equatable {
        case command(CommandToken)
        /// The token and its compact text, which is kept and shown again.
        case grant(GrantToken, text: String)
        case revocation(RevocationToken)
        case trust(TrustToken)
        /// Not a token of its topic.
        case refused(Reason, detail: String?, id: TokenID?)
    }

    package var route: ReplyRoute
    package var kind: ReplyKind
    package var isRetained: Bool
    /// SHA-256 of the payload, for replies to what can't be read.
    package var digest: Digest
    package var content: Content

    package init(route: ReplyRoute, kind: ReplyKind, isRetained: Bool, digest: Digest, content: Content) {
        self.route = route
        self.kind = kind
        self.isRetained = isRetained
        self.digest = digest
        self.content = content
    }
}

/// The stretches of time in which a grant's weekly windows are open, as far ahead as they were worked out.
package struct GrantOpenings: Sendable, Codable, Equatable {
    /// One stretch, half-open.
    package struct Stretch: Sendable, Codable, Equatable {
        package var from: Timestamp
        package var to: Timestamp

        package init(from: Timestamp, to: Timestamp) {
            self.from = from
            self.to = to
        }
    }

    package var stretches: [Stretch]
    /// From then on nothing is known, and so nothing is open.
    package var until: Timestamp

    package init(stretches: [Stretch], until: Timestamp) {
        self.stretches = stretches
        self.until = until
    }
}

/// What the admin socket may ask of the machine; reading verbs look at its state instead.
package enum AdminRequest: Sendable, Codable, Equatable {
    case addPrincipal(Principal)
    case addLock(LockEntry)
    /// What an adapter asks for is its to have from now on.
    case acceptAdapter(AdapterNeeds)
    case addGrant(GrantToken, text: String)
    case revoke(RevocationToken)
    case suspend(PrincipalID, key: String?)
    case resume(PrincipalID, key: String?)
    /// A second key while keys are rotated.
    case addKey(PrincipalID, PrincipalKey)
    case retireKey(PrincipalID, String)
    case lock(LockID, actor: ChangeActor)
    /// A lock's settings, whole.
    case setLock(LockEntry)
    /// Another device under the same name, or the same one with new keys: the entry, whole. Only for a lock that is held.
    case replaceLock(LockEntry)
    /// A case it was tried in.
    case prove(LockProof)
    /// Take nothing new on for a lock that is to be removed, and refuse where it can't be.
    case holdLock(LockID)
    /// It stays after all.
    case keepLock(LockID)
    /// Forget a lock, with its grants; only where nothing is owed, nothing under way, and no alarm stands.
    case removeLock(LockID)
    /// The operator answers for the door from here: its obligations and its alarm end. The note says why.
    case release(LockID, note: String)
    /// Take no unlocks on and lock what is open; `resume` ends that.
    case drain
    case resumeAfterDrain
    /// Only while commissioning.
    case unlock(LockID, openSeconds: Int)
    case handover
    /// The clock is right as it stands, by the operator's word.
    case acceptClock
}
