import AdapterProtocol
import Glibc
import LockModel
import WireBytes

extension Rule {
    /// The adapter's part when something breaks: links, processes, lines, patience.
    static let links = [
        Rule("LB-L3-09", .L3, "after the link was cut the lock is read as it is") { trial in
            let lock = try trial.added()
            _ = try lock.read()
            try lock.device.hangUp()
            try lock.device.turn(try lock.nextAction())
            let truth = try lock.device.state()
            let isRead = try trial.stage.poll(milliseconds: 2 * lock.patience) {
                guard case .result(let result) = try lock.process.ask("lock.read", lock.params(), withinMilliseconds: 10_000) else {
                    return false
                }
                try expect(result["bolt"]?.string == truth.bolt.rawValue, "the bolt is read as \(result["bolt"]?.string ?? "nothing")")
                return true
            }
            try expect(isRead, "the lock could not be read again")
        },
        Rule("LB-L3-10", .L3, "a link cut while the motor runs: one motor command, and never a made-up done") { trial in
            let lock = try trial.added()
            let action = try lock.nextAction()
            let before = try lock.device.state()
            let id = try lock.stalled(action, operation: "op")
            try lock.device.hangUp()
            try trial.stage.pass(milliseconds: 200)
            if case .result(let result)? = lock.process.answer(to: id) {
                try expect(result["outcome"] != "done", "it says done while the motor runs")
            }
            try lock.device.set("stall", false)
            let answer = try lock.answer(id)
            guard case .result = answer else { throw Finding.broken("it was answered with \(answer.words), though the motor ran") }
            _ = try lock.waitForMotor(running: false)
            try trial.stage.pass(milliseconds: 300)
            try lock.expectDrives(1, since: before, "an operation whose link was cut")
        },
        Rule("LB-L3-11", .L3, "what happened while the link was cut is told once") { trial in
            let lock = try trial.added()
            guard lock.capabilities.log else { throw Finding.notReached("this lock keeps no log") }
            let action = try lock.nextAction()
            try lock.device.hangUp()
            try lock.device.turn(action)
            let isTold = try trial.stage.wait(milliseconds: 2 * lock.patience) {
                lock.process.observations.contains { action.isReached($0.bolt) }
            }
            try expect(isTold, "it was not told")
            try trial.stage.pass(milliseconds: 300)
            try expect(lock.process.observations.count == 1, "it was told \(lock.process.observations.count) times")
        },
        Rule("LB-L3-12", .L3, "killed while the motor runs: the next process repeats nothing and reads the truth") { trial in
            let lock = try trial.added()
            let before = try lock.device.state()
            _ = try lock.stalled(try lock.nextAction(), operation: "op")
            try lock.process.end()
            let again = try trial.add(to: try trial.greeted(), lock.device)
            try expect(try again.read().bolt == .moving, "the running motor is not read as moving")
            try lock.device.set("stall", false)
            _ = try again.waitForMotor(running: false)
            let (reading, truth) = (try again.read(), try lock.device.state())
            try expect(reading.bolt == truth.bolt, "the bolt is read as \(reading.bolt.rawValue), and it is \(truth.bolt.rawValue)")
            try again.expectDrives(1, since: before, "a killed operation")
        },
        Rule("LB-L3-13", .L3, "garbage on its standard input moves nothing: it goes on, or ends") { trial in
            let lock = try trial.added()
            let before = try lock.device.state()
            let pieces: [[UInt8]] = [
                Array("nonsense".utf8), [0xFF, 0xFE, 0x00], Array("[]".utf8), Array("{}".utf8),
                Array(#"{"jsonrpc":"2.0","method":7}"#.utf8),
                Array(#"{"jsonrpc":"2.0","id":"g","method":"lock.operate","params":{"operation":"op","lock":"fr"#.utf8),
            ]
            for piece in pieces { lock.process.write(piece) }
            let id = lock.process.send("health")
            _ = try trial.stage.wait(milliseconds: 2000) { lock.process.answer(to: id) != nil || lock.process.exit != nil }
            let isWell = lock.process.answer(to: id) != nil || lock.process.exit != nil
            try expect(isWell, "it neither answered health nor ended within 2 s")
            try lock.expectDrives(0, since: before, "garbage")
        },
        Rule("LB-L3-14", .L3, "200 requests at once are each answered") { trial in
            let lock = try trial.added()
            let ids = (0..<200).map { lock.process.send($0 % 20 == 0 ? "lock.read" : "health", lock.params()) }
            for id in ids { _ = try lock.process.answer(to: id, withinMilliseconds: 10 * lock.patience) }
        },
        Rule("LB-L3-15", .L3, "a lock that is turned 120 times at once does not make it flood") { trial in
            let lock = try trial.added()
            for _ in 0..<120 { try lock.device.turn(try lock.nextAction()) }
            let truth = try lock.device.state()
            try lock.process.result("health", withinMilliseconds: 1000)
            let isTold = try trial.stage.wait(milliseconds: 15_000 + lock.patience) { lock.process.observations.last?.bolt == truth.bolt }
            try expect(isTold, "its last lock.observed does not tell the bolt as it is")
            try trial.transcript.expectNone(.rate)
        },
        Rule("LB-L3-16", .L3, "a gateway that reads late loses nothing") { trial in
            let lock = try trial.added()
            lock.process.pauseReading()
            // More than a pipe holds.
            let ids = (0..<1500).map { lock.process.send("health", id: .text(String(repeating: "i", count: 60) + String(1000 + $0))) }
            try trial.stage.pass(milliseconds: 700)
            lock.process.resumeReading()
            for id in ids { _ = try lock.process.answer(to: id, withinMilliseconds: 5000) }
        },
    ]
}
