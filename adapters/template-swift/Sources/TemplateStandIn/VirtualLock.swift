// SPDX-License-Identifier: MIT-0

/// Bolt, motor, door and every trouble the kit asks for. Time comes in as an argument, in milliseconds.
final class VirtualLock {
    /// A motor run, and who waits for its end.
    private struct Run {
        var action: String
        var source: String
        var driver: Driver?
        /// `nil` while it turns without end.
        var endsAt: Int64?
    }

    /// Who sent a motor command: the link, its question's number, and the operation.
    struct Driver: Equatable {
        var link: Int32
        var number: String
        var operation: String
    }

    private static let motorMilliseconds: Int64 = 50
    private(set) var bolt = "locked"
    private(set) var door = "closed"
    private(set) var isJammed = false
    /// Motor commands received.
    private(set) var drives = 0
    /// Motor runs.
    private(set) var moves = 0
    private(set) var logHead = 0
    private var run: Run?
    private var troubles: Set<String> = []
    /// What it tells everybody who is linked.
    var tell: (String) -> Void = { _ in }
    /// What it answers to a motor command.
    var over: (Driver, String) -> Void = { _, _ in }

    var isMotorRunning: Bool { run != nil }
    var isQuiet: Bool { troubles.contains("quiet") }

    private func isThere(_ action: String) -> Bool { bolt == (action == "lock" ? "locked" : "unlocked") }

    /// A motor command of the adapter's.
    func drive(_ action: String, by driver: Driver, at now: Int64) {
        drives += 1
        if troubles.contains("refuse") || (action != "lock" && action != "unlock") { return over(driver, "refused") }
        if run != nil { return over(driver, "busy") }
        if isThere(action) { return over(driver, "done") }
        start(action, "remote", by: driver, at: now)
    }

    /// A hand at the knob; from another source the lock's own motor.
    func turn(_ action: String, source: String, at now: Int64) {
        guard run == nil, !isThere(action) else { return }
        if source != "manual" { return start(action, source, by: nil, at: now) }
        bolt = action == "lock" ? "locked" : "unlocked"
        isJammed = false
        note(source, nil)
    }

    /// Moves the door.
    func set(door: String) {
        guard self.door != door else { return }
        self.door = door
        note("unspecified", nil)
    }

    /// Brings a trouble about, or ends it.
    /// - Returns: whether it knows it.
    func set(_ trouble: String, _ isOn: Bool, at now: Int64) -> Bool {
        guard ["jam", "stall", "refuse", "quiet"].contains(trouble) else { return false }
        if isOn { troubles.insert(trouble) } else { troubles.remove(trouble) }
        if trouble == "stall" && !isOn && run?.endsAt == nil { run?.endsAt = now + VirtualLock.motorMilliseconds }
        return true
    }

    /// Does what is due.
    /// - Returns: when something will be.
    func due(at now: Int64) -> Int64? {
        if let end = run?.endsAt, end <= now { stop() }
        return run?.endsAt
    }

    private func start(_ action: String, _ source: String, by driver: Driver?, at now: Int64) {
        moves += 1
        bolt = "moving"
        let endsAt = troubles.contains("stall") ? nil : now + VirtualLock.motorMilliseconds
        run = Run(action: action, source: source, driver: driver, endsAt: endsAt)
    }

    private func stop() {
        guard let ended = run else { return }
        run = nil
        var result = "done"
        if troubles.contains("jam") {
            (bolt, isJammed, result) = ("notFullyLocked", true, "jam")
        } else if ended.action == "lock" && door != "closed" {
            (bolt, result) = ("notFullyLocked", "blocked")
        } else {
            (bolt, isJammed) = (ended.action == "lock" ? "locked" : "unlocked", false)
        }
        note(ended.source, ended.driver?.operation)
        if let driver = ended.driver { over(driver, result) }
    }

    private func note(_ source: String, _ operation: String?) {
        logHead += 1
        tell("event \(bolt) \(door) \(source) \(operation ?? "-")")
    }
}
