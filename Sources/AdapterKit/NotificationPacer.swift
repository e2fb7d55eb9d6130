import LockModel

/// Keeps an adapter below the rate at which the host ends it (50 notifications in 1 s, 600 in 60 s), without losing what counts.
///
/// A burst of 40 goes at once, 9 a second after it. What waits is bounded: of a lock's observations without a log number only the newest
/// waits; of log lines at most 256 wait, a further one is dropped; beyond `capacity` the oldest of all is. What was dropped is counted.
struct NotificationPacer {
    /// A line, and what it is about.
    struct Entry {
        enum Subject: Equatable {
            /// A log line; the least of all.
            case log
            /// Replaced by a newer one of the same lock.
            case state(LockID)
            /// A log entry of a lock; each counts.
            case event
        }

        let subject: Subject
        let line: [UInt8]
    }

    static let burst = 40
    static let perSecond = 9
    static let maximumLogs = 256
    private let capacity: Int
    private var waiting: [Int: Entry] = [:]
    private var newestState: [LockID: Int] = [:]
    private var logs = 0
    private var first = 0
    private var next = 0
    /// Thousandths of a notification that may go now.
    private var credit = burst * 1000
    private var creditAt: Int64?
    /// How many were dropped for want of room.
    private(set) var dropped = 0

    init(capacity: Int = 16_384) { self.capacity = capacity }

    /// Whether anything waits.
    var isEmpty: Bool { waiting.isEmpty }

    /// Takes an entry in.
    mutating func add(_ entry: Entry) {
        if case .state(let lock) = entry.subject, let older = newestState[lock] { waiting[older] = nil }
        if entry.subject == .log {
            guard logs < NotificationPacer.maximumLogs else {
                dropped += 1
                return
            }
            logs += 1
        }
        if waiting.count >= capacity, let (number, oldest) = firstWaiting() {
            remove(number, oldest)
            dropped += 1
        }
        waiting[next] = entry
        if case .state(let lock) = entry.subject { newestState[lock] = next }
        next += 1
    }

    /// The next line to send, where one waits and may go at `now` (milliseconds on a clock that does not jump).
    mutating func take(at now: Int64) -> [UInt8]? {
        refill(at: now)
        guard credit >= 1000, let (number, entry) = firstWaiting() else { return nil }
        credit -= 1000
        remove(number, entry)
        return entry.line
    }

    /// How long until the next one may go; `nil` where none waits.
    func millisecondsUntilNext() -> Int64? {
        guard !waiting.isEmpty else { return nil }
        let missing = max(0, 1000 - credit)
        return Int64((missing + NotificationPacer.perSecond - 1) / NotificationPacer.perSecond)
    }

    private mutating func refill(at now: Int64) {
        let elapsed = max(0, now - (creditAt ?? now))
        creditAt = now
        credit = min(NotificationPacer.burst * 1000, credit + Int(min(elapsed, 60_000)) * NotificationPacer.perSecond)
    }

    private mutating func firstWaiting() -> (Int, Entry)? {
        while first < next {
            if let entry = waiting[first] { return (first, entry) }
            first += 1
        }
        return nil
    }

    private mutating func remove(_ number: Int, _ entry: Entry) {
        waiting[number] = nil
        switch entry.subject {
        case .log: logs -= 1
        case .state(let lock): if newestState[lock] == number { newestState[lock] = nil }
        case .event: break
        }
    }
}
