import AdapterProtocol
import LockModel
import WireBytes

extension Rule {
    /// Taking locks on and forgetting them.
    static let adding = [
        Rule("LB-L1-01", .L1, "lock.add tells capabilities that make sense") { trial in
            let lock = try trial.added()
            let can = lock.capabilities
            try expect(!lock.model.isEmpty, "the model is empty")
            try expect(can.lock && can.unlock, "it says that the lock can't lock, or can't unlock")
            try expect(can.connectMilliseconds >= 0 && can.motorMilliseconds >= 0, "a time is below zero")
            try expect(
                can.connectMilliseconds + can.motorMilliseconds <= LockCapabilities.longestOperationMilliseconds,
                "connectMilliseconds and motorMilliseconds are more than 40 s together")
            if let timed = can.timedUnlock { try expect(timed.min >= 1 && timed.min <= timed.max, "timedUnlock is no range") }
            if let relock = can.autoRelock { try expect(relock.min >= 0 && relock.min <= relock.max, "autoRelock is no range") }
            for (name, value) in lock.declared.members {
                guard let isRight = Rule.laterCapabilities[name] else { continue }
                try expect(value.isNull || isRight(value), "the capability \(name) is malformed")
            }
        },
        Rule("LB-L1-02", .L1, "the same lock may be added again") { trial in
            let lock = try trial.added()
            _ = try trial.add(to: lock.process, lock.device)
            _ = try lock.read()
        },
        Rule("LB-L1-03", .L1, "lock.remove forgets the lock and changes nothing in it") { trial in
            let lock = try trial.added()
            let before = try lock.device.state()
            try lock.process.result("lock.remove", lock.params())
            try lock.process.expectError(1001, from: "lock.read", lock.params(), "lock.read after lock.remove")
            let after = try lock.device.state()
            try expect(after.bolt == before.bolt && after.drives == before.drives, "lock.remove moved the bolt")
            try expect(after.autoRelock == before.autoRelock, "lock.remove changed the auto-relock")
            _ = try trial.add(to: lock.process, lock.device).read()
        },
    ]

    /// Capabilities of methods that this host does not drive; well formed all the same.
    private static let laterCapabilities: [String: @Sendable (JSONValue) -> Bool] = [
        "codes": { codes in
            let readBack = codes.object?["readBack"]?.string ?? ""
            let numbers = ["slots", "firstSlot", "lengthMin", "lengthMax"].compactMap { codes.object?[$0]?.integer }
            return numbers.count == 4 && numbers.allSatisfy { $0 >= 0 } && ["full", "masked", "none"].contains(readBack)
        },
        "schedules": { $0.object?["perSlot"]?.integer != nil && $0.object?["kinds"]?.array != nil },
        "settings": { $0.object != nil },
    ]
}
