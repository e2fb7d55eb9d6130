import GatewayCore
import LockModel

/// What principals say to the gateway. Their clocks are right; the gateway's may not be.
extension World {
    /// A home with two locks, a resident, two retailers; handed over, both locks read and locked.
    package static func home(_ adjust: (World) -> Void = { _ in }) -> World {
        let world = World()
        adjust(world)
        world.moveIn(locks: [Home.front, Home.back])
        return world
    }

    /// Starts the gateway for the first time and tells it who lives there.
    package func moveIn(locks: [LockID], alwaysLocked: [LockID] = []) {
        start()
        for (id, role) in [(Home.anna, PrincipalRole.resident), (Home.shop, .retailer), (Home.rival, .retailer)] {
            admin(.addPrincipal(Principal(id: id, role: role, keys: [Home.key(of: id)])))
        }
        for lock in locks {
            admin(.addLock(entry(of: lock, alwaysLocked: alwaysLocked.contains(lock))))
        }
        admin(.handover)
        seconds(1)
    }

    func entry(of lock: LockID, alwaysLocked: Bool = false) -> LockEntry {
        LockEntry(
            lock: lock, adapter: doors[lock]?.adapter ?? Home.loopback, title: World.marked("title"),
            relockWaiver: World.marked("the door closes itself"), alwaysLocked: alwaysLocked)
    }

    /// A text nobody but its owner may ever see.
    static func marked(_ text: String) -> String { "§ \(text)" }

    /// Wall time by which tokens are made: the true one; in a world whose clock is set by hand, the gateway's.
    package var clientWall: Timestamp { livesOn ? trueWall : instants.wall }

    /// Wall time as it truly is.
    package var trueWall: Timestamp { Timestamp(milliseconds: 1_800_000_000_000 + now - 1_000_000) }

    package func nextToken() -> Int64 {
        tokens += 1
        return tokens
    }

    @discardableResult
    package func admin(_ request: AdminRequest) -> Int64 {
        let ticket = 1_000_000 + nextToken()
        give(.admin(ticket, request))
        return ticket
    }

    package func envelope(_ issuer: PrincipalID) -> TokenEnvelope {
        let number = nextToken()
        return TokenEnvelope(
            issuer: issuer, id: Home.tokenID(number), issuedAt: clientWall, keyID: Home.key(of: issuer).id, algorithm: .ed25519,
            hash: Home.digest(number), signingInput: [], signature: []
        )
    }

    /// A grant of anna's, installed unless the change spoils it.
    @discardableResult
    package func grant(
        to retailer: PrincipalID = Home.shop, on lock: LockID = Home.front, maxUses: Int = 100, days: Int64 = 30,
        _ change: (inout Grant) -> Void = { _ in }
    ) -> Grant {
        let envelope = envelope(Home.anna)
        var grant = Grant(
            id: envelope.id, hash: envelope.hash, resident: Home.anna, retailer: retailer, gateway: Home.gateway, lock: lock,
            issuedAt: clientWall, notBefore: clientWall, expires: clientWall.advanced(byMilliseconds: days * 86_400_000),
            actions: [.unlock, .unlatch], maxUses: maxUses, openSeconds: 60, residentSequence: nextToken()
        )
        change(&grant)
        noteGranted(grant)
        let text = World.marked("the.grant.\(envelope.id)")
        send(.grant(GrantToken(envelope: envelope, grant: grant), text: text), from: Home.anna, kind: .grant)
        return grant
    }

    /// A good command; `change` makes it another.
    package func command(
        _ action: CommandAction = .unlock, by issuer: PrincipalID = Home.shop, grant: Grant? = nil, on lock: LockID = Home.front,
        openSeconds: Int? = 30, delivery: String? = nil, change: (inout CommandToken) -> Void = { _ in }
    ) -> CommandToken {
        var command = CommandToken(
            envelope: envelope(issuer), audience: Home.gateway, lock: grant?.lock ?? lock,
            expires: clientWall.advanced(byMilliseconds: 60_000), action: action, grant: grant?.id, grantHash: grant?.hash,
            openSeconds: openSeconds, delivery: delivery
        )
        change(&command)
        return command
    }

    /// Publishes a command on its issuer's topic.
    @discardableResult
    package func send(_ command: CommandToken, retained: Bool = false, correlation: [UInt8]? = nil) -> CommandToken {
        noteIssued(command)
        send(.command(command), from: command.envelope.issuer, kind: .command, retained: retained, correlation: correlation)
        return command
    }

    package func send(
        _ content: Arrival.Content, from principal: PrincipalID, kind: ReplyKind, retained: Bool = false, correlation: [UInt8]? = nil
    ) {
        give(.arrived(arrival(content, from: principal, kind: kind, retained: retained, correlation: correlation)))
    }

    func arrival(
        _ content: Arrival.Content, from principal: PrincipalID, kind: ReplyKind, retained: Bool = false, correlation: [UInt8]? = nil
    ) -> Arrival {
        let route = ReplyRoute(bus: Home.bus, principal: principal, correlation: correlation)
        return Arrival(route: route, kind: kind, isRetained: retained, digest: Home.digest(-1), content: content)
    }

    /// A good unlock under a grant, sent.
    @discardableResult
    package func unlock(_ grant: Grant, openSeconds: Int = 30, delivery: String? = nil) -> CommandToken {
        send(command(.unlock, by: grant.retailer, grant: grant, openSeconds: openSeconds, delivery: delivery))
    }
}

/// What was seen.
extension World {
    package func replies(to command: CommandToken) -> [Reply] { replies.map(\.reply).filter { $0.id == command.envelope.id } }

    package func statuses(of command: CommandToken) -> [ReplyStatus] { replies(to: command).map(\.status) }

    package func replies(to ticket: Int64) -> [Reply] { replies.filter { $0.to == .admin(ticket) }.map(\.reply) }

    /// Orders to the lock's motor to open.
    package func unlocks(of lock: LockID = Home.front) -> Int { drives.count { $0.lock == lock && $0.action != .lock } }

    package func locks(of lock: LockID = Home.front) -> Int { drives.count { $0.lock == lock && $0.action == .lock } }

    /// Kinds of the durable records that are events of this principal, in its order.
    package func events(of principal: PrincipalID) -> [String] {
        published.filter { $0.addressees.contains { $0.principal == principal } }.map(\.body.kind)
    }

    /// The kinds of records committed after the one with this number.
    package func kinds(after number: Int64) -> [String] { shelf.records.filter { $0.number > number }.map(\.body.kind) }

    package func phase(_ lock: LockID = Home.front) -> LockMachine.Phase { core.machine.locks[lock]?.phase ?? .unread }

    package func isClosed(_ lock: LockID = Home.front) -> Bool { phase(lock) == .closed }

    package var lastRecord: Int64 { shelf.lastRecord }
}
