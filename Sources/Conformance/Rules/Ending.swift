import Glibc
import LinuxIO

extension Rule {
    /// How an adapter ends (`adapters-reference`, Life of a process).
    static let ending = [
        Rule("LB-L0-16", .L0, "shutdown is answered, and it exits 0 within 2 s") { trial in
            let process = try trial.greeted()
            try process.result("shutdown", withinMilliseconds: 2000)
            try process.expectExit()
        },
        Rule("LB-L0-17", .L0, "the answer to shutdown is its last line") { trial in
            let process = try trial.greeted()
            try process.result("shutdown", withinMilliseconds: 2000)
            _ = try process.exit(withinMilliseconds: 2000)
            _ = try trial.stage.wait(milliseconds: 300) { process.isOutputClosed }
            try expect(process.linesAfterShutdown == 0, "it wrote \(process.linesAfterShutdown) more")
        },
        Rule("LB-L0-18", .L0, "at the end of standard input it exits 0 within 2 s") { trial in
            let process = try trial.greeted()
            process.closeInput()
            try process.expectExit()
        },
        Rule("LB-L0-19", .L0, "nothing of it is left when it has ended") { trial in
            let process = trial.installed.manifest.standIn == nil ? try trial.greeted() : try trial.added().process
            var family = ProcessEntry.descendants(of: process.child.pid)
            if family.contains(where: { $0.state == "Z" }) {
                try trial.stage.pass(milliseconds: 200)
                let later = ProcessEntry.descendants(of: process.child.pid)
                let stays = later.first { entry in entry.state == "Z" && family.contains { $0.pid == entry.pid && $0.state == "Z" } }
                if let stays { throw Finding.broken("it never waited for its child \(stays.name), which has ended") }
                family = later
            }
            _ = try process.ask("shutdown", withinMilliseconds: 2000)
            _ = try process.exit(withinMilliseconds: 2000)
            try trial.stage.pass(milliseconds: 50)
            let left = family.filter(\.isAlive)
            for entry in left { kill(entry.pid, SIGKILL) }
            try expect(left.isEmpty, "its child \(left.first?.name ?? "") outlived it")
        },
    ]
}

extension AdapterProcess {
    /// Waits for a clean end.
    /// - Throws: broken for any other end, or none.
    fileprivate func expectExit() throws {
        guard let status = try exit(withinMilliseconds: 2000) else { throw Finding.broken("it still ran after 2 s") }
        try expect(status == .exited(0), "it ended with \(status)" + (errors.lastLine.map { "; its last words: \($0)" } ?? ""))
    }
}
