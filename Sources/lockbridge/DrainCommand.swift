import AdapterProtocol
import ArgumentParser
import Glibc
import LockModel

/// `lockbridge drain`
struct DrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain", abstract: "Lock what is open and take no unlocks, without stopping; before an upgrade, for example.",
        discussion:
            "Waits until nothing is owed; exits 1 if that does not come in time. Locking and grants go on. `--end` takes unlocks again.")
    @OptionGroup var options: HomeOptions
    @Flag(name: .long, help: "Take unlocks again.") var end = false
    @Option(name: .long, help: "How many seconds to wait for the last door.") var timeout = 60

    func run() throws {
        let client = try AdminClient(home: options.home)
        if end {
            let _: Reply = try client.call(.drainEnd, Nothing())
            return Terminal.print("Unlocks are taken again.")
        }
        let _: Reply = try client.call(.drain, Nothing())
        let isTerminal = isatty(STDERR_FILENO) == 1
        for second in 0...max(0, timeout) {
            let status: StatusView = try client.call(.status, Nothing())
            let open = status.locks.filter { !$0.owed.isEmpty }
            if open.isEmpty { return Terminal.print("Drained: nothing is owed, and unlocks are refused until `lockbridge drain --end`.") }
            if second == timeout {
                let names = open.map(\.lock.text).joined(separator: ", ")
                throw CommandFailure(.failed, "still owed after \(timeout) s: \(names). `lockbridge why \(open[0].lock)` tells more.")
            }
            if isTerminal { Terminal.note("… waiting for \(open.map(\.lock.text).joined(separator: ", "))") }
            sleep(1)
        }
    }
}
