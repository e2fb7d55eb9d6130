import AdapterProtocol
import LockModel

extension Rule {
    /// Locks that don't do as they are told: one try each, and the truth about it.
    static let trouble = [
        Rule("LB-L1-17", .L1, "done only after the motor has stopped") { trial in
            let lock = try trial.added()
            let action = try lock.nextAction()
            let id = try lock.stalled(action, operation: "op")
            try trial.stage.pass(milliseconds: 300)
            try expect(lock.process.answer(to: id) == nil, "it answered while the motor ran")
            try lock.device.set("stall", false)
            let outcome = try lock.outcome(id)
            let truth = try lock.device.state()
            try expect(!truth.isMotorRunning, "the motor still ran when it answered")
            try expect(outcome.outcome == .done && outcome.bolt == truth.bolt, "it says \(outcome.bolt.rawValue) at \(truth.bolt.rawValue)")
        },
        Rule("LB-L1-18", .L1, "a jam is failed with lockJammed, after one try") { trial in
            let lock = try trial.added()
            let action = try lock.nextAction()
            try lock.device.set("jam", true)
            let before = try lock.device.state()
            let outcome = try lock.operate(action)
            try expect(outcome.outcome == .failed, "the outcome of a jam is \(outcome.outcome.rawValue)")
            if lock.capabilities.jam {
                try expect(outcome.reason == .lockJammed, "the reason is \(outcome.reason?.rawValue ?? "missing"), not lockJammed")
            }
            try lock.expectDrives(1, since: before, "a jammed \(action.rawValue)")
        },
        Rule("LB-L1-19", .L1, "a jammed bolt is read as such") { trial in
            let lock = try trial.added()
            guard lock.capabilities.jam else { throw Finding.notReached("this lock tells no jam") }
            let action = try lock.nextAction()
            try lock.device.set("jam", true)
            _ = try lock.operate(action)
            let reading = try lock.read()
            try expect(
                reading.jammed && reading.bolt == .notFullyLocked, "it is read as \(reading.bolt.rawValue), jammed \(reading.jammed)")
        },
        Rule("LB-L1-20", .L1, "refused by the lock is failed, after one try") { trial in
            let lock = try trial.added()
            let action = try lock.nextAction()
            try lock.device.set("refuse", true)
            let before = try lock.device.state()
            let answer = try lock.answer(lock.order(action.rawValue, operation: "op"))
            try trial.stage.pass(milliseconds: 100)
            let drives = try lock.device.state().drives - before.drives
            guard case .result = answer else {
                try expect(drives == 0, "it answered with \(answer.words), though the lock got the command")
                return
            }
            try expect(drives == 1, "a refused command was sent \(drives) times")
            let outcome = try lock.outcome(lock.order(action.rawValue, operation: "op"))
            try expect(outcome.outcome == .failed, "the outcome is \(outcome.outcome.rawValue)")
        },
        Rule("LB-L1-21", .L1, "with the door open it says what the bolt really did") { trial in
            let lock = try trial.added()
            guard lock.capabilities.doorSensor else { throw Finding.notReached("this lock has no door contact") }
            try lock.bring(.unlocked)
            try lock.device.set("door", "open")
            let outcome = try lock.operate(.lock)
            let truth = try lock.device.state()
            try expect(
                (outcome.outcome == .done) == (truth.bolt == .locked),
                "it says \(outcome.outcome.rawValue), and the bolt is \(truth.bolt.rawValue)")
            try expect(outcome.bolt == truth.bolt || outcome.outcome == .unknown, "it says the bolt is \(outcome.bolt.rawValue)")
        },
    ]

