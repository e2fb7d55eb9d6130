import LockModel

@testable import GatewayCore

/// A home in which everything that can go wrong does, as a seed says; invariants are checked after each step.
struct RandomWalk {
    let world: World
    private var random: SplitMix64
    private var grants: [Grant] = []
    private var sent: [CommandToken] = []
    private var steps = 0
    private var crashes = 0
    /// In half of all walks the gateway lives through, so that what only memory knows is seen to its end.
    private let dies: Bool
    /// In a quarter of all walks the disk is mostly slow.
    private let isSlow: Bool

    init(seed: UInt64, adjust: (World) -> Void = { _ in }) {
        random = SplitMix64(seed: seed)
        dies = seed % 2 == 0
        isSlow = seed % 4 == 1
        world = World.home {
            $0.doors[back]?.capabilities.doorSensor = false
            $0.doors[back]?.capabilities.battery = false
            $0.doors[back]?.door = .absent
            adjust($0)
        }
        for retailer in [shop, rival] {
            for lock in [front, back] {
                grants.append(world.grant(to: retailer, on: lock, maxUses: 50))
                grants.append(world.grant(to: retailer, on: lock, maxUses: 3))
            }
            grants.append(world.grant(to: retailer, on: front, maxUses: 50) { $0.minRelock = .gatewayOnly })
        }
        grants.append(world.grant { $0.expires = $0.notBefore.advanced(byMilliseconds: 120_000) })
    }

    /// Walks, then lets everything heal and checks that every door found its way back.
    mutating func run(steps count: Int) {
        for _ in 0..<count where world.faults.isEmpty {
            step()
            steps += 1
            world.checkAll()
            if steps % 16 == 0 { world.checkFoldIfIdle() }
        }
        guard world.faults.isEmpty else { return }
        heal()
        world.checkFoldIfIdle()
        world.checkSequences()
        world.checkEnds()
    }

    private mutating func step() {
        switch random.below(100) {
        case 0..<22: ask()
        case 22..<26: repeatOne()
        case 26..<29: lockOne()
        case 29..<60: world.advance(Int64(random.below(random.chance(20) ? 60_000 : 5000)))
        case 60..<68: decide()
        case 68..<83: disturbLock()
        case 83..<86: disturbDoor()
        case 86..<90: disturbLink()
        case 90..<93: disturbGateway()
        case 93..<95: if dies { restart() }
        default: calm()
        }
    }

    // MARK: Asking

    private mutating func ask() {
        let grant = random.pick(grants)
        let delivery = random.chance(40) ? "d-\(random.below(3))" : nil
        let action: CommandAction = random.chance(90) ? .unlock : .check
        let life = Int64(1 + random.below(120)) * 1000
        let openSeconds = 1 + random.below(65)
        let wrongHash = random.chance(4)
        let dryRun = random.chance(4)
        let command = world.command(action, by: grant.retailer, grant: grant, openSeconds: openSeconds, delivery: delivery) {
            $0.expires = $0.envelope.issuedAt.advanced(byMilliseconds: life)
            if wrongHash { $0.grantHash = digest(0) }
            $0.dryRun = dryRun
        }
        sent.append(world.send(command))
    }

    private mutating func repeatOne() {
        guard !sent.isEmpty else { return }
        var command = random.pick(sent)
        if random.chance(25) { command.envelope.hash = digest(world.nextToken()) }
        world.send(command, retained: random.chance(10))
    }

    private mutating func lockOne() {
        switch random.below(3) {
        case 0: world.admin(.lock(random.pick([front, back]), actor: ChangeActor(kind: .installer)))
        case 1: sent.append(world.send(world.command(.lock, by: shop, on: random.pick([front, back]), openSeconds: nil)))
        default:
            let grant = random.pick(grants)
            sent.append(world.send(world.command(.lock, by: grant.retailer, grant: grant, openSeconds: nil)))
        }
    }

    /// Signatures, notices and the disk come to their ends, or change how they do.
    private mutating func decide() {
        switch random.below(6) {
        case 0:
            world.signatures = random.chance(60) ? .valid : .held
            for ticket in world.tickets { world.give(.verified(ticket, valid: random.chance(80))) }
            world.tickets = []
        case 1: world.acknowledgesNotices = random.chance(70)
        case 2:
            let held = world.heldNotices
            world.heldNotices = []
            for notice in held { world.give(.noticeAcknowledged(notice.lock, notice.operation)) }
        case 3:
            world.commitsAtOnce = random.chance(isSlow ? 10 : 60)
            world.commit()
        case 4: if !isSlow { world.commit() }
        default: world.give(.busConnected(bus))
        }
    }

