import AdapterProtocol
import LockModel
import WireBytes

extension Rule {
    /// The lock's own auto-relock: the gateway leans on it when everything else has failed, so it has to be told as it is.
    static let relock = [
        Rule("LB-L3-04", .L3, "the auto-relock is read as it is set in the lock") { trial in
            let lock = try trial.added()
            let (reading, truth) = (try lock.read(), try lock.device.state())
            try expect(
                reading.autoRelock == truth.autoRelock,
                "it is read as \(reading.autoRelock.words), and the lock has \(truth.autoRelock.words)")
        },
        Rule("LB-L3-05", .L3, "lock.configure sets the auto-relock and reads it back") { trial in
            let (lock, range) = try trial.relocking()
            for (armed, seconds) in [(true, range.max), (true, range.min), (false, range.min)] {
                let result = try lock.configure(armed: armed, seconds: seconds)
                let truth = try lock.device.state().autoRelock
                try expect(result.autoRelock == truth, "it answered \(result.autoRelock.words), and the lock has \(truth.words)")
                let isSet = truth?.armed == armed && (!armed || truth?.seconds == seconds)
                let saysSet = result.state == .set || (!armed && result.state == .cleared)
                try expect(
                    saysSet == isSet || result.state == .unverified, "it says \(result.state.rawValue), and the lock has \(truth.words)")
                let reading = try lock.read().autoRelock
                try expect(reading == truth, "afterwards it is read as \(reading.words)")
            }
        },
        Rule("LB-L3-06", .L3, "an auto-relock is told as such, also after an own operation") { trial in
            let (lock, range) = try trial.relocking()
            guard range.min <= 5 else { throw Finding.notReached("the shortest auto-relock takes \(range.min) s") }
            _ = try lock.configure(armed: true, seconds: range.min)
            try lock.bring(.locked)
            let before = lock.process.observations.count
            _ = try lock.operate(.unlock)
            let limit = Int64(range.min * 1000 + lock.capabilities.motorMilliseconds + 3000)
            let isTold = try trial.stage.wait(milliseconds: limit) { lock.process.observations[before...].contains { $0.bolt == .locked } }
            guard try lock.device.state().bolt == .locked else { throw Finding.notReached("the stand-in did not relock") }
            guard isTold, let told = lock.process.observations.last else { throw Finding.broken("the lock relocked, and nothing was told") }
            try expect(told.source == .auto, "it was told with the source \(told.source.rawValue)")
        },
        Rule("LB-L3-07", .L3, "an auto-relock that does not come is not told") { trial in
            let (lock, range) = try trial.relocking()
            guard range.min <= 3 else { throw Finding.notReached("the shortest auto-relock takes \(range.min) s") }
            try lock.device.set("ignoreRelock", true)
            _ = try lock.configure(armed: true, seconds: range.min)
            try lock.bring(.locked)
            _ = try lock.operate(.unlock)
            let before = lock.process.observations.count
            try trial.stage.pass(milliseconds: Int64(range.min * 1000 + lock.capabilities.motorMilliseconds + 500))
            guard try lock.device.state().bolt != .locked else { throw Finding.notReached("the stand-in relocked all the same") }
            try expect(!lock.process.observations[before...].contains { $0.bolt == .locked }, "it told that the lock locked")
            try expect(try lock.read().bolt != .locked, "it is read as locked")
        },
        Rule("LB-L3-08", .L3, "a timed unlock is sent with its seconds, and the lock locks itself") { trial in
            let lock = try trial.added()
            guard let range = lock.capabilities.timedUnlock else { throw Finding.notReached("this lock has no timed unlock") }
            guard range.min <= 5 else { throw Finding.notReached("the shortest timed unlock takes \(range.min) s") }
            try lock.bring(.locked)
            _ = try lock.operate(.unlock, openSeconds: range.min)
            let limit = Int64(range.min * 1000 + lock.capabilities.motorMilliseconds + 2000)
            let isLocked = try trial.stage.poll(milliseconds: limit) { try lock.device.state().bolt == .locked }
            try expect(isLocked, "the lock had not locked itself after \(limit) ms")
            let isTold = try trial.stage.wait(milliseconds: lock.patience) {
                lock.process.observations.contains { $0.bolt == .locked && $0.source == .auto }
            }
            try expect(isTold, "it was not told as lock.observed with the source auto")
        },
    ]
}

extension Trial {
    fileprivate func relocking() throws -> (LockOnTrial, LockCapabilities.AutoRelockRange) {
        let lock = try added()
        guard let range = lock.capabilities.autoRelock else { throw Finding.notReached("this lock has no auto-relock") }
        return (lock, range)
    }
}

extension LockOnTrial {
    fileprivate func configure(armed: Bool, seconds: Int) throws -> ConfigureResult {
        let setting: JSONValue = .object(["armed": .bool(armed), "seconds": .integer(Int64(seconds))])
        let result = try process.result("lock.configure", params(("autoRelock", setting)), withinMilliseconds: 10_000)
        do throws(JSONDecodingError) { return try RequestMethod.lockConfigure.result(result) } catch {
            throw Finding.broken("its result of lock.configure: \(error)")
        }
    }
}

extension AutoRelock? {
    fileprivate var words: String {
        guard let self else { return "none" }
        return "\(self.armed ? "armed" : "not armed"), \(self.seconds) s\(self.waitsForDoor ? ", waiting for the door" : "")"
    }
}
