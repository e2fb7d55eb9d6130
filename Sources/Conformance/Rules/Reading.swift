import AdapterProtocol
import LinuxIO
import LockModel

extension Rule {
    /// What an adapter tells of a lock, asked and unasked.
    static let reading = [
        Rule("LB-L1-27", .L1, "lock.read is from the lock and not from a cache") { trial in
            let lock = try trial.added()
            _ = try lock.read()
            for _ in 0..<4 {
                try lock.device.turn(try lock.nextAction())
                let truth = try lock.device.state()
                let reading = try lock.read()
                try expect(
                    reading.bolt == truth.bolt, "the bolt was turned to \(truth.bolt.rawValue), and it is read as \(reading.bolt.rawValue)")
            }
        },
        Rule("LB-L1-28", .L1, "a reading has its time, its door and where it is from") { trial in
            let lock = try trial.added()
            let (reading, truth) = (try lock.read(), try lock.device.state())
            let distance = abs(reading.observedAt.milliseconds - Clocks.wallMilliseconds())
            try expect(distance < 60_000, "observedAt is \(distance / 1000) s off")
            if let door = truth.door {
                let isRight = reading.door == door || (!lock.capabilities.doorSensor && reading.door == .absent)
                try expect(isRight, "the door is read as \(reading.door.rawValue), and it is \(door.rawValue)")
            }
            try expect(
                lock.capabilities.doorSensor || reading.door == .absent, "it has no door contact, and its door is \(reading.door.rawValue)")
            try expect((reading.autoRelock == nil) == (lock.capabilities.autoRelock == nil), "autoRelock is not as the capabilities say")
        },
        Rule("LB-L1-29", .L1, "a running motor is read as moving") { trial in
            let lock = try trial.added()
            let id = try lock.stalled(try lock.nextAction(), operation: "op")
            let reading = try lock.read()
            try expect(reading.bolt == .moving, "it is read as \(reading.bolt.rawValue)")
            try lock.device.set("stall", false)
            _ = try lock.outcome(id)
        },
        Rule("LB-L1-30", .L1, "a turn by hand is told, with the state after it") { trial in
            let lock = try trial.added()
            let action = try lock.nextAction()
            try lock.device.turn(action)
            let isTold = try trial.stage.wait(milliseconds: lock.patience) { !lock.process.observations.isEmpty }
            guard isTold, let told = lock.process.observations.first else { throw Finding.broken("nothing was told") }
            try expect(told.lock.text == Trial.lock, "it was told of the lock \(told.lock)")
            try expect(action.isReached(told.bolt), "the bolt was told as \(told.bolt.rawValue)")
            let sources: [ChangeSource] = [.manual, .unspecified]
            try expect(sources.contains(told.source), "a turn by hand was told as \(told.source.rawValue)")
            try trial.stage.pass(milliseconds: 150)
            try expect(lock.process.observations.count == 1, "it was told \(lock.process.observations.count) times")
        },
        Rule("LB-L1-31", .L1, "its own operations are not told as observed") { trial in
            let lock = try trial.added()
            let action = try lock.nextAction()
            _ = try lock.operate(action)
            _ = try lock.operate(action.opposite)
            try trial.stage.pass(milliseconds: 300)
            try expect(
                lock.process.observations.isEmpty,
                "an operation was told as lock.observed, source \(lock.process.observations[0].source.rawValue)")
        },
        Rule("LB-L3-02", .L3, "an opened door is told, source unspecified") { trial in
            let lock = try trial.added()
            guard lock.capabilities.doorSensor else { throw Finding.notReached("this lock has no door contact") }
            try lock.device.set("door", "open")
            let isTold = try trial.stage.wait(milliseconds: lock.patience) { lock.process.observations.contains { $0.door == .open } }
            guard isTold, let told = lock.process.observations.first else { throw Finding.broken("nothing was told") }
            try expect(told.source == .unspecified, "its source is \(told.source.rawValue)")
            let door = try lock.read().door
            try expect(door == .open, "the door is read as \(door.rawValue)")
        },
        Rule("LB-L3-03", .L3, "a keypad's code is told with its slot") { trial in
            let lock = try trial.added()
            guard lock.capabilities.actor else { throw Finding.notReached("this lock does not tell who acted") }
            let (slot, code) = try lock.keypadUser()
            try lock.device.turn(try lock.nextAction(), source: "keypad", slot: slot, code: code)
            let isTold = try trial.stage.wait(milliseconds: lock.patience) { lock.process.observations.contains { $0.source == .keypad } }
            try expect(isTold, "no lock.observed with the source keypad came")
            let actor = lock.process.observations.first { $0.source == .keypad }?.actor
            try expect(actor == ChangeActor(kind: .keypadUser, ref: String(slot)), "its actor is not keypadUser \(slot)")
        },
    ]

    /// `lock.drop`, the fence.
    static let dropping = [
        Rule("LB-L1-32", .L1, "lock.drop closes the link, and the next request opens it again") { trial in
            let lock = try trial.added()
            _ = try lock.read()
            try lock.process.result("lock.drop", lock.params(), withinMilliseconds: 1000)
            guard let links = try lock.device.state().links else { throw Finding.notReached("the stand-in does not tell its links") }
            try expect(links == 0, "\(links) link stands after lock.drop")
            let (reading, truth) = (try lock.read(), try lock.device.state())
            try expect(reading.bolt == truth.bolt, "after it the bolt is read as \(reading.bolt.rawValue)")
        },
        Rule("LB-L1-33", .L1, "lock.drop answers what is open first, within 1 s") { trial in
            let lock = try trial.added()
            let id = try lock.stalled(try lock.nextAction(), operation: "op")
            let drop = lock.process.send("lock.drop", lock.params())
            _ = try lock.process.answer(to: drop, withinMilliseconds: 1000)
            guard let answer = lock.process.answer(to: id) else { throw Finding.broken("the open operation was not answered before it") }
            guard case .result(let result) = answer else {
                throw Finding.broken("it was answered with \(answer.words), though the motor ran")
            }
            try expect(result["outcome"] == "unknown", "the outcome is \(result["outcome"]?.string ?? "missing") while the motor runs")
        },
        Rule("LB-L1-34", .L1, "outcomes are remembered over lock.drop") { trial in
            let lock = try trial.added()
            let action = try lock.nextAction()
            let first = try lock.outcome(lock.order(action.rawValue, operation: "op"))
            try lock.process.result("lock.drop", lock.params(), withinMilliseconds: 1000)
            let before = try lock.device.state()
            let again = try lock.outcome(lock.order(action.rawValue, operation: "op"))
            try lock.expectDrives(0, since: before, "a repeat after lock.drop")
            try expect(again == first, "the repeat got another outcome")
        },
    ]
}
