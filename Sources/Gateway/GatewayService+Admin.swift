import AdapterHost
import AdapterProtocol
import GatewayCore
import Journal
import LinuxIO
import LockModel
import Tokens
import WireBytes

/// The admin socket's methods: what reads is answered at once from the machine's state, what changes goes through the machine and is answered when
/// its record is durable.
extension GatewayService {
    func adminRequest(_ ticket: Int64, _ method: AdminMethod, _ params: JSONObject, session: Int64, roles: [AdminRole]) {
        do {
            switch method {
            case .initialize: break
            case .status: admin?.respond(ticket, statusView())
            case .lockList: admin?.respond(ticket, lockList(try decode(params)))
            case .principalList: admin?.respond(ticket, PrincipalList(principals: Array(machine.ledger.principals.values)))
            case .grantList: admin?.respond(ticket, grantList(try decode(params)))
            case .adapterList: admin?.respond(ticket, ChildList(adapters: adapters?.views ?? []))
            case .keyShow: admin?.respond(ticket, KeyView(kid: gatewayKey.verifyingKey.thumbprint, pem: gatewayKey.verifyingKey.pem))
            case .eventsList: try listEvents(ticket, decode(params))
            case .watch:
                admin?.startWatching(session)
                admin?.respond(ticket, Nothing())
            case .auditVerify: try requestAudit(ticket)
            case .lockAdd: try addLock(ticket, decode(params))
            case .principalAdd: try addPrincipal(ticket, decode(params))
            case .grantAdd: try addGrant(ticket, decode(params))
            case .grantRevoke: try revoke(ticket, decode(params))
            case .principalSuspend:
                let request: PrincipalKeyRequest = try decode(params)
                feed(.admin(ticket, .suspend(request.principal, key: request.kid)))
            case .principalResume:
                let request: PrincipalKeyRequest = try decode(params)
                feed(.admin(ticket, .resume(request.principal, key: request.kid)))
            case .principalRetireKey:
                let request: PrincipalKeyRequest = try decode(params)
                guard let kid = request.kid else { throw RPCError.invalidParams("kid is missing") }
                feed(.admin(ticket, .retireKey(request.principal, kid)))
            case .principalAddKey:
                let request: PrincipalAddKeyRequest = try decode(params)
                try checkSound(request.key)
                feed(.admin(ticket, .addKey(request.principal, request.key)))
            case .handover: feed(.admin(ticket, .handover))
            case .adapterAccept: try acceptAdapter(ticket, decode(params))
            case .adapterRestart: try restartAdapter(ticket, decode(params))
            case .adapterUpload: try takeUpload(ticket, decode(params))
            case .adapterAdd: try addAdapter(ticket, decode(params))
            case .adapterRemove: try removeAdapter(ticket, decode(params))
            case .adapterDisable: try setAdapter(ticket, decode(params), disabled: true)
            case .adapterEnable: try setAdapter(ticket, decode(params), disabled: false)
            case .adapterLogs: try showLogs(ticket, decode(params))
            case .adapterTrace: try traceAdapter(ticket, decode(params))
            case .pairStart: try beginPairing(ticket, decode(params))
            case .pairFollow: followPairing(ticket, session: session)
            case .pairChoose: try choosePaired(ticket, decode(params))
            case .pairAnswer: try answerPairing(ticket, decode(params))
            case .pairCancel: try cancelPairing(ticket)
            case .scan: try scan(ticket, decode(params))
            case .lockProve: try prove(ticket, decode(params))
            case .lockSurvey: try survey(ticket, decode(params))
            case .lockIdentify: try identify(ticket, decode(params))
            case .lockRemove: try removeLock(ticket, decode(params))
            case .lockSet: try setLock(ticket, decode(params))
            case .lockConfigure: try configure(ticket, decode(params))
            case .lockWhy:
                let request: LockRequest = try decode(params)
                try why(ticket, request.lock)
            case .alarmClear:
                let request: AlarmClearRequest = try decode(params)
                guard !request.note.isEmpty, request.note.utf8.count <= 500 else {
                    throw RPCError.invalidParams("a reason of 1 to 500 bytes is needed")
                }
                feed(.admin(ticket, .release(request.lock, note: request.note)))
            case .drain: feed(.admin(ticket, .drain))
            case .drainEnd: feed(.admin(ticket, .resumeAfterDrain))
            case .clockAccept: feed(.admin(ticket, .acceptClock))
            case .lockLock:
                let request: LockCommandRequest = try decode(params)
                let actor = ChangeActor(kind: roles.contains(.installer) ? .installer : .unknown)
                feed(.admin(ticket, .lock(request.lock, actor: actor)))
            case .lockUnlock:
                let request: LockCommandRequest = try decode(params)
                feed(.admin(ticket, .unlock(request.lock, openSeconds: request.openSeconds ?? 5)))
            }
        } catch let error as RPCError {
            admin?.fail(ticket, error)
        } catch {
            admin?.fail(ticket, .internalError("\(error)"))
        }
    }

