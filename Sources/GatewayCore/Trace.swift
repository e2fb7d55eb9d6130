import LockModel

/// What `lockbridge run --trace` keeps: one line of JSON for the start, then one for each input with what was decided.
///
/// The same inputs at the same instants give the same decisions, so a trace can be replayed on a later build and compared line by line.
package enum Trace {
    package static let version = 1

    /// The first line: what the machine began with.
    package struct Start: Sendable, Codable, Equatable {
        /// ``Trace/version`` of whoever wrote it.
        package var trace: Int
        package var settings: GatewaySettings
        package var state: LedgerState
        /// When the state was loaded, on the boot-time clock.
        package var loadedBootMilliseconds: Int64
        /// The journal could not be believed, and the machine began frozen; absent otherwise.
        package var frozen: Bool?
        package var at: Instants
        /// What `GatewayMachine.start` decided.
        package var decisions: [String]

        package init(
            settings: GatewaySettings, state: LedgerState, loadedBootMilliseconds: Int64, isFrozen: Bool = false, at: Instants,
            decisions: [String]
        ) {
            trace = Trace.version
            self.settings = settings
            self.state = state.redacted
            self.loadedBootMilliseconds = loadedBootMilliseconds
            frozen = isFrozen ? true : nil
            self.at = at
            self.decisions = decisions
        }
    }

    /// Every other line.
    package struct Step: Sendable, Codable, Equatable {
        package var at: Instants
        package var input: Input
        package var decisions: [String]

        package init(at: Instants, input: Input, decisions: [String]) {
            self.at = at
            self.input = input.redacted
            self.decisions = decisions
        }
    }
}

extension Effect {
    /// The decision in a line: what would be seen from outside if it were another, and nothing that is secret or personal.
    package var summary: String {
        switch self {
        case .append(let entry):
            let record = entry.record
            return
                "record \(record.number) \(record.body.kind) \(record.body.lock?.text ?? "-") to \(record.addressees.map { "\($0.principal):\($0.sequence)" }) answers \(record.answers.map { "\($0.principal):\($0.reply.status.rawValue):\($0.reply.reason?.rawValue ?? "-")" }) rows \(entry.changes.count)"
        case .drive(let lock, let number, let action, let seconds, let ttl):
            return "drive \(lock) \(number) \(action.rawValue) \(seconds.map(String.init) ?? "-") ttl \(ttl)"
        case .read(let lock, let number): return "read \(lock) \(number)"
        case .drop(let lock): return "drop \(lock)"
        case .timer(let lock, let timer, let time): return "timer \(lock) \(timer.rawValue) \(time.map { String($0) } ?? "-")"
        case .alarm(let lock, let reason, let raised): return "alarm \(lock) \(reason.rawValue) \(raised)"
        case .verify(let ticket, let envelope, let key): return "verify \(ticket) \(envelope.issuer) \(envelope.id) \(key.id)"
        case .frozen: return "frozen"
        case .reply(let destination, let reply):
            return
                "reply \(destination.summary) \(reply.id?.description ?? "-") \(reply.status.rawValue) \(reply.reason?.rawValue ?? "-") \(reply.final)"
        case .replyStored(let destination, let issuer, let id, let record):
            return "stored \(destination.summary) \(issuer) \(id) \(record)"
        case .notice(let notice):
            return
                "notice \(notice.lock) \(notice.principal) \(notice.bus) \(notice.owed?.relockBy.description ?? "-") \(notice.acknowledges?.description ?? "-")"
        case .snapshot(let lock, let principal, let bus, let snapshot):
            return "snapshot \(lock) \(principal) \(bus) \(snapshot.map { "\($0.bolt.rawValue) \($0.door.rawValue) \($0.online)" } ?? "-")"
        case .grantStatus(let status, let principal, let bus):
            return "grant \(status.id) \(principal) \(bus) \(status.status.rawValue) \(status.usesLeft)"
        case .challenge(let nonce, let principal, let bus): return "challenge \(principal) \(bus) \(nonce == nil ? "-" : "nonce")"
        case .republished(let bus, let lock): return "republished \(bus) \(lock)"
        case .attach(let entry): return "attach \(entry.lock)"
        case .detach(let entry): return "detach \(entry.lock)"
        case .expand(let grant): return "expand \(grant.id)"
        }
    }
}

extension ReplyDestination {
    fileprivate var summary: String {
        switch self {
        case .bus(let route): "\(route.bus)/\(route.principal)"
        case .admin(let ticket): "admin \(ticket)"
        }
    }
}

// MARK: Redaction

extension LedgerState {
    /// Without tokens and titles: nothing decided rests on them.
    fileprivate var redacted: LedgerState {
        var state = self
        for index in state.grants.indices { state.grants[index].token = "" }
        state.locks = state.locks.map(\.redacted)
        return state
    }
}

extension Input {
    /// Without tokens, titles, notes, and what a client asked to have echoed.
    fileprivate var redacted: Input {
        switch self {
        case .arrived(var arrival):
            arrival.route.correlation = nil
            arrival.route.responseTopic = nil
            if case .grant(let token, _) = arrival.content { arrival.content = .grant(token, text: "") }
            if case .refused(let reason, _, let id) = arrival.content { arrival.content = .refused(reason, detail: nil, id: id) }
            return .arrived(arrival)
        case .admin(let ticket, let request): return .admin(ticket, request.redacted)
        case .challenge(let nonce): return .challenge(nonce)
        case .verified, .lock, .noticeAcknowledged, .durable, .snapshotTaken, .journalFailed, .roomIsScarce, .busConnected, .republish,
            .eventAcknowledged, .expanded,
            .minute,
            .stop:
            return self
        }
    }
}

extension LockEntry {
    fileprivate var redacted: LockEntry {
        var entry = self
        entry.title = nil
        if relockWaiver != nil { entry.relockWaiver = "-" }
        entry.waived?.by = "-"
        return entry
    }
}

extension AdminRequest {
    fileprivate var redacted: AdminRequest {
        switch self {
        case .addGrant(let token, _): return .addGrant(token, text: "")
        case .addLock(let entry): return .addLock(entry.redacted)
        case .setLock(let entry): return .setLock(entry.redacted)
        case .replaceLock(let entry): return .replaceLock(entry.redacted)
        case .prove(let proof): return .prove(LockProof(lock: proof.lock, proven: proof.proven, by: "-"))
        case .release(let lock, _): return .release(lock, note: "-")
        case .holdLock, .keepLock, .removeLock, .addPrincipal, .acceptAdapter, .revoke, .suspend, .resume, .addKey, .retireKey, .lock,
            .drain, .resumeAfterDrain, .unlock,
            .handover,
            .acceptClock:
            return self
        }
    }
}
