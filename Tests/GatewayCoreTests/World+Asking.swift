import LockModel

@testable import GatewayCore

/// What principals say to the gateway.
extension World {
    /// A home with two locks, a resident, two retailers; handed over, both locks read and locked.
    static func home(_ adjust: (World) -> Void = { _ in }) -> World {
        let world = World()
        adjust(world)
        world.start()
        for (id, role) in [(anna, PrincipalRole.resident), (shop, .retailer), (rival, .retailer)] {
            world.admin(.addPrincipal(Principal(id: id, role: role, keys: [key(of: id)])))
        }
        for lock in [front, back] {
            world.admin(.addLock(LockEntry(lock: lock, adapter: named("loopback"), relockWaiver: "the door closes itself")))
        }
        world.admin(.handover)
        world.seconds(1)
        return world
    }

    func nextToken() -> Int64 {
        tokens += 1
        return tokens
    }

    @discardableResult
    func admin(_ request: AdminRequest) -> Int64 {
        let ticket = 1_000_000 + nextToken()
        give(.admin(ticket, request))
        return ticket
    }

    func envelope(_ issuer: PrincipalID) -> TokenEnvelope {
        let number = nextToken()
        return TokenEnvelope(
            issuer: issuer, id: tokenID(number), issuedAt: instants.wall, keyID: key(of: issuer).id, algorithm: .ed25519,
            hash: digest(number), signingInput: [], signature: []
        )
    }

    /// A grant of anna's, installed unless the change spoils it.
    @discardableResult
    func grant(
        to retailer: PrincipalID = shop, on lock: LockID = front, maxUses: Int = 100, days: Int64 = 30,
        _ change: (inout Grant) -> Void = { _ in }
    ) -> Grant {
        let envelope = envelope(anna)
        var grant = Grant(
            id: envelope.id, hash: envelope.hash, resident: anna, retailer: retailer, gateway: gatewayName, lock: lock,
            issuedAt: instants.wall, notBefore: instants.wall, expires: instants.wall.advanced(byMilliseconds: days * 86_400_000),
            actions: [.unlock, .unlatch], maxUses: maxUses, openSeconds: 60, residentSequence: nextToken()
        )
        change(&grant)
        send(.grant(GrantToken(envelope: envelope, grant: grant), text: "the.grant.\(envelope.id)"), from: anna, kind: .grant)
        return grant
    }

    /// A good command; `change` makes it another.
    func command(
        _ action: CommandAction = .unlock, by issuer: PrincipalID = shop, grant: Grant? = nil, on lock: LockID = front,
        openSeconds: Int? = 30, delivery: String? = nil, change: (inout CommandToken) -> Void = { _ in }
    ) -> CommandToken {
        var command = CommandToken(
            envelope: envelope(issuer), audience: gatewayName, lock: grant?.lock ?? lock,
            expires: instants.wall.advanced(byMilliseconds: 60_000), action: action, grant: grant?.id, grantHash: grant?.hash,
            openSeconds: openSeconds, delivery: delivery
        )
        change(&command)
        return command
    }

    /// Publishes a command on its issuer's topic.
    @discardableResult
    func send(_ command: CommandToken, retained: Bool = false, correlation: [UInt8]? = nil) -> CommandToken {
        sent[command.envelope.id] = max(sent[command.envelope.id] ?? 0, now + command.expires.milliseconds - wall + 5000)
        send(.command(command), from: command.envelope.issuer, kind: .command, retained: retained, correlation: correlation)
        return command
    }

    func send(
        _ content: Arrival.Content, from principal: PrincipalID, kind: ReplyKind, retained: Bool = false, correlation: [UInt8]? = nil
    ) {
        let route = ReplyRoute(bus: bus, principal: principal, correlation: correlation)
        give(.arrived(Arrival(route: route, kind: kind, isRetained: retained, digest: digest(-1), content: content)))
    }

    /// A good unlock under a grant, sent.
    @discardableResult
    func unlock(_ grant: Grant, openSeconds: Int = 30, delivery: String? = nil) -> CommandToken {
        send(command(.unlock, by: grant.retailer, grant: grant, openSeconds: openSeconds, delivery: delivery))
    }

    /// Records something that has no message of its own yet.
    func record(_ body: RecordBody) {
        machine.append(body, at: instants)
        _ = commits.handle(.effects(machine.drained()))
        drain()
    }

    // MARK: Looking

    func replies(to command: CommandToken) -> [Reply] { replies.map(\.reply).filter { $0.id == command.envelope.id } }

    func statuses(of command: CommandToken) -> [ReplyStatus] { replies(to: command).map(\.status) }

    func replies(to ticket: Int64) -> [Reply] { replies.filter { $0.to == .admin(ticket) }.map(\.reply) }

    /// Runs of the lock's motor to open.
    func unlocks(of lock: LockID = front) -> Int { drives.count { $0.lock == lock && $0.action != .lock } }

    func locks(of lock: LockID = front) -> Int { drives.count { $0.lock == lock && $0.action == .lock } }

    /// Kinds of the durable records that are events of this principal, in its order.
    func events(of principal: PrincipalID) -> [String] {
        published.filter { $0.addressees.contains { $0.principal == principal } }.map(\.body.kind)
    }

    /// The kinds of records committed after the one with this number.
    func kinds(after number: Int64) -> [String] { shelf.records.filter { $0.number > number }.map(\.body.kind) }

    func phase(_ lock: LockID = front) -> LockMachine.Phase { machine.locks[lock]?.phase ?? .unread }

    func isClosed(_ lock: LockID = front) -> Bool { phase(lock) == .closed }

    var lastRecord: Int64 { shelf.state.lastRecord }
}
