import GatewayCore
import LockModel

extension Plan {
    /// The life a seed tells, of about so many inputs to the machine.
    ///
    /// Each seed is of a kind of its own: which sorts of trouble happen at all, and how dense, is drawn first, so that some lives are only slow,
    /// some only hostile, and some everything at once.
    package static func random(seed: UInt64, inputs: Int) -> Plan {
        var maker = PlanMaker(seed: seed)
        return maker.plan(actions: max(4, inputs / 6))
    }
}

/// Draws a plan from a seed.
private struct PlanMaker {
    private var random: SplitMix64
    private var at: Int64 = 0
    private var grants: [String] = []

    /// What may happen in this life.
    private let dies: Bool
    private let losesPower: Bool
    private let diskFails: Bool
    private let isSlow: Bool
    private let isHostile: Bool
    private let locksFail: Bool
    private let radiosHold: Bool
    private let adaptersFail: Bool
    private let peopleMeddle: Bool
    private let clockMoves: Bool
    private let trustChanges: Bool
    private let busGoes: Bool
    /// Milliseconds between actions, mostly.
    private let pace: Int

    init(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        dies = random.chance(50)
        losesPower = dies && random.chance(50)
        diskFails = random.chance(15)
        isSlow = random.chance(40)
        isHostile = random.chance(50)
        locksFail = random.chance(60)
        radiosHold = random.chance(40)
        adaptersFail = random.chance(40)
        peopleMeddle = random.chance(50)
        clockMoves = random.chance(20)
        trustChanges = random.chance(30)
        busGoes = random.chance(25)
        pace = random.pick([300, 2000, 2000, 5000, 12_000])
        self.random = random
        grants = Plan.homeGrants.map(\.name)
    }

    mutating func plan(actions count: Int) -> Plan {
        let alwaysLocked = random.chance(30) ? [random.pick(Home.locks)] : []
        var steps = [step(.command(wish: Wish(grant: "shop-\(random.pick(Home.locks))", openSeconds: 1 + random.below(20))))]
        while steps.count < count {
            at += pause()
            let next = action()
            steps.append(step(next))
            // A lie about a sync shows only when the power goes soon.
            if case .diskFault(.lostSync) = next, random.chance(60) {
                at += Int64(random.below(8000))
                steps.append(step(.crash(when: .now, power: true, downMilliseconds: 1000)))
            }
        }
        return Plan(alwaysLocked: alwaysLocked, steps: steps)
    }

    private func step(_ action: Action) -> Plan.Step { Plan.Step(at: at, do: action) }

    private mutating func pause() -> Int64 {
        if random.chance(2) { return Int64(random.below(600_000)) }
        return Int64(random.below(random.chance(15) ? 60_000 : pace))
    }

    private mutating func action() -> Action {
        switch random.below(100) {
        case 0..<38: ask()
        case 38..<45: isHostile ? again() : ask()
        case 45..<48: .lock(lock: random.pick(Home.locks))
        case 48..<58: locksFail ? lockTrouble() : ask()
        case 58..<65: radiosHold ? .unlocking(lock: random.pick(Home.locks), is: .heldByRadio(milliseconds: hold())) : ask()
        case 65..<70: adaptersFail ? adapterTrouble() : .wait
        case 70..<76: peopleMeddle ? meddling() : ask()
        case 76..<81: dies ? crash() : ask()
        case 81..<83:
            diskFails ? random.chance(25) ? .room(isScarce: random.chance(60)) : .diskFault(fault: diskFault()) : .wait
        case 83..<86: isSlow ? .disk(syncMilliseconds: random.pick([0, 30, 400, 2500, 20_000])) : .wait
        case 86..<88: isSlow ? .signatures(delayMilliseconds: Int64(random.below(4000))) : .wait
        case 88..<90: busGoes ? busTrouble() : .wait
        case 90..<92: clockMoves ? clock() : .wait
        case 92..<95: trustChanges ? trust() : .wait
        case 95:
            random.pick([
                .release(lock: random.pick(Home.locks)), .anew(lock: random.pick(Home.locks)), .drain, .resumeAfterDrain, .acceptClock,
            ])
        default: .calm
        }
    }

    // MARK: Asking

    private mutating func ask() -> Action {
        var wish = Wish(grant: random.pick(grants), openSeconds: 1 + random.below(random.chance(5) ? 90 : 60))
        if random.chance(40) { wish.delivery = "d-\(random.below(4))" }
        wish.lifeSeconds = 1 + random.below(120)
        if random.chance(8) { wish.action = random.pick([.check, .lock, .lock, .unlatch]) }
        if isHostile {
            if random.chance(25) { wish.flaw = random.pick(Wish.Flaw.allCases) }
            if random.chance(30) { wish.delaysMilliseconds = [Int64(random.below(random.chance(30) ? 90_000 : 3000))] }
            if random.chance(20) { wish.delaysMilliseconds.append(Int64(random.below(5000))) }
        }
        return .command(wish: wish)
    }