    /// Time to live, cancelling, and a lock that answers late or not at all.
    static let onTime = [
        Rule("LB-L1-22", .L1, "past its ttl a running operation is answered unknown, reason timeout") { trial in
            let lock = try trial.added()
            let (ttl, begin) = (700, Clock.now())
            let id = try lock.stalled(try lock.nextAction(), operation: "op", ttl: ttl)
            let outcome = try lock.outcome(id, ttl: ttl)
            try expect(outcome.outcome == .unknown, "the outcome is \(outcome.outcome.rawValue) while the motor runs")
            try expect(outcome.reason == .timeout, "the reason is \(outcome.reason?.rawValue ?? "missing"), not timeout")
            let took = (lock.process.answeredAt(id) ?? 0) - begin
            try expect(took <= Int64(ttl) + 500, "it was answered after \(took) ms, with a ttl of \(ttl) ms")
        },
        Rule("LB-L1-23", .L1, "after the answer nothing more is sent to the motor") { trial in
            let lock = try trial.added()
            let before = try lock.device.state()
            let answer = try lock.answer(lock.order(try lock.nextAction().rawValue, operation: "op", ttl: 1))
            let after = try lock.device.state()
            try trial.stage.pass(milliseconds: 400)
            let later = try lock.device.state()
            try expect(later.drives == after.drives, "the motor was started after the answer")
            try expect(later.drives - before.drives <= 1, "one operation sent \(later.drives - before.drives) motor commands")
            if answer.code != nil {
                try expect(later.drives == before.drives, "it answered with \(answer.words), though the lock got something")
            }
        },
        Rule("LB-L1-24", .L1, "health is answered within 1 s while an operation is open") { trial in
            let lock = try trial.added()
            let id = try lock.stalled(try lock.nextAction(), operation: "op")
            try lock.process.result("health", withinMilliseconds: 1000)
            try expect(lock.process.answer(to: id) == nil, "the operation was answered while the motor ran")
            try lock.device.set("stall", false)
            _ = try lock.outcome(id)
        },
        Rule("LB-L1-25", .L1, "$/cancel does not stop a motor, and the outcome is still told") { trial in
            let lock = try trial.added()
            let action = try lock.nextAction()
            let before = try lock.device.state()
            let id = try lock.stalled(action, operation: "op")
            guard case .number(let number) = id else { return }
            lock.process.notify("$/cancel", ["id": .integer(number)])
            try lock.process.result("health", withinMilliseconds: 1000)
            try lock.device.set("stall", false)
            let answer = try lock.answer(id)
            guard case .result = answer else { throw Finding.broken("it was answered with \(answer.words), though the motor ran") }
            let outcome = try lock.outcome(lock.order(action.rawValue, operation: "op"))
            try expect(outcome.outcome != .failed, "the outcome is failed, though the motor went on")
            try lock.expectDrives(1, since: before, "a cancelled operation and its repeat")
        },
        Rule("LB-L1-26", .L1, "shutdown answers what is open, then itself, and it exits 0 within 2 s") { trial in
            let lock = try trial.added()
            let id = try lock.stalled(try lock.nextAction(), operation: "op")
            let end = lock.process.send("shutdown")
            _ = try lock.process.answer(to: end, withinMilliseconds: 2000)
            guard let answer = lock.process.answer(to: id) else { throw Finding.broken("the open operation was never answered") }
            guard case .result = answer else { throw Finding.broken("it was answered with \(answer.words), though the motor ran") }
            try expect(try lock.process.exit(withinMilliseconds: 2000) == .exited(0), "it did not exit 0 within 2 s")
        },
        Rule("LB-L3-01", .L3, "a lock that falls silent is unknown in time, and the adapter goes on") { trial in
            let lock = try trial.added()
            let action = try lock.nextAction()
            let before = try lock.device.state()
            try lock.device.set("quiet", true)
            let ttl = 900
            let answer = try lock.answer(lock.order(action.rawValue, operation: "op", ttl: ttl), ttl: ttl)
            try lock.process.result("health", withinMilliseconds: 1000)
            try trial.stage.pass(milliseconds: 300)
            let drives = try lock.device.state().drives - before.drives
            try expect(drives <= 1, "one operation sent \(drives) motor commands")
            if answer.code != nil { try expect(drives == 0, "it answered with \(answer.words), though the lock got the command") }
            try lock.device.set("quiet", false)
            let isBack = try trial.stage.poll(milliseconds: 2 * lock.patience) {
                if case .result = try lock.process.ask("lock.read", lock.params(), withinMilliseconds: 10_000) { true } else { false }
            }
            try expect(isBack, "the lock could not be read again")
        },
    ]
}
