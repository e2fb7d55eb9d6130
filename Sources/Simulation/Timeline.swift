import GatewayCore
import LockModel

/// One line of a life, for somebody to read.
package struct Moment: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        case action, gateway, told, does, disk, violation
        case door(LockID)

        var word: String {
            switch self {
            case .action: "happens"
            case .gateway: "gateway"
            case .told: "is told"
            case .does: "does"
            case .disk: "disk"
            case .violation: "BROKEN"
            case .door(let lock): "\(lock)"
            }
        }
    }

    /// Milliseconds since everybody had moved in.
    package let at: Int64
    package let kind: Kind
    package let text: String

    /// The line as printed: seconds, who, what.
    package var line: String {
        let sign = at < 0 ? "-" : " "
        let milliseconds = abs(at)
        let rest = String(milliseconds % 1000)
        let seconds = "\(sign)\(milliseconds / 1000)." + String(repeating: "0", count: 3 - rest.count) + rest
        return String(repeating: " ", count: max(0, 10 - seconds.count)) + seconds + " s  "
            + kind.word + String(repeating: " ", count: max(1, 9 - kind.word.count)) + text
    }
}

extension World {
    /// Writes down a line, where somebody wants to read it.
    func tell(_ kind: Moment.Kind, _ text: @autoclosure () -> String) {
        guard timeline != nil else { return }
        timeline?.append(Moment(at: now - epoch, kind: kind, text: text()))
    }

    func tell(_ input: Input) {
        switch input {
        case .lock(let lock, .timer(let timer)): tell(.told, "\(lock): the \(timer.rawValue) timer is due")
        case .lock(let lock, let input): tell(.told, "\(lock): \(World.short(input))")
        case .arrived(let arrival): tell(.told, "a message of \(arrival.route.principal): \(World.short(arrival.content))")
        case .verified(let ticket, let valid): tell(.told, "signature \(ticket) is \(valid ? "good" : "bad")")
        case .durable(let record): tell(.told, "record \(record) is durable")
        case .admin(_, let request): tell(.told, "by the operator: \(World.short(request))")
        case .eventAcknowledged, .minute, .republish, .snapshotTaken: break
        case .noticeAcknowledged, .journalFailed, .busConnected, .expanded, .challenge, .roomIsScarce, .stop: tell(.told, "\(input)")
        }
    }

    func tell(_ effect: Effect) {
        switch effect {
        case .drive(let lock, let operation, let action, let timed, let ttl):
            tell(
                .does,
                "orders \(lock) to \(action.rawValue), operation \(operation), within \(ttl) ms"
                    + (timed.map { ", for \($0) s" } ?? ""))
        case .read(let lock, let number): tell(.does, "asks \(lock), reading \(number)")
        case .drop(let lock): tell(.does, "drops the link of \(lock)")
        case .alarm(let lock, let reason, let isRaised):
            tell(.does, "\(isRaised ? "raises" : "clears") alarm \(reason.rawValue) of \(lock)")
        case .frozen: tell(.does, "freezes")
        case .reply(_, let reply):
            tell(
                .does, "replies \(reply.status.rawValue)\(reply.reason.map { ", \($0.rawValue)" } ?? "") to \(reply.id?.description ?? "-")"
            )
        case .replyStored(_, _, let id, _): tell(.does, "replies again to \(id)")
        case .notice(let notice) where notice.owed != nil || stands(notice):
            tell(.does, "\(notice.owed == nil ? "clears" : "sends") the notice of \(notice.lock) to \(notice.principal)")
        case .append, .timer, .verify, .notice, .snapshot, .grantStatus, .republished, .attach, .detach, .expand, .challenge: break
        }
    }

    /// Whether the broker holds a notice to clear.
    private func stands(_ notice: Notice) -> Bool {
        witness.retained[Witness.NoticeKey(lock: notice.lock, principal: notice.principal, bus: notice.bus)] == true
    }

    private static func short(_ input: LockInput) -> String {
        switch input {
        case .linkUp: "its link is up"
        case .linkDown(let reason): "its link is down, \(reason.rawValue)"
        case .answered(let operation, .result(let outcome, let bolt, let door, let reason)):
            "operation \(operation) \(outcome.rawValue): \(bolt.rawValue), door \(door.rawValue)\(reason.map { ", \($0.rawValue)" } ?? "")"
        case .answered(let operation, .notSent(let reason)): "operation \(operation) was not sent, \(reason.rawValue)"
        case .read(let number, .reading(let reading)):
            "reading \(number): \(reading.bolt.rawValue), door \(reading.door.rawValue), by \(reading.confirmedBy.rawValue)"
        case .read(let number, .failed(let reason)): "reading \(number) failed, \(reason.rawValue)"
        case .observed(let seen): "seen \(seen.bolt.rawValue), door \(seen.door.rawValue), \(seen.source.rawValue)"
        case .unlock, .lock, .proceed, .checked, .timer, .secure, .release, .settingsChanged: "\(input)"
        }
    }

    private static func short(_ request: AdminRequest) -> String {
        switch request {
        case .lock(let lock, _): "lock \(lock)"
        case .suspend(let principal, _): "suspend \(principal)"
        case .resume(let principal, _): "resume \(principal)"
        case .release(let lock, _): "release \(lock)"
        case .removeLock(let lock): "remove \(lock)"
        case .addPrincipal, .addLock, .addGrant, .revoke, .addKey, .retireKey, .setLock, .holdLock, .keepLock, .drain, .resumeAfterDrain,
            .unlock, .handover,
            .acceptClock, .acceptAdapter, .replaceLock, .prove:
            "\(request)"
        }
    }

    private static func short(_ content: Arrival.Content) -> String {
        switch content {
        case .command(let command):
            "\(command.action.rawValue) \(command.lock), \(command.envelope.id)\(command.envelope.signature.isEmpty ? "" : ", forged")"
        case .grant(let token, _): "grant \(token.grant.id)"
        case .revocation(let token): "revocation \(token.envelope.id)"
        case .trust(let token): "trust list \(token.sequence)"
        case .refused(let reason, _, _): reason.rawValue
        }
    }
}
