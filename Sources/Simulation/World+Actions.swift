import GatewayCore
import LockModel

/// Actions carried out.
extension World {
    func perform(_ action: Action) {
        tell(.action, action.json)
        switch action {
        case .command(let wish): send(wish)
        case .again(let newest, let isAltered, let isRetained, let topic, let delay):
            repeatCommand(newest, isAltered: isAltered, isRetained: isRetained, topic: topic, delay: delay)
        case .revoke(let grant, let isForged): revoke(grant, isForged: isForged)
        case .grant(let name): if let known = homeGrants[name] { give(known) }
        case .trustList(let suspended, let isOld): sendTrustList(suspended: suspended, isOld: isOld)
        case .bus(let isThere):
            let wasThere = hasBus
            hasBus = isThere
            if isThere && !wasThere && isUp { give(.busConnected(Home.bus)) }
        case .notices(let areAcknowledged):
            acknowledgesNotices = areAcknowledged
            guard areAcknowledged else { return }
            let held = heldNotices
            heldNotices = []
            for notice in held where hasBus { give(.noticeAcknowledged(notice.lock, notice.operation)) }
        case .signatures(let delay): verifyMilliseconds = delay
        case .suspend(let principal): admin(.suspend(principal, key: nil))
        case .resume(let principal): admin(.resume(principal, key: nil))
        case .lock(let lock): admin(.lock(lock, actor: ChangeActor(kind: .installer)))
        case .stop: beginStop()
        case .release(let lock): admin(.release(lock, note: World.marked("locked by hand")))
        case .anew(let lock): addAnew(lock)
        case .drain: admin(.drain)
        case .resumeAfterDrain: admin(.resumeAfterDrain)
        case .acceptClock: admin(.acceptClock)
        case .disk, .diskFault, .room, .crash, .clock: performOnGateway(action)
        case .calm: calm()
        case .wait: break
        case .unlocking(let lock, _), .locking(let lock, _), .reading(let lock, _), .confirmed(let lock, _), .jam(let lock, _),
            .battery(let lock, _), .autoRelock(let lock, _, _), .door(let lock, _), .hand(let lock, _, _), .link(let lock, _),
            .flood(let lock, _):
            performOnLock(action, lock)
        case .adapterCrash(let adapter, let back): crash(adapter, back)
        case .adapterHang(let adapter, let milliseconds):
            coverage.note(.adapterHang)
            hungUntil[adapter] = now + milliseconds
        }
    }

    private func addAnew(_ lock: LockID) {
        guard isUp else { return }
        let entry = core.machine.ledger.locks[lock] ?? entry(of: lock)
        admin(.removeLock(lock))
        admin(.addLock(entry))
    }

    private func performOnGateway(_ action: Action) {
        switch action {
        case .disk(let milliseconds):
            commitsAtOnce = milliseconds == 0
            syncMilliseconds = milliseconds
            if commitsAtOnce { commit() }
        case .diskFault(let fault): disk.fault = fault
        case .room(let isScarce):
            guard isUp, witness.isRoomScarce != isScarce else { return }
            if isScarce { coverage.note(.scarceRoom) }
            witness.isRoomScarce = isScarce
            give(.roomIsScarce(isScarce))
        case .crash(let moment, let power, let down): crash(moment, power: power, down)
        case .clock(let error, let asked):
            coverage.note(.clockMoved)
            wall = trueWall.milliseconds + error
            trust = asked
            if trust == .trusted { witness.largestError = max(witness.largestError, abs(error)) }
            guard isUp else { return }
            giveChallenge()
            drain()
        default: break
        }
    }

    private func crash(_ moment: CrashMoment, power: Bool, _ down: Int64) {
        guard isUp else { return }
        switch moment {
        case .now: endAndComeBack(power: power, afterMilliseconds: down)
        case .beforeWrite: disk.dies = (.beforeWrite, power)
        case .afterSync: disk.dies = (.afterSync, power)
        case .afterEffects(let count): witness.dieAfterEffects = count
        }
    }

    private func performOnLock(_ action: Action, _ lock: LockID) {
        switch action {
        case .unlocking(_, let answering): doors[lock]?.unlocking = answering
        case .locking(_, let answering): doors[lock]?.locking = answering
        case .reading(_, let reading): doors[lock]?.reading = reading
        case .confirmed(_, let confirmedBy): doors[lock]?.confirmedBy = confirmedBy
        case .jam(_, let isJammed): doors[lock]?.isJammed = isJammed
        case .battery(_, let level):
            doors[lock]?.battery = Battery(percent: level == .ok ? 80 : 5, level: level)
            observe(lock, .unspecified)
        case .autoRelock(_, let seconds, let waitsForDoor):
            doors[lock]?.autoRelock = seconds.map { AutoRelock(armed: true, seconds: $0, waitsForDoor: waitsForDoor) }
        case .door(_, let door): if doors[lock]?.door != .absent { swing(lock, to: door) }
        case .hand(_, let bolt, let source): if doors[lock]?.isJammed == false { turn(lock, to: bolt, source) }
        case .link(_, let isUp):
            guard self.isUp, isUp != isLinked(lock) else { break }
            if isUp { linkUp(lock) } else { linkDown(lock, .lockOffline) }
        case .flood(_, let count): flood(lock, count)
        default: break
        }
        disturb(lock)
        drain()
    }

    private func crash(_ adapter: AdapterName, _ back: Int64) {
        coverage.note(.adapterCrash)
        hungUntil[adapter] = nil
        for lock in Home.locks where doors[lock]?.adapter == adapter && isUp && isLinked(lock) {
            linkDown(lock)
            plan(.linkUp(lock), after: back)
        }
    }

    /// Old answers and observations again, as fast as the machine takes them.
    private func flood(_ lock: LockID, _ count: Int) {
        guard isUp, isLinked(lock), let door = doors[lock] else { return }
        coverage.note(.flood)
        let old = drives[witness.drivesBefore...].suffix(8).filter { $0.lock == lock && witness.fenced.contains($0.operation) }
        for number in 0..<count {
            if let order = old.isEmpty ? nil : old[number % old.count] {
                inbox.append(.lock(lock, .answered(order.operation, door.answer(to: order.action))))
            } else {
                deliverObservation(lock, .unspecified)
            }
        }
    }

    // MARK: Well again

    func calm() {
        for lock in Home.locks { soothe(lock) }
        verifyMilliseconds = 0
        acknowledgesNotices = true
        hasBus = true
        commitsAtOnce = true
        hungUntil = [:]
        disk.fault = nil
        disk.dies = nil
        witness.dieAfterEffects = 0
        wall = trueWall.milliseconds
        trust = .trusted
        guard isUp else { return }
        commit()
        if witness.isRoomScarce { give(.roomIsScarce(false)) }
        witness.isRoomScarce = false
        give(.busConnected(Home.bus))
        for principal in [Home.anna, Home.shop, Home.rival] { admin(.resume(principal, key: nil)) }
        admin(.resumeAfterDrain)
        if core.machine.judged(instants).doubt != nil { admin(.acceptClock) }
        giveChallenge()
        drain()
    }

    private func soothe(_ lock: LockID) {
        guard doors[lock] != nil else { return }
        doors[lock]?.unlocking = .truly
        doors[lock]?.locking = .truly
        doors[lock]?.reading = .truly
        doors[lock]?.confirmedBy = .bolt
        doors[lock]?.isJammed = false
        doors[lock]?.battery = Battery(percent: 80, level: .ok)
        if doors[lock]?.door != .absent { swing(lock, to: .closed) }
        if isUp && !isLinked(lock) { linkUp(lock) }
        disturb(lock)
    }
}
