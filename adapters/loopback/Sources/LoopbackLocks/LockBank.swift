import LinuxIO
import LockModel
import WireBytes

/// All virtual locks of the process, with their one timer each while something is due, who is attached to them, and the move log.
///
/// Each link is a number; what is said to a link that has gone is dropped, and its commands go on in the lock.
final class LockBank {
    private struct Place {
        var lock: VirtualLock
        var timer: TimerToken?
        var timerDue: Int64?
        var links: Set<Int> = []
        /// The newest entries of the lock's log, for a link that was away.
        var log: [VirtualLock.Change] = []
        /// Commands under way: the driver's number to the link and its `n`.
        var drivers: [Int: (link: Int, n: Int?)] = [:]
    }

    private static let keptChanges = 32

    /// Sends a line to a link.
    var send: (_ link: Int, _ line: [UInt8]) -> Void = { _, _ in }
    /// Ends a link.
    var hangUp: (_ link: Int) -> Void = { _ in }
    /// The move log cannot be written: no motor may turn any more.
    var fail: (any Error) -> Void = { _ in }

    private let loop: EventLoop
    private let moveLog: MoveLog
    private let epoch: String
    private var places: [String: Place] = [:]
    private let onlyName: String?
    private var nextDriver = 0

    init(_ profiles: [LockProfile], loop: EventLoop, moveLog: MoveLog) {
        self.loop = loop
        self.moveLog = moveLog
        epoch = String(Clocks.wallMilliseconds())
        onlyName = profiles.count == 1 ? profiles.first?.name : nil
        for profile in profiles { places[profile.name] = Place(lock: VirtualLock(profile)) }
    }

    // MARK: - Lines

    /// Takes one line of a link and answers it, for a drive once the motor has stopped.
    func receive(_ line: [UInt8], from link: Int) {
        let request: StandInRequest
        do {
            request = try StrictJSON.decode(StandInRequest.self, from: try StrictJSON.parse(line, maximumDepth: 16))
        } catch {
            return answer(.refused("\(error)", nil), link)
        }
        guard let name = request.lock ?? onlyName, places[name] != nil else {
            return answer(.refused("unknownLock", request.n), link)
        }
        switch request.do {
        case .state: answer(state(name, request.n), link)
        case .set: set(name, line, request, link)
        case .turn: turn(name, request, link)
        case .hangup:
            let links = places[name]?.links ?? []
            answer(state(name, request.n), link)
            for link in links { hangUp(link) }
        case .attach, .detach, .drive, .read, .configure:
            guard places[name]?.lock.circumstances.unreachable == false else {
                return answer(.refused("unreachable", request.n), link)
            }
            radio(name, request, link)
        }
    }

    /// A link has gone; its commands go on.
    func linkEnded(_ link: Int) {
        for name in places.keys where places[name]?.links.contains(link) == true { places[name]?.links.remove(link) }
    }

    private func radio(_ name: String, _ request: StandInRequest, _ link: Int) {
        switch request.do {
        case .attach: attach(name, request, link)
        case .detach:
            places[name]?.links.remove(link)
            radioAnswer(name, state(name, request.n), link)
        case .read: radioAnswer(name, state(name, request.n), link)
        case .configure:
            guard let armed = request.armed, let seconds = request.seconds, places[name]?.lock.profile.autoRelock != nil else {
                return radioAnswer(name, .refused("unsupported", request.n), link)
            }
            change(name) { lock in
                lock.configure(armed: armed, seconds: seconds, at: Clocks.bootMilliseconds())
                return []
            }
            radioAnswer(name, state(name, request.n), link)
        case .drive: drive(name, request, link)
        case .state, .set, .turn, .hangup: break
        }
    }

    private func attach(_ name: String, _ request: StandInRequest, _ link: Int) {
        guard let place = places[name] else { return }
        places[name]?.links.insert(link)
        var answer = state(name, request.n)
        answer.capabilities = place.lock.profile.capabilities
        radioAnswer(name, answer, link)
        guard let after = request.after else { return }
        for change in place.log where change.logIndex > after { tell(change, of: name, to: [link]) }
    }

    private func drive(_ name: String, _ request: StandInRequest, _ link: Int) {
        guard let action = request.action else { return radioAnswer(name, .refused("action is missing", request.n), link) }
        let driver = nextDriver
        nextDriver += 1
        places[name]?.links.insert(link)
        places[name]?.drivers[driver] = (link, request.n)
        var refusal: VirtualLock.Refusal?
        change(name) { lock in
            do throws(VirtualLock.Refusal) {
                return try lock.drive(
                    action, operation: request.operation, openSeconds: request.openSeconds, driver: driver,
                    at: Clocks.bootMilliseconds())
            } catch {
                refusal = error
                return []
            }
        }
        guard let refusal else { return }
        places[name]?.drivers[driver] = nil
        radioAnswer(name, .refused(refusal.rawValue, request.n), link)
    }

