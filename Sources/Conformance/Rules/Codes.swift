import AdapterProtocol
import LockModel
import WireBytes

extension Rule {
    /// Codes in the lock: set means set and read back (`adapters-reference`, Codes).
    static let codes = [
        Rule("LB-L2-01", .L2, "a code that is set stands in the lock, and is listed") { trial in
            let codes = try trial.codes()
            let state = try codes.set()
            let isThere = try codes.isInLock()
            try expect(isThere, "it says \(state), and the lock has no such code")
            try expect(state == (codes.readBack == "full" ? "set" : "unverified"), "it says \(state) with readBack \(codes.readBack)")
            let list = try codes.lock.process.result("code.list", codes.lock.params(), withinMilliseconds: 30_000)
            let listed = list["codes"]?.array?.contains { $0.object?["slot"]?.integer == codes.slot } ?? false
            try expect(listed, "code.list does not show its slot")
        },
        Rule("LB-L2-02", .L2, "a code that is cleared is gone from the lock") { trial in
            let codes = try trial.codes()
            _ = try codes.set()
            let result = try codes.lock.process.result("code.clear", codes.params(), withinMilliseconds: 30_000)
            try expect(result["state"] == "cleared", "it says \(result["state"]?.string ?? "nothing")")
            try expect(try !codes.isInLock(), "the code is still in the lock")
        },
        Rule("LB-L2-03", .L2, "a code the lock loses is never said to be set") { trial in
            let codes = try trial.codes()
            guard codes.readBack != "none" else { throw Finding.notReached("this lock's codes can't be read back") }
            try codes.lock.device.set("loseCodes", true)
            let state = try codes.set()
            guard try !codes.isInLock() else { throw Finding.notReached("the stand-in kept the code") }
            try expect(state != "set", "it says set, and the lock has no code")
        },
        Rule("LB-L2-04", .L2, "a code read back masked is unverified, not failed") { trial in
            let codes = try trial.codes()
            try codes.lock.device.set("mask", true)
            let state = try codes.set()
            try expect(state == "unverified", "it says \(state)")
        },
        Rule("LB-L2-05", .L2, "a slot or a code the lock can't take is answered −32602") { trial in
            let codes = try trial.codes()
            let before = try codes.lock.device.state().codes
            var wrong: [(String, JSONValue)] = [
                ("a slot beyond the last", codes.params(slot: codes.lastSlot + 1, code: codes.code)),
                ("a code too short", codes.params(slot: codes.slot, code: String(codes.code.prefix(codes.shortest - 1)))),
                ("a code with a letter", codes.params(slot: codes.slot, code: "x" + codes.code.dropFirst())),
            ]
            for code in codes.untaken { wrong.append(("a code its keypad does not take", codes.params(slot: codes.slot, code: code))) }
            for (what, params) in wrong { try codes.lock.process.expectError(-32602, from: "code.set", params, what) }
            try expect(try codes.lock.device.state().codes == before, "it changed the lock's codes")
        },
        Rule("LB-L2-06", .L2, "a code is never written to a log or an error") { trial in
            let codes = try trial.codes()
            _ = try codes.set()
            var texts = [codes.lock.process.errors.text]
            if case .failure(let error) = try codes.lock.process.ask("code.set", codes.params(slot: codes.lastSlot + 1, code: codes.code)) {
                texts.append(error.message)
            }
            try trial.stage.pass(milliseconds: 50)
            texts += codes.lock.process.said.filter { $0.method == "log" }.map { $0.params["text"]?.string ?? "" }
            try expect(!texts.contains { $0.contains(codes.code) }, "the code stands in a log line or an error text")
        },
        Rule("LB-L2-07", .L2, "unpair leaves nothing behind in the lock") { trial in
            let codes = try trial.codes()
            let before = try codes.lock.device.state()
            _ = try codes.set()
            if let relock = before.autoRelock {
                let setting: JSONValue = .object(["armed": .bool(!relock.armed), "seconds": .integer(Int64(relock.seconds))])
                _ = try codes.lock.process.ask("lock.configure", codes.lock.params(("autoRelock", setting)), withinMilliseconds: 10_000)
            }
            let answer = try codes.lock.process.ask("unpair", codes.lock.params(), withinMilliseconds: 30_000)
            if answer.code == -32601 { throw Finding.notReached("it does not pair") }
            try expect(answer.code == nil, "unpair was answered with \(answer.words)")
            let after = try codes.lock.device.state()
            try expect(after.codes == before.codes, "codes are left in the lock")
            try expect(after.autoRelock == before.autoRelock, "the auto-relock is not as it was found")
            try codes.lock.process.expectError(1001, from: "lock.read", codes.lock.params(), "lock.read after unpair")
        },
    ]
}

