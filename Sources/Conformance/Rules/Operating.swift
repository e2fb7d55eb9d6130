import AdapterProtocol
import LockModel
import WireBytes

extension Rule {
    /// Moving the bolt, and the ids of the tries (`adapters-reference`, Operating).
    static let operating = [
        Rule("LB-L1-04", .L1, "unlock is done when the bolt is drawn") { try $0.moves(.unlock, from: .locked) },
        Rule("LB-L1-05", .L1, "lock is done when the bolt is thrown") { try $0.moves(.lock, from: .unlocked) },
        Rule("LB-L1-06", .L1, "same operation twice: one motor command, one outcome") { trial in
            let lock = try trial.added()
            let before = try lock.device.state()
            let action = try lock.nextAction()
            let first = try lock.outcome(lock.order(action.rawValue, operation: "same"))
            _ = try lock.operate(action.opposite)
            let again = try lock.outcome(lock.order(action.rawValue, operation: "same"))
            try lock.expectDrives(2, since: before, "an operation, another one and a repeat of the first")
            try expect(again == first, "the repeat got another outcome than the first")
        },
        Rule("LB-L1-07", .L1, "same operation again while it runs: one motor command, one outcome for both") { trial in
            let lock = try trial.added()
            let before = try lock.device.state()
            let action = try lock.nextAction()
            let first = try lock.stalled(action, operation: "same")
            let second = lock.order(action.rawValue, operation: "same")
            try lock.process.result("health", withinMilliseconds: 1000)
            try lock.device.set("stall", false)
            let outcomes = [try lock.outcome(first), try lock.outcome(second)]
            try lock.expectDrives(1, since: before, "an operation and its repeat")
            try expect(outcomes[0] == outcomes[1], "the repeat got another outcome")
        },
        Rule("LB-L1-08", .L1, "same operation with another action: −32602, nothing sent") { trial in
            let lock = try trial.added()
            let action = try lock.nextAction()
            _ = try lock.outcome(lock.order(action.rawValue, operation: "same"))
            let before = try lock.device.state()
            let id = lock.order(action.opposite.rawValue, operation: "same")
            guard case .failure(let error) = try lock.answer(id) else { throw Finding.broken("it was answered with a result") }
            try expect(error.isInvalidParams, "it was answered with error \(error)")
            try lock.expectDrives(0, since: before, "a known id with another action")
        },
        Rule("LB-L1-09", .L1, "another operation while one runs: busy, nothing sent") { trial in
            let lock = try trial.added()
            let before = try lock.device.state()
            let action = try lock.nextAction()
            let first = try lock.stalled(action, operation: "first")
            let second = lock.order(action.opposite.rawValue, operation: "second")
            try expect(
                try lock.process.answer(to: second, withinMilliseconds: 1000).code == AdapterErrorCode.busy.rawValue,
                "it was not answered with error 1002 busy")
            try lock.device.set("stall", false)
            _ = try lock.outcome(first)
            try lock.expectDrives(1, since: before, "an operation and a refused one")
        },
        Rule("LB-L1-10", .L1, "the outcomes of the last 256 operations are remembered") { trial in
            let lock = try trial.added()
            let action = try lock.nextAction()
            let first = try lock.outcome(lock.order(action.rawValue, operation: "first"))
            let begin = Clock.now()
            for number in 2...256 {
                _ = try lock.outcome(lock.order(action.rawValue, operation: "more-\(number)"))
                if Clock.now() - begin > 20_000 { throw Finding.notReached("255 operations take longer than 20 s") }
            }
            let before = try lock.device.state()
            let again = try lock.outcome(lock.order(action.rawValue, operation: "first"))
            try lock.expectDrives(0, since: before, "the repeat of an operation after 255 others")
            try expect(again == first, "its repeat got another outcome")
        },
        Rule("LB-L1-11", .L1, "already there is done, and the bolt stays") { trial in
            let lock = try trial.added()
            let action = try lock.nextAction()
            _ = try lock.operate(action)
            let before = try lock.device.state()
            let outcome = try lock.operate(action)
            try expect(outcome.outcome == .done && action.isReached(outcome.bolt), "the outcome is \(outcome.outcome.rawValue)")
            try expect(try lock.device.state().moves == before.moves, "the motor ran again")
        },
        Rule("LB-L1-12", .L1, "an unknown action is answered −32602, nothing sent") { trial in
            let lock = try trial.added()
            try lock.expectRefusal([-32602], "the action explode", lock.order("explode", operation: "op"))
        },
        Rule("LB-L1-13", .L1, "openSeconds the lock can't do is answered −32602, nothing sent") { trial in
            let lock = try trial.added()
            try lock.bring(.locked)
            let tooLong = lock.capabilities.timedUnlock.map { $0.max + 1 } ?? 5
            try lock.expectRefusal([-32602], "openSeconds \(tooLong)", lock.order("unlock", operation: "op", openSeconds: tooLong))
            try lock.expectRefusal([-32602], "openSeconds 0", lock.order("unlock", operation: "op", openSeconds: 0))
        },
        Rule("LB-L1-14", .L1, "an unlatch the lock can't do is refused, nothing sent") { trial in
            let lock = try trial.added()
            guard !lock.capabilities.unlatch else { throw Finding.notReached("this lock can unlatch") }
            try lock.expectRefusal([1003, -32602], "unlatch", lock.order("unlatch", operation: "op"))
        },
        Rule("LB-L1-15", .L1, "unlatch is done at unlatched, or unlocked once it has sprung back") { trial in
            let lock = try trial.added()
            guard lock.capabilities.unlatch else { throw Finding.notReached("this lock can't unlatch") }
            try lock.bring(.locked)
            let before = try lock.device.state()
            let outcome = try lock.operate(.unlatch)
            try expect(outcome.outcome == .done, "the outcome is \(outcome.outcome.rawValue)")
            try expect(MotorAction.unlatch.isReached(outcome.bolt), "it says the bolt is \(outcome.bolt.rawValue)")
            try lock.expectDrives(1, since: before, "an unlatch")
        },
        Rule("LB-L1-16", .L1, "an operation id of 64 characters is taken") { trial in
            let lock = try trial.added()
            let operation = String(repeating: "Az-9", count: 16)
            let outcome = try lock.outcome(lock.order(try lock.nextAction().rawValue, operation: operation))
            try expect(outcome.operation.text == operation, "it answered with the operation \(outcome.operation)")
        },
    ]
}