    private mutating func again() -> Action {
        .again(
            newest: random.below(random.chance(50) ? 2 : 20), isAltered: random.chance(25), isRetained: random.chance(10),
            on: random.chance(10) ? random.pick([Home.shop, Home.rival]) : nil, delayMilliseconds: Int64(random.below(3000)))
    }

    private mutating func trust() -> Action {
        switch random.below(8) {
        case 7:
            .trustList(
                suspended: [Home.anna, Home.shop, Home.rival].filter { _ in random.chance(20) }, isOld: isHostile && random.chance(30))
        case 0: .revoke(grant: random.chance(70) ? random.pick(grants) : nil, isForged: isHostile && random.chance(40))
        case 1, 2, 3: .grant(name: random.pick(grants))
        case 4: .suspend(principal: random.pick([Home.shop, Home.rival]))
        default: .resume(principal: random.pick([Home.shop, Home.rival]))
        }
    }

    // MARK: Trouble

    /// A radio keeps a command for as long as settling allows, or for longer.
    private mutating func hold() -> Int64 { Int64(2000 + random.below(random.pick([9000, 9000, 20_000, 43_000]))) }

    private mutating func lockTrouble() -> Action {
        let lock = random.pick(Home.locks)
        switch random.below(10) {
        case 0, 1, 2:
            return .unlocking(
                lock: lock,
                is: random.pick([
                    .truly, .silently, .late(milliseconds: 6000), .never, .refused(reason: .busy),
                    .claimed(outcome: .failed, bolt: .locked, door: .closed, reason: .lockJammed),
                    .claimed(outcome: .unknown, bolt: .unknown, door: .unknown, reason: nil),
                    .claimed(outcome: .done, bolt: .unlocked, door: .closed, reason: nil),
                ]))
        case 3, 4:
            return .locking(
                lock: lock,
                is: random.pick([
                    .truly, .silently, .late(milliseconds: 9000), .never, .refused(reason: .lockOffline),
                    .claimed(outcome: .done, bolt: .locked, door: .closed, reason: nil),
                    .claimed(outcome: .unknown, bolt: .unknown, door: .unknown, reason: nil),
                    .heldByRadio(milliseconds: Int64(2000 + random.below(20_000))),
                ]))
        case 5:
            return .reading(
                lock: lock,
                is: random.pick([
                    .truly, .truly, .never, .failed(reason: .lockOffline), .failed(reason: .adapterFailed),
                    .late(milliseconds: Int64(random.below(9000))),
                ]))
        case 6: return .confirmed(lock: lock, by: random.pick([.bolt, .lockReport, .vendorReport, .assumed]))
        case 7: return .jam(lock: lock, isJammed: random.chance(50))
        case 8: return .battery(lock: lock, level: random.pick([.ok, .low, .critical]))
        default:
            return random.chance(4)
                ? .reading(lock: lock, is: .lying)
                : .autoRelock(lock: lock, seconds: random.pick([nil, 90, 70, 20]), waitsForDoor: random.chance(50))
        }
    }

    private mutating func adapterTrouble() -> Action {
        let adapter = random.pick([Home.loopback, Home.loopback, Home.other])
        switch random.below(6) {
        case 0, 1: return .adapterCrash(adapter: adapter, backMilliseconds: Int64(100 + random.below(30_000)))
        case 2: return .adapterHang(adapter: adapter, milliseconds: Int64(random.below(40_000)))
        case 3: return .flood(lock: random.pick(Home.locks), count: 1 + random.below(30))
        default: return .link(lock: random.pick(Home.locks), isUp: random.chance(60))
        }
    }

    private mutating func meddling() -> Action {
        let lock = random.pick(Home.locks)
        if random.chance(50) { return .door(lock: lock, is: random.pick([.open, .open, .closed, .closed, .closed, .ajar])) }
        return .hand(
            lock: lock, to: random.pick([.locked, .locked, .unlocked]), source: random.pick([.manual, .keypad, .remote, .unspecified]))
    }

    private mutating func crash() -> Action {
        let moment: CrashMoment =
            switch random.below(4) {
            case 0: .now
            case 1: .beforeWrite
            case 2: .afterSync
            default: .afterEffects(count: 1 + random.below(6))
            }
        if random.chance(8) { return .stop }
        return .crash(
            when: moment, power: losesPower && random.chance(50), downMilliseconds: Int64(random.below(random.pick([500, 20_000]))))
    }

    private mutating func diskFault() -> DiskFault {
        switch random.below(6) {
        case 0: .full
        case 1: .failedSync(survives: random.chance(50))
        case 2: .lostSync
        default: .torn(keptThousandths: random.below(1001))
        }
    }

    private mutating func busTrouble() -> Action {
        random.chance(50) ? .bus(isThere: random.chance(50)) : .notices(areAcknowledged: random.chance(60))
    }

    private mutating func clock() -> Action {
        .clock(
            errorMilliseconds: random.pick([0, 0, 900, -900, 4000, -4000, 200_000, 3_600_000, -3_600_000, -60_000, -1_700_000_000_000]),
            trust: random.pick([.trusted, .untrusted]))
    }
}