    private func turn(_ name: String, _ request: StandInRequest, _ link: Int) {
        let isLocked = places[name]?.lock.bolt == .locked
        let action = request.action ?? (isLocked ? .unlock : .lock)
        change(name) { lock in
            lock.turn(to: action, source: request.source ?? .manual, slot: request.slot, at: Clocks.bootMilliseconds())
        }
        answer(state(name, request.n), link)
    }

    private func set(_ name: String, _ line: [UInt8], _ request: StandInRequest, _ link: Int) {
        let settings: StandInRequest.Settings
        do {
            settings = try StrictJSON.decode(StandInRequest.Settings.self, from: try StrictJSON.parse(line, maximumDepth: 16))
        } catch {
            return answer(.refused("\(error)", request.n), link)
        }
        let couldBeReached = places[name]?.lock.circumstances.unreachable == false
        change(name) { lock in
            lock.set({ settings.apply(to: &$0, &$1) }, at: Clocks.bootMilliseconds())
        }
        if couldBeReached, places[name]?.lock.circumstances.unreachable == true, let line = try? StrictJSON.encode(StandInLoss(name)) {
            for link in places[name]?.links ?? [] { send(link, line) }
        }
        answer(state(name, request.n), link)
    }

    // MARK: - Effects

    private func change(_ name: String, _ input: (inout VirtualLock) -> [VirtualLock.Effect]) {
        guard var place = places[name] else { return }
        let effects = input(&place.lock)
        places[name] = place
        for effect in effects { perform(effect, name) }
        arm(name)
    }

    private func perform(_ effect: VirtualLock.Effect, _ name: String) {
        switch effect {
        case .move(let move, let phase):
            do { try moveLog.write(lock: name, move, phase) } catch { fail(error) }
        case .changed(let change):
            places[name]?.log.append(change)
            if let count = places[name]?.log.count, count > LockBank.keptChanges { places[name]?.log.removeFirst() }
            tell(change, of: name, to: places[name]?.links ?? [])
        case .over(let driver, let outcome, let reason):
            guard let waiting = places[name]?.drivers.removeValue(forKey: driver) else { return }
            var answer = state(name, waiting.n)
            answer.outcome = outcome
            answer.reason = reason
            radioAnswer(name, answer, waiting.link)
        }
    }

    private func arm(_ name: String) {
        guard let place = places[name], place.lock.nextDue != place.timerDue else { return }
        if let timer = place.timer { loop.cancel(timer) }
        places[name]?.timerDue = place.lock.nextDue
        places[name]?.timer = place.lock.nextDue.map { due in
            loop.schedule(atBootMilliseconds: due) { [weak self] in
                self?.places[name]?.timerDue = nil
                self?.change(name) { $0.due(at: Clocks.bootMilliseconds()) }
            }
        }
    }

    // MARK: - Saying

    private func state(_ name: String, _ n: Int?) -> StandInAnswer {
        guard let place = places[name] else { return .refused("unknownLock", n) }
        return StandInAnswer(ok: true, n: n, state: StandInAnswer.LockState(place.lock, links: place.links.count))
    }

    private func tell(_ change: VirtualLock.Change, of name: String, to links: Set<Int>) {
        guard places[name]?.lock.circumstances.quiet == false, places[name]?.lock.circumstances.unreachable == false,
            let line = try? StrictJSON.encode(StandInEvent(change, of: name, epoch: epoch))
        else { return }
        for link in links { send(link, line) }
    }

    /// What the lock itself says; nothing while it is quiet or out of reach.
    private func radioAnswer(_ name: String, _ answer: StandInAnswer, _ link: Int) {
        guard places[name]?.lock.circumstances.quiet == false, places[name]?.lock.circumstances.unreachable == false else { return }
        self.answer(answer, link)
    }

    private func answer(_ answer: StandInAnswer, _ link: Int) {
        if let line = try? StrictJSON.encode(answer) { send(link, line) }
    }
}

extension StandInRequest.Settings {
    /// Changes what was given and leaves the rest.
    func apply(to circumstances: inout VirtualLock.Circumstances, _ profile: inout LockProfile) {
        circumstances.jam = jam ?? circumstances.jam
        circumstances.stall = stall ?? circumstances.stall
        circumstances.refuse = refuse ?? circumstances.refuse
        circumstances.quiet = quiet ?? circumstances.quiet
        circumstances.unreachable = unreachable ?? circumstances.unreachable
        circumstances.ignoreRelock = ignoreRelock ?? circumstances.ignoreRelock
        profile.door = door ?? profile.door
        profile.battery = battery ?? profile.battery
        profile.motorMilliseconds = max(0, motorMilliseconds ?? profile.motorMilliseconds)
        profile.secondMilliseconds = max(0, secondMilliseconds ?? profile.secondMilliseconds)
        profile.autoRelock = autoRelock ?? profile.autoRelock
    }
}
