import GatewayCore
import LockModel

/// Commands, grants and revocations of a plan, and what a hostile or slow broker makes of them.
extension World {
    func give(_ grant: Plan.HomeGrant) {
        let made = self.grant(to: grant.retailer, on: grant.lock, maxUses: grant.maxUses) {
            $0.expires = $0.notBefore.advanced(byMilliseconds: grant.seconds * 1000)
            $0.minRelock = grant.minRelock
            let begin = $0.notBefore
            $0.windows = grant.windowSeconds.map { seconds in
                (0..<Int64(20)).map { number in
                    let from = begin.advanced(byMilliseconds: number * 2 * seconds * 1000)
                    return .interval(from: from, to: from.advanced(byMilliseconds: seconds * 1000))
                }
            }
        }
        homeGrants[grant.name] = grant
        tokensOfGrants[grant.name] = made
    }

    func send(_ wish: Wish) {
        guard let grant = tokensOfGrants[wish.grant] else { return }
        var command = command(
            wish.action, by: grant.retailer, grant: wish.grant.isEmpty ? nil : grant, openSeconds: wish.openSeconds, delivery: wish.delivery
        )
        command.expires = command.envelope.issuedAt.advanced(byMilliseconds: Int64(wish.lifeSeconds) * 1000)
        command.nonce = challenges[grant.retailer]
        if command.nonce != nil { coverage.note(.withNonce) }
        var topic = grant.retailer
        switch wish.flaw {
        case .forged: command.envelope.signature = [1]
        case .foreignTopic: topic = grant.retailer == Home.shop ? Home.rival : Home.shop
        case .wrongHash: command.grantHash = Home.digest(0)
        case .wrongLock: command.lock = grant.lock == Home.front ? Home.back : Home.front
        case .wrongGateway: command.audience = "gw-another"
        case .dryRun: command.dryRun = true
        case .expired: command.expires = command.envelope.issuedAt.advanced(byMilliseconds: -20_000)
        case .retained, nil: break
        }
        commands.append(command)
        noteIssued(command)
        for delay in wish.delaysMilliseconds { bring(command, on: topic, isRetained: wish.flaw == .retained, delay: delay) }
    }

    func repeatCommand(_ newest: Int, isAltered: Bool, isRetained: Bool, topic: PrincipalID?, delay: Int64) {
        guard commands.count > newest else { return }
        var command = commands[commands.count - 1 - newest]
        if isAltered {
            command.envelope.hash = Home.digest(nextToken())
            noteIssued(command)
        }
        bring(command, on: topic ?? command.envelope.issuer, isRetained: isRetained, delay: delay)
    }

    private func bring(_ command: CommandToken, on topic: PrincipalID, isRetained: Bool, delay: Int64) {
        let message = arrival(.command(command), from: topic, kind: .command, retained: isRetained)
        if delay > 0 {
            plan(.message(.arrived(message)), after: delay)
        } else if hasBus {
            give(.arrived(message))
        }
    }

    func sendTrustList(suspended: [PrincipalID], isOld: Bool) {
        guard hasBus else { return }
        if isOld, trustLists.count > 1 {
            send(.trust(trustLists[trustLists.count - 2]), from: Home.olga, kind: .trust)
            return
        }
        let entries = [Home.shop, Home.rival].map { TrustToken.Entry(id: $0, role: .retailer, keys: [Home.key(of: $0)]) }
        let token = TrustToken(
            envelope: envelope(Home.olga), audience: Home.gateway, sequence: nextToken(), principals: entries,
            suspensions: suspended.map(\.text))
        trustLists.append(token)
        send(.trust(token), from: Home.olga, kind: .trust)
    }

    func revoke(_ name: String?, isForged: Bool) {
        var envelope = envelope(Home.anna)
        if isForged { envelope.signature = [1] }
        let sequence = nextToken()
        let token = RevocationToken(
            envelope: envelope, audience: Home.gateway, residentSequence: sequence,
            grants: name.flatMap { tokensOfGrants[$0]?.id }.map { [$0] } ?? [], allBefore: name == nil ? sequence : nil)
        guard hasBus else { return }
        send(.revocation(token), from: Home.anna, kind: .grant)
    }
}