extension Trial {
    fileprivate func moves(_ action: MotorAction, from bolt: BoltState) throws {
        let lock = try added()
        try lock.bring(bolt)
        let before = try lock.device.state()
        let outcome = try lock.operate(action)
        let truth = try lock.device.state()
        let reason = outcome.reason.map { ", reason \($0.rawValue)" } ?? ""
        try expect(outcome.outcome == .done, "the outcome is \(outcome.outcome.rawValue)\(reason)")
        try expect(action.isReached(truth.bolt), "it says done, and the bolt is \(truth.bolt.rawValue)")
        try expect(outcome.bolt == truth.bolt, "it says the bolt is \(outcome.bolt.rawValue), and it is \(truth.bolt.rawValue)")
        if let door = truth.door, outcome.door != .unknown {
            try expect(outcome.door == door, "it says the door is \(outcome.door.rawValue), and it is \(door.rawValue)")
        }
        try lock.expectDrives(1, since: before, "one \(action.rawValue)")
        let reading = try lock.read()
        try expect(reading.bolt == truth.bolt, "read back the bolt is \(reading.bolt.rawValue), and it is \(truth.bolt.rawValue)")
    }
}

extension LockOnTrial {
    /// Breaks the rule unless the order is answered with one of these errors and the lock got nothing.
    fileprivate func expectRefusal(_ codes: [Int], _ what: String, _ id: RequestID) throws {
        let answer = try answer(id)
        try expect(answer.code.map(codes.contains) == true, "\(what) was answered with \(answer.words) instead of error \(codes[0])")
        let drives = try device.state().drives
        try stage.pass(milliseconds: 30)
        try expect(try device.state().drives == drives && !(try device.state().isMotorRunning), "\(what) reached the motor")
    }
}

extension AdapterProcess.Answer {
    /// The error's code, where it is one.
    var code: Int? { if case .failure(let error) = self { error.code } else { nil } }

    /// What it is, for a sentence.
    var words: String { if case .failure(let error) = self { "error \(error)" } else { "a result" } }
}