    // MARK: Disturbing

    private mutating func disturbLock() {
        let lock = random.pick([front, back])
        switch random.below(8) {
        case 0, 1, 2:
            world.doors[lock]?.unlocking = random.pick([
                .truly, .truly, .silently, .late(6000), .never, .heldByRadio(Int64(2000 + random.below(9000))),
                .heldByRadio(Int64(2000 + random.below(43_000))), .only(.notSent(.busy)),
                .heldByRadio(Int64(10_000 + random.below(30_000))),
                .only(.result(.failed, bolt: .locked, door: .closed, reason: .lockJammed)),
                .only(.result(.unknown, bolt: .unknown, door: .unknown, reason: nil)),
                .only(.result(.done, bolt: .unlocked, door: .closed, reason: nil)),
            ])
        case 3:
            world.doors[lock]?.locking = random.pick([
                .truly, .truly, .silently, .late(9000), .never, .only(.notSent(.lockOffline)),
                .only(.result(.done, bolt: .locked, door: .closed, reason: nil)),
                .only(.result(.unknown, bolt: .unknown, door: .unknown, reason: nil)),
            ])
        case 4: world.doors[lock]?.reading = random.pick([.truly, .truly, .never, .failed(.lockOffline), .failed(.adapterFailed)])
        case 5: world.doors[lock]?.confirmedBy = random.pick([.bolt, .lockReport, .vendorReport, .assumed])
        default:
            world.doors[lock]?.autoRelock = random.pick([nil, AutoRelock(armed: true, seconds: 90, waitsForDoor: true)])
            world.doors[lock]?.isJammed = random.chance(30)
        }
    }

    private mutating func disturbDoor() {
        switch random.below(5) {
        case 0, 1: world.swing(front, to: random.pick([.open, .closed, .ajar]))
        case 2: world.turn(random.pick([front, back]), to: random.pick([.locked, .unlocked]), random.pick([.manual, .keypad, .remote]))
        case 3:
            let lock = random.pick([front, back])
            if world.doors[lock]?.bolt == .unlocked { world.turn(lock, to: .locked, .auto) }
        default:
            world.doors[front]?.battery = Battery(percent: 5, level: random.pick([.ok, .low, .critical]))
            world.observe(front, .unspecified)
            world.drain()
        }
    }

    private mutating func disturbLink() {
        let lock = random.pick([front, back])
        if world.isLinked(lock) && random.chance(50) { world.linkDown(lock) } else { world.linkUp(lock) }
    }

    private mutating func disturbGateway() {
        switch random.below(5) {
        case 0: world.trust = random.pick([.trusted, .trusted, .floor, .untrusted])
        case 1: world.wall += Int64(random.below(20_000))
        case 2, 3:
            guard !world.machine.isFrozen else { return }
            let principal = random.pick([shop, rival])
            world.record(
                .principalAdded(Principal(id: principal, role: .retailer, keys: [key(of: principal)], suspended: random.chance(40))))
        default:
            guard dies else { return }
            if random.chance(20) { world.loseDisk() } else if random.chance(10) { world.give(.stop) }
        }
    }

    private mutating func restart() {
        world.crash()
        crashes += 1
        world.attachesLocks = random.chance(80)
        if random.chance(20) { world.settings.bootID = "boot-\(crashes + 1)" }
        world.start()
    }

    /// Things go well for a while.
    private mutating func calm() {
        for lock in [front, back] { soothe(lock) }
        world.signatures = .valid
        world.acknowledgesNotices = true
        world.commitsAtOnce = !isSlow || random.chance(30)
        world.trust = .trusted
        world.commit()
        for principal in [shop, rival] where world.machine.ledger.principals[principal]?.suspended == true && !world.machine.isFrozen {
            world.record(.principalAdded(Principal(id: principal, role: .retailer, keys: [key(of: principal)])))
        }
    }

    private func soothe(_ lock: LockID) {
        world.doors[lock]?.unlocking = .truly
        world.doors[lock]?.locking = .truly
        world.doors[lock]?.reading = .truly
        world.doors[lock]?.confirmedBy = .bolt
        world.doors[lock]?.isJammed = false
        world.doors[lock]?.battery = Battery(percent: 80, level: .ok)
        if world.doors[lock]?.door != .absent { world.swing(lock, to: .closed) }
        if !world.isLinked(lock) { world.linkUp(lock) }
    }

    private mutating func heal() {
        if world.machine.isFrozen || world.machine.isStopping { restart() }
        world.attachesLocks = true
        calm()
        world.commitsAtOnce = true
        world.commit()
        world.seconds(900)
    }
}
