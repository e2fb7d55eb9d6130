/// What a reply answers: the last level of the topic the message came by.
package enum ReplyKind: String, Sendable, Codable {
    case command, grant, delivery, say, trust, replay
}

/// How far a message got.
package enum ReplyStatus: String, Sendable, Codable {
    case accepted, unlocked, secured, failed, unknown, refused
}

/// What became of one message, as the bus contract words it; class, retry and help follow from the reason's row.
package struct Reply: Sendable, Codable, Equatable {
    package var kind: ReplyKind
    /// The token's id, wherever a well-formed one could be read.
    package var id: TokenID?
    /// SHA-256 of the payload, where no id could be read.
    package var digest: Digest?
    package var status: ReplyStatus
    /// No further reply to this message will come.
    package var final: Bool
    package var reason: Reason?
    /// A sentence about this very case.
    package var detail: String?
    package var retryAfterSeconds: Int?
    package var relockBy: Timestamp?
    /// `nonceNeeded`: what a new command should echo.
    package var nonce: String?
    /// `check` and `dryRun`: nothing stands in the way.
    package var ready: Bool?
    /// `check` and `dryRun`: what does.
    package var blockers: [Reason]?
    /// `check`: when the grant's window opens next.
    package var opensAt: Timestamp?
    package var at: Timestamp
    package var timeTrust: TimeTrust

    package init(
        kind: ReplyKind, id: TokenID? = nil, digest: Digest? = nil, status: ReplyStatus, final: Bool, reason: Reason? = nil,
        detail: String? = nil, retryAfterSeconds: Int? = nil, relockBy: Timestamp? = nil, nonce: String? = nil, ready: Bool? = nil,
        blockers: [Reason]? = nil,
        opensAt: Timestamp? = nil, at: Timestamp, timeTrust: TimeTrust
    ) {
        self.kind = kind
        self.id = id
        self.digest = digest
        self.status = status
        self.final = final
        self.reason = reason
        self.detail = detail
        self.retryAfterSeconds = retryAfterSeconds
        self.relockBy = relockBy
        self.nonce = nonce
        self.ready = ready
        self.blockers = blockers
        self.opensAt = opensAt
        self.at = at
        self.timeTrust = timeTrust
    }
}

/// Where replies to one message go; kept in memory only, so after a restart replies go to the plain reply topic.
package struct ReplyRoute: Sendable, Codable, Equatable {
    /// The bus that brought the message.
    package var bus: BusName
    /// The principal of its topic.
    package var principal: PrincipalID
    /// MQTT 5 Response Topic, if it lies below `to/{principal}/reply/`.
    package var responseTopic: String?
    /// MQTT 5 Correlation Data, echoed.
    package var correlation: [UInt8]?

    package init(bus: BusName, principal: PrincipalID, responseTopic: String? = nil, correlation: [UInt8]? = nil) {
        self.bus = bus
        self.principal = principal
        self.responseTopic = responseTopic
        self.correlation = correlation
    }
}