/// A lock with codes, and the one that is tried.
private struct CodesOnTrial {
    let lock: LockOnTrial
    let slot: Int64
    let lastSlot: Int64
    let code: String
    let shortest: Int
    let readBack: String
    /// Codes of the right length that its capabilities exclude.
    let untaken: [String]

    func params(slot: Int64? = nil, code: String? = nil) -> JSONValue {
        var more: [(String, JSONValue)] = [("lock", .string(Trial.lock)), ("slot", .integer(slot ?? self.slot))]
        if let code { more.append(("code", .string(code))) }
        return .object(JSONObject(more))
    }

    /// Sets the code, and gives the state it was answered with.
    func set() throws -> String {
        let result = try lock.process.result("code.set", params(code: code), withinMilliseconds: 30_000)
        return result["state"]?.string ?? "nothing"
    }

    /// Whether the lock itself has the code: the stand-in lists `{slot, code}`, or the codes alone.
    func isInLock() throws -> Bool {
        try lock.device.state().codes.contains { $0.object?["code"]?.string == code || $0.string == code }
    }
}

extension Trial {
    fileprivate func codes() throws -> CodesOnTrial {
        let lock = try added()
        guard let declared = lock.declared["codes"]?.object else { throw Finding.notReached("this adapter declares no codes") }
        let (first, slots) = (declared["firstSlot"]?.integer ?? 1, declared["slots"]?.integer ?? 1)
        let length = max(1, Int(declared["lengthMin"]?.integer ?? 4))
        let choice = CodeChoice(digits: declared["digits"]?.string, notBeginning: declared["notBeginning"]?.string, length: length)
        return CodesOnTrial(
            lock: lock, slot: first, lastSlot: first + slots - 1, code: choice.taken, shortest: length,
            readBack: declared["readBack"]?.string ?? "", untaken: choice.untaken)
    }
}

extension LockOnTrial {
    /// Somebody who may open by the keypad: a slot and, where its codes can be set, the code that was set for him.
    func keypadUser() throws -> (slot: Int, code: String?) {
        guard let codes = capabilities.codes else { return (4, nil) }
        let slot = min(codes.firstSlot + 3, codes.firstSlot + codes.slots - 1)
        let code = CodeChoice(digits: codes.digits, notBeginning: codes.notBeginning, length: codes.lengthMin).taken
        try process.result(
            "code.set", params(("slot", .integer(Int64(slot))), ("code", .string(code))), withinMilliseconds: 30_000)
        return (slot, code)
    }
}

/// Codes to try a keypad with, of the digits that it has.
struct CodeChoice {
    private static let numbers = "7305196842"

    /// One that it takes.
    let taken: String
    /// Some that it does not, for their digits or their beginning.
    let untaken: [String]

    /// - Parameters:
    ///   - digits: those the keypad has; all ten without.
    ///   - notBeginning: what no code may begin with.
    init(digits: String?, notBeginning: String?, length: Int) {
        let digits = digits ?? "0123456789"
        var rest = String(repeating: Self.numbers, count: length).filter(digits.contains)[...]
        if let notBeginning, !notBeginning.isEmpty { while rest.hasPrefix(notBeginning) { rest = rest.dropFirst() } }
        taken = String(rest.prefix(length))
        let missing = "0123456789".filter { !digits.contains($0) }.map { String($0) }
        let beginnings = missing + [notBeginning ?? ""]
        untaken = beginnings.filter { !$0.isEmpty && $0.count <= length }.map { [taken] in String(($0 + taken).prefix(length)) }
    }
}