    /// A reply of the machine to somebody on the socket: the last one answers the request, those before it are told on the way.
    func adminReply(_ ticket: Int64, _ reply: Reply) {
        if let waiting = ownRequests[ticket] {
            if reply.final { ownRequests[ticket] = nil }
            return waiting(reply)
        }
        guard reply.final else {
            admin?.notify(ticket, .reply, reply)
            return
        }
        guard let reason = reply.reason, reply.status == .refused || reply.status == .failed else {
            admin?.respond(ticket, reply)
            return
        }
        admin?.fail(ticket, RPCError(code: -32002, message: reply.detail ?? reason.row.help, reason: reason))
    }

    /// Asks the machine on this service's own account; each reply is told once its record is durable.
    func ask(_ request: AdminRequest, _ told: @escaping (Reply) -> Void) {
        lastOwnRequest -= 1
        ownRequests[lastOwnRequest] = told
        feed(.admin(lastOwnRequest, request))
    }

    func audited(_ ticket: Int64, _ outcome: AuditOutcome) {
        switch outcome {
        case .sound(let audit):
            admin?.respond(
                ticket,
                AuditView(
                    good: freezeCause == nil, because: freezeCause?.description, remedy: freezeCause?.remedy, records: audit.records,
                    erased: audit.erased, head: audit.head))
        case .doubtful(let cause):
            freeze(cause)
            let followed = (try? journal.mark()) ?? .start
            admin?.respond(
                ticket,
                AuditView(
                    good: false, because: cause.description, remedy: cause.remedy, records: followed.number, erased: 0, head: followed.head)
            )
        case .failed(let failure):
            admin?.fail(ticket, RPCError(code: -32002, message: "the journal can't be read to its end: \(failure)"))
        }
    }

    private func decode<Request: Decodable>(_ params: JSONObject, as type: Request.Type = Request.self) throws -> Request {
        do throws(JSONDecodingError) {
            return try StrictJSON.decode(type, from: .object(params))
        } catch {
            throw RPCError.invalidParams("\(error)")
        }
    }

    // MARK: Changes

    private func addLock(_ ticket: Int64, _ request: LockAddRequest) throws {
        let names = adapters?.names ?? []
        guard names.contains(request.adapter) else {
            let known = names.isEmpty ? "none is" : names.map(\.text).joined(separator: ", ") + (names.count == 1 ? " is" : " are")
            throw RPCError(
                code: -32002,
                message: "no adapter \(request.adapter) is configured; \(known). Add it under `adapters:` in lockbridge.yaml and restart.",
                reason: .unsupported)
        }
        let waiver = try waiver(request.relockWaiver, ticket)
        var entry = LockEntry(
            lock: request.lock, adapter: request.adapter, title: try checked(title: request.title), relockWaiver: waiver?.reason,
            waived: waiver?.mark, alwaysLocked: request.alwaysLocked ?? false)
        if let seconds = request.maximumOpenSeconds { entry.maximumOpenSeconds = try checked(maximumOpenSeconds: seconds) }
        feed(.admin(ticket, .addLock(entry)))
    }

