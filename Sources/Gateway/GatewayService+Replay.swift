import AdapterProtocol
import GatewayCore
import Journal
import LockModel
import Tokens
import WireBytes

/// Events sent again on request, from the journal, a page at a time; answered once, after the last. One request a second per principal.
extension GatewayService {
    /// A request under way.
    struct Replay {
        var route: ReplyRoute
        var digest: Digest
        var after: Int64
        var left: Int
    }

    private static let replayPage = 32
    private static let replayPauseMilliseconds: Int64 = 20
    private static let replaySpacingMilliseconds: Int64 = 1000

    func replay(_ message: Arrival.Replay, _ route: ReplyRoute, isRetained: Bool) {
        let now = time.now()
        func refuse(_ reason: Reason, _ detail: String? = nil) {
            answer(route, message.digest, .refused, reason, detail, retryAfterSeconds: reason == .rateLimited ? 1 : nil)
        }
        guard machine.ledger.principals[route.principal] != nil else { return refuse(.unknownPrincipal) }
        if isRetained { return refuse(.retained) }
        if message.isLimited { return refuse(.rateLimited) }
        let request: ReplayRequest
        do throws(ReplayRequest.Mistake) {
            request = try ReplayRequest(message.payload)
        } catch {
            return refuse(.malformed, error.detail)
        }
        if let last = replayedAt[route.principal],
            now.bootMilliseconds < last + Self.replaySpacingMilliseconds || replays[route.principal] != nil
        {
            return refuse(.rateLimited, "One request a second, and one at a time.")
        }
        replayedAt[route.principal] = now.bootMilliseconds
        replays[route.principal] = Replay(route: route, digest: message.digest, after: request.after, left: request.limit)
        replayPage(of: route.principal)
    }

    /// Sends one page, then waits until the bus has room for the next. A bus that went takes its requests with it: whoever comes back asks again.
    private func replayPage(of principal: PrincipalID) {
        guard var replay = replays[principal] else { return }
        guard let bus = buses[replay.route.bus], bus.isConnected else {
            replays[principal] = nil
            return
        }
        if bus.hasRoom {
            let asked = min(Self.replayPage, replay.left)
            do throws(JournalFailure) {
                let events = try journal.events(of: principal, after: replay.after, limit: asked)
                for event in events { sendAgain(event.record, event.sequence, event.number, to: principal, by: bus) }
                replay.after = events.last?.sequence ?? replay.after
                replay.left = events.count < asked ? 0 : replay.left - events.count
            } catch {
                log.error("events can't be read again", metadata: ["principal": "\(principal)", "error": "\(error)"])
                replay.left = 0
            }
        }
        if replay.left == 0 {
            replays[principal] = nil
            return answer(replay.route, replay.digest, .accepted)
        }
        replays[principal] = replay
        _ = loop.schedule(afterMilliseconds: Self.replayPauseMilliseconds) { [weak self] in self?.replayPage(of: principal) }
    }

    private func answer(
        _ route: ReplyRoute, _ digest: Digest, _ status: ReplyStatus, _ reason: Reason? = nil, _ detail: String? = nil,
        retryAfterSeconds: Int? = nil
    ) {
        let now = machine.judged(time.now()).instants
        send(
            Reply(
                kind: .replay, digest: digest, status: status, final: true, reason: reason, detail: detail,
                retryAfterSeconds: retryAfterSeconds, at: now.wall, timeTrust: now.trust), to: .bus(route))
    }
}

extension Arrival {
    /// A replay request as it came; it is no token, and the machine has no part in it.
    struct Replay {
        var payload: [UInt8]
        var digest: Digest
        var isLimited: Bool

        init(_ message: BusMessageParams) {
            payload = message.payload
            digest = Digest(hashing: message.payload)
            isLimited = message.limited == true
        }
    }
}
