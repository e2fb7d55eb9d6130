import AdapterProtocol
import LockModel
import WireBytes

extension Rule {
    /// Pairing, for adapters that pair.
    static let pairing = [
        Rule("LB-L1-35", .L1, "pairing gives a state that lock.add takes, also in the next process") { trial in
            let process = try trial.greeted()
            let state = try trial.pair(process)
            let lock = try trial.add(to: process, try trial.standIn(), vendorState: state)
            _ = try lock.read()
            try process.end()
            trial.adapterEnded()
            let again = try trial.add(to: try trial.greeted(), try trial.standIn(), vendorState: state)
            try expect(try again.read().bolt == again.device.state().bolt, "the next process does not read the lock as it is")
        },
        Rule("LB-L1-36", .L1, "a pairing that is given up fails with 1007, and the next one works") { trial in
            let process = try trial.greeted()
            let candidate = try trial.findToPair(process)
            try process.result("pair.cancel")
            try process.result("pair.start", ["options": [:]], withinMilliseconds: 10_000)
            try trial.awaitFound(process, candidate)
            trial.person?.isAway = true
            let choice = process.send("pair.choose", ["candidate": .string(candidate)])
            try process.result("pair.cancel")
            if case .failure(let error) = try process.answer(to: choice, withinMilliseconds: 30_000) {
                try expect(error.code == 1007, "the choice was answered with \(error) instead of 1007")
            }
            trial.person?.isAway = false
            _ = try trial.pair(process)
        },
        Rule("LB-L1-37", .L1, "what is not to be found is not paired with, and the adapter goes on") { trial in
            let process = try trial.greeted()
            _ = try trial.findToPair(process)
            if case .result = try process.ask("pair.choose", ["candidate": "nothing-of-that-name"], withinMilliseconds: 60_000) {
                throw Finding.broken("it paired with a candidate it never found")
            }
            try process.result("health")
        },
        Rule("LB-L1-38", .L1, "each question is one line without control characters") { trial in
            _ = try trial.pair(try trial.greeted())
            guard trial.person?.prompts.isEmpty == false else { throw Finding.notReached("its pairing asks nothing") }
            try trial.transcript.expectNone(.question)
        },
    ]
}

extension Trial {
    private static let findMilliseconds: Int64 = 20_000
    private static let pairMilliseconds: Int64 = 120_000

    /// Has the adapter look for locks, and waits for the first.
    /// - Throws: `notReached` where the adapter does not pair.
    func findToPair(_ process: AdapterProcess) throws -> String {
        _ = try standIn()
        let before = process.said.count
        switch try process.ask("pair.start", ["options": [:]], withinMilliseconds: 10_000) {
        case .failure(let error) where error.code == -32601 || error.code == AdapterErrorCode.unsupported.rawValue:
            throw Finding.notReached("the adapter does not pair")
        case .failure(let error): throw Finding.broken("pair.start was answered with the error \(error)")
        case .result: break
        }
        let isFound = try stage.wait(milliseconds: Self.findMilliseconds) {
            process.said[before...].contains { $0.method == Method.pairFound.rawValue }
        }
        guard isFound, let found = process.said[before...].first(where: { $0.method == Method.pairFound.rawValue }),
            let candidate = found.params["candidate"]?.string
        else { throw Finding.broken("the stand-in's lock was not found within 20 s") }
        return candidate
    }

    /// Waits until one that was found before is found again.
    func awaitFound(_ process: AdapterProcess, _ candidate: String) throws {
        let seen = process.said.count { $0.params["candidate"]?.string == candidate }
        _ = try stage.wait(milliseconds: Self.findMilliseconds) {
            process.said.count { $0.params["candidate"]?.string == candidate } > seen
        }
    }

    /// Pairs with the stand-in's lock.
    /// - Returns: its vendor state.
    func pair(_ process: AdapterProcess) throws -> JSONObject {
        let candidate = try findToPair(process)
        let result = try process.result("pair.choose", ["candidate": .string(candidate)], withinMilliseconds: Self.pairMilliseconds)
        do throws(JSONDecodingError) { return try RequestMethod.pairChoose.result(result).vendorState } catch {
            throw Finding.broken("its result of pair.choose: \(error)")
        }
    }
}