    func checked(maximumOpenSeconds seconds: Int) throws -> Int {
        guard (1...3600).contains(seconds) else {
            throw RPCError.invalidParams("maximumOpenSeconds is \(seconds); 1 to 3600 are allowed")
        }
        return seconds
    }

    /// What people call a lock; empty means nothing.
    func checked(title: String?) throws -> String? {
        guard let title, !title.isEmpty else { return nil }
        guard title.count <= 64, VisibleText.of(title) == title else {
            throw RPCError.invalidParams("a title has at most 64 characters, and none that moves a cursor")
        }
        return title
    }

    /// A waiver with who writes it and when; `nil` of nothing.
    func waiver(_ reason: String?, _ ticket: Int64) throws -> (reason: String, mark: WaiverMark)? {
        guard let reason, !reason.isEmpty else { return nil }
        guard reason.utf8.count <= 500, VisibleText.of(reason) == reason else {
            throw RPCError.invalidParams("a waiver's reason has 1 to 500 bytes on one line")
        }
        return (reason, WaiverMark(by: admin?.user(of: ticket) ?? "unknown", at: time.now().wall))
    }

    private func setLock(_ ticket: Int64, _ request: LockSetRequest) throws {
        guard var entry = machine.ledger.locks[request.lock] else {
            throw RPCError(code: -32002, message: "There is no lock \(request.lock).", reason: .unknownLock)
        }
        if let title = request.title { entry.title = try checked(title: title) }
        if let seconds = request.maximumOpenSeconds { entry.maximumOpenSeconds = try checked(maximumOpenSeconds: seconds) }
        if let reason = request.relockWaiver, reason != entry.relockWaiver {
            let waiver = try waiver(reason, ticket)
            (entry.relockWaiver, entry.waived) = (waiver?.reason, waiver?.mark)
        }
        if let alwaysLocked = request.alwaysLocked { entry.alwaysLocked = alwaysLocked }
        feed(.admin(ticket, .setLock(entry)))
    }

    private func addPrincipal(_ ticket: Int64, _ request: PrincipalAddRequest) throws {
        guard (1...2).contains(request.keys.count) else { throw RPCError.invalidParams("a principal has one or two keys") }
        for key in request.keys {
            guard (try? key.verifyingKey()) != nil else {
                throw RPCError.invalidParams("key \(key.id) is no sound public key of its algorithm")
            }
        }
        feed(.admin(ticket, .addPrincipal(Principal(id: request.principal, role: request.role, keys: request.keys))))
    }

    private func checkSound(_ key: PrincipalKey) throws {
        guard (try? key.verifyingKey()) != nil else {
            throw RPCError.invalidParams("key \(key.id) is no sound public key of its algorithm")
        }
    }

    private func addGrant(_ ticket: Int64, _ request: GrantAddRequest) throws {
        guard case .grant(let token) = try residentToken(request.token) else {
            throw RPCError(code: -32002, message: "this is no grant", reason: .malformed)
        }
        feed(.admin(ticket, .addGrant(token, text: request.token)))
    }

    private func revoke(_ ticket: Int64, _ request: GrantAddRequest) throws {
        guard case .revocation(let token) = try residentToken(request.token) else {
            throw RPCError(code: -32002, message: "this is no revocation", reason: .malformed)
        }
        feed(.admin(ticket, .revoke(token)))
    }

    private func residentToken(_ text: String) throws -> Token {
        do throws(TokenRefusal) {
            return try TokenParser.parse(Array(text.utf8), as: .grant)
        } catch {
            throw RPCError(code: -32002, message: error.detail, reason: error.reason)
        }
    }

    // MARK: Views

    private func listEvents(_ ticket: Int64, _ request: EventsListRequest) throws {
        let limit = max(1, min(request.limit, 50))
        let after = request.after ?? max(0, commit.durable - Int64(limit))
        let records = try journal.records(after: after, limit: limit)
        let events = records.map { CloudEvent($0, sequence: nil, gateway: configuration.gateway, ids: ids) }
        admin?.respond(ticket, EventPage(events: events, next: records.last?.number ?? after))
    }

    private struct EventPage: Encodable {
        var events: [CloudEvent]
        var next: Int64
    }
}
