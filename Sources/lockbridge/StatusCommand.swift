import AdapterProtocol
import ArgumentParser
import LockModel

/// `lockbridge status`
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show the gateway, its locks, adapters and buses, worst first.",
        discussion: "Ends with 75 when the gateway is frozen, after it has shown everything.")

    @OptionGroup var options: HomeOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let status: StatusView = try AdminClient(home: options.home).call(.status, Nothing())
        if output.json { try Terminal.json(status) } else { show(status) }
        if status.frozen { throw ExitCode(CommandFailure.Code.frozen.rawValue) }
    }

    private func show(_ status: StatusView) {
        Terminal.print("\(status.gateway)  lockbridge \(status.version)  up since \(status.startedAt)  \(status.records) records")
        if status.frozen {
            Terminal.print(Terminal.paint("FROZEN, nothing opens: \(status.frozenBecause ?? "the journal can't be trusted").", .red))
            if let remedy = status.frozenRemedy { Terminal.print(remedy) }
        }
        if let warning = ClockCommand.warning(status.clock) { Terminal.print(Terminal.paint(warning, .red)) }
        if status.draining {
            Terminal.print(Terminal.paint("DRAINED: unlocks are refused until `lockbridge drain --end`.", .yellow))
        }
        if !status.commissioned {
            Terminal.print(Terminal.paint("Commissioning: the installer may unlock until `lockbridge handover`.", .yellow))
        }
        for radio in status.radios {
            let cause = radio.cause.map { " (\($0))" } ?? ""
            Terminal.print("radio \(radio.hci): \(radio.state)\(cause)\(radio.controller.map { ", \($0)" } ?? "")")
        }
        for child in status.adapters { Terminal.print("adapter \(child.name): \(line(child))") }
        for child in status.buses { Terminal.print("bus \(child.name): \(line(child))") }
        if status.locks.isEmpty { Terminal.print("No locks yet: `lockbridge lock add NAME --adapter ADAPTER`.") }
        LockTable.print(status.locks)
        for lock in status.locks {
            if let waiver = lock.relockWaiver { Terminal.print("\(lock.lock): its relock is waived: \(waiver)") }
        }
        let others = status.lockCount - status.locks.count
        if others > 0 {
            Terminal.print("and \(others) more; \(status.readyLocks) of \(status.lockCount) are ready: `lockbridge lock list`")
        }
    }

    private func line(_ child: ChildView) -> String {
        let isWell = child.state == "up" || child.state == "connected"
        let restarts = child.restarts > 0 ? ", \(child.restarts) restarts" : ""
        let cause = isWell ? "" : child.cause.map { ": \($0)" } ?? ""
        return Terminal.paint(child.state, isWell ? .green : .red) + cause + restarts
    }
}

/// Locks in a table, as `status` and `lock list` print them.
enum LockTable {
    static func print(_ locks: [LockView]) {
        guard !locks.isEmpty else { return }
        let heading = ["LOCK", "BOLT", "DOOR", "BATTERY", "LINK", "RELOCK", "STATE"]
        Terminal.table([heading] + locks.map(row))
    }

    private static func row(_ lock: LockView) -> [String] {
        let battery = lock.battery.percent.map { "\($0) %" } ?? lock.battery.level.rawValue
        var state = lock.phase
        if let alarm = lock.alarm {
            state = "ALARM \(alarm.rawValue)"
        } else if let owed = lock.owed.first {
            state += ", relock by \(owed.relockBy)"
        }
        return [
            lock.lock.text, lock.bolt.rawValue, lock.door.rawValue, battery, lock.online ? "up" : "down",
            lock.relockAssurance?.rawValue ?? "doubtful", state,
        ]
    }
}
