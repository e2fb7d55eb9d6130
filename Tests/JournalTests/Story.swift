import GatewayCore
import LockModel

/// What a gateway records, made by its own machine.
enum Story {
    /// A delivery from the first start to a crash while the next unlock is under way, with a lock that came and went; every effect's record in the order it came.
    static func told() -> (GatewayMachine, GatewaySettings, [JournalEntry]) {
        let settings = GatewaySettings(
            gateway: "gw-abcdefghijklmnop", version: "1", bootID: "boot", buses: [Sample.name("bus"): [Sample.anna, Sample.shop]])
        var machine = GatewayMachine(state: LedgerState(), settings: settings, bootMilliseconds: 0)
        var now = Instants(bootMilliseconds: 1000, wall: Sample.time(0), trust: .trusted)
        var entries: [JournalEntry] = []
        var tickets: [Int64] = []
        var drives: [OperationNumber] = []
        var reads: [Int64] = []
        func keep(_ effects: [Effect]) {
            for effect in effects {
                switch effect {
                case .append(let entry): entries.append(entry)
                case .verify(let ticket, _, _): tickets.append(ticket)
                case .drive(_, let operation, _, _, _): drives.append(operation)
                case .read(_, let number): reads.append(number)
                default: break
                }
            }
        }
        func give(_ input: Input) {
            now.bootMilliseconds += 10
            keep(machine.handle(input, at: now))
            while let ticket = tickets.popLast() { keep(machine.handle(.verified(ticket, valid: true), at: now)) }
        }
        func read(_ bolt: BoltState) {
            let reading = LockReading(
                bolt: bolt, door: .closed, battery: Battery(level: .ok), jammed: false, autoRelock: nil, observedAt: now.wall,
                confirmedBy: .bolt)
            if let number = reads.popLast() { give(.lock(Sample.front, .read(number, .reading(reading)))) }
        }
        func unlock(_ number: UInt8, _ delivery: String?, _ grant: Grant) {
            let envelope = TokenEnvelope(
                issuer: Sample.shop, id: Sample.id(number), issuedAt: now.wall, keyID: "kid", algorithm: .es256,
                hash: Sample.digest(number),
                signingInput: [], signature: [])
            let command = CommandToken(
                envelope: envelope, audience: settings.gateway, lock: Sample.front, expires: now.wall.advanced(byMilliseconds: 60_000),
                action: .unlock, grant: grant.id, grantHash: grant.hash, openSeconds: 5, delivery: delivery)
            let route = ReplyRoute(bus: Sample.name("bus"), principal: Sample.shop)
            give(.arrived(Arrival(route: route, kind: .command, isRetained: false, digest: .zero, content: .command(command))))
        }
        keep(machine.start(at: now))
        var key = Sample.key
        (key.notBefore, key.expires) = (nil, nil)
        give(.admin(1, .addPrincipal(Principal(id: Sample.anna, role: .resident, keys: [key]))))
        give(.admin(2, .addPrincipal(Principal(id: Sample.shop, role: .retailer, keys: [key]))))
        give(.admin(3, .addLock(Sample.lock)))
        give(.admin(4, .handover))
        give(.lock(Sample.front, .linkUp(LockCapabilities(lock: true, unlock: true, connectMilliseconds: 0, motorMilliseconds: 100))))
        read(.locked)
        var grant = Sample.grant
        (grant.windows, grant.options, grant.minRelock, grant.couriers) = (nil, GrantOptions(), nil, nil)
        grant.notBefore = now.wall
        let envelope = TokenEnvelope(
            issuer: Sample.anna, id: grant.id, issuedAt: now.wall, keyID: "kid", algorithm: .es256, hash: grant.hash, signingInput: [],
            signature: [])
        give(.admin(5, .addGrant(GrantToken(envelope: envelope, grant: grant), text: "a.grant.token")))
        unlock(11, "d-1", grant)
        give(.noticeAcknowledged(Sample.front, OperationNumber(1)))
        give(.lock(Sample.front, .answered(OperationNumber(1), .result(.done, bolt: .unlocked, door: .closed, reason: nil))))
        unlock(12, nil, grant)
        now.bootMilliseconds += 6000
        now.wall = now.wall.advanced(byMilliseconds: 6000)
        give(.lock(Sample.front, .timer(.step)))
        if let relock = drives.last {
            give(.lock(Sample.front, .answered(relock, .result(.done, bolt: .locked, door: .closed, reason: nil))))
        }
        read(.locked)
        give(.noticeAcknowledged(Sample.front, OperationNumber(2)))
        // A lock that was there for a while, with a grant of its own.
        var shed = Sample.lock
        shed.lock = Sample.name("shed")
        give(.admin(6, .addLock(shed)))
        var second = grant
        (second.id, second.hash, second.lock) = (Sample.id(21), Sample.digest(21), shed.lock)
        let secondEnvelope = TokenEnvelope(
            issuer: Sample.anna, id: second.id, issuedAt: now.wall, keyID: "kid", algorithm: .es256, hash: second.hash, signingInput: [],
            signature: [])
        give(.admin(7, .addGrant(GrantToken(envelope: secondEnvelope, grant: second), text: "another.grant.token")))
        give(.admin(8, .removeLock(shed.lock)))
        return (machine, settings, entries)
    }
}
