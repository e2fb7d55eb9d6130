import AdapterKit
import AdapterProtocol
import LockModel
import NukiProtocol

/// What a lock was last told to be, and how far its log was read.
struct ToldState: Equatable {
    var bolt: BoltState
    var door: DoorState

    init(_ state: NukiState) {
        bolt = state.bolt
        door = state.door
    }
}

/// What happened at the lock without us, told once each: by its log, which says who and when, where its PIN was given and it keeps one; else by the
/// difference between two states.
extension NukiLock {
    /// Most changes come one by one.
    private static let pages: [UInt16] = [4, 32, 32, 32, 32, 32, 32]
    /// A lock that was away for long tells its last so many entries.
    private static let mostEntries = 200

    /// A state came.
    func told(_ new: NukiState) {
        latest = new
        toldSinceOrder = new
        if known == nil { known = ToldState(new) }
        guard !isActing, !new.isMoving, known != ToldState(new) else { return }
        spawn { [weak self] in await self?.tellNews() }
    }

    /// Our own order brought it there; that is told by its answer.
    func moved(to state: NukiState) { known = ToldState(state) }

    /// Tells what was not told yet; one at a time.
    func tellNews() async {
        guard !isTelling else {
            hasMoreNews = true
            return
        }
        isTelling = true
        defer { isTelling = false }
        repeat {
            hasMoreNews = false
            await tellByLog()
            tellByState()
        } while hasMoreNews
    }

    private func tellByState() {
        guard let new = latest, !isActing, !new.isMoving, let old = known, old != ToldState(new) else { return }
        let now = ToldState(new)
        known = now
        toldBeforeLog = now
        output.observed(
            LockObservation(
                lock: lock, bolt: now.bolt, door: now.door, battery: new.batteryLevel,
                source: old.bolt != now.bolt ? new.source : .unspecified, at: Timestamp.now()))
    }

    // MARK: - The log

    /// Tells the log's new entries. Twice where the lock is still not as they say: something may have happened while they were read.
    private func tellByLog() async {
        guard settings.offersLog, let pin else { return }
        do {
            try await using { talk in
                for _ in 0..<2 {
                    try await self.readLog(talk, pin)
                    let state = try await self.settled(talk, within: .milliseconds(Self.motorMilliseconds))
                    if self.known == ToldState(state) { return }
                }
            }
        } catch {
            // What happens now is told by its state; the log is taken up again from where it is then.
            logHead = nil
            output.log(.info, "\(lock): its log could not be read: \(error)")
        }
    }

    /// Finds where the log stands; what is in it by now is not told.
    func findLogHead(_ talk: NukiTalk, _ pin: NukiPIN) async throws {
        logHead = try await logPage(talk, pin, from: 0, count: 1).first?.index ?? 0
        toldBeforeLog = nil
    }

    private func readLog(_ talk: NukiTalk, _ pin: NukiPIN) async throws {
        guard let head = logHead else { return try await findLogHead(talk, pin) }
        var entries: [NukiLogEntry] = []
        var start: UInt32 = 0
        for count in Self.pages {
            let page = try await logPage(talk, pin, from: start, count: count)
            if start == 0, let newest = page.first, newest.index < head {
                // It was emptied, and counts from the beginning.
                logHead = newest.index
                return
            }
            entries += page.filter { each in each.index > head && (entries.last.map { each.index < $0.index } ?? true) }
            guard page.count == Int(count), let oldest = page.last?.index, oldest > head &+ 1, entries.count < Self.mostEntries else {
                break
            }
            start = oldest - 1
        }
        if let newest = entries.first { logHead = newest.index }
        for entry in entries.reversed() { await tell(entry, talk) }
    }

    /// A page of the log, newest first.
    private func logPage(_ talk: NukiTalk, _ pin: NukiPIN, from start: UInt32, count: UInt16) async throws -> [NukiLogEntry] {
        do {
            return try await talk.request(.requestLog, NukiLogEntry.question(from: start, count: count), pin: pin) {
                $0.last?.command == .status
            }.filter { $0.command == .logEntry }.compactMap { try? NukiLogEntry($0.payload) }
        } catch let error as NukiError {
            await refusedPIN(error)
            throw error
        }
    }

    private func tell(_ entry: NukiLogEntry, _ talk: NukiTalk) async {
        guard entry.bolt != nil || entry.door != nil, var now = known else { return }
        now.bolt = entry.bolt ?? now.bolt
        now.door = entry.door ?? now.door
        known = now
        if entry.isAction, entry.authorization == state.authorization { return }
        if toldBeforeLog == now {
            toldBeforeLog = nil
            return
        }
        output.observed(
            LockObservation(
                lock: lock, bolt: now.bolt, door: now.door, source: entry.source, actor: await actor(of: entry, talk),
                logIndex: Int(entry.index), epoch: epoch, at: entry.at ?? Timestamp.now(), clock: entry.at == nil ? nil : "lock"))
    }

    /// A log that counts anew is of a lock that was reset, and then paired anew.
    private var epoch: String { String(state.appID, radix: 16) }

    /// Who: by the keypad its slot, else the number of his authorization in the lock, which names nobody to others.
    private func actor(of entry: NukiLogEntry, _ talk: NukiTalk) async -> ChangeActor? {
        switch entry.event {
        case .keypad(_, _, _, let code) where code != 0:
            ChangeActor(kind: .keypadUser, ref: String(await slot(ofCode: code, talk)))
        case .action where entry.authorization != 0: ChangeActor(kind: .unknown, ref: "nuki-\(entry.authorization)")
        case .keypad, .action, .door, .other: nil
        }
    }
}
