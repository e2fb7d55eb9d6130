import AdapterProtocol
import LinuxIO
import LockModel
import WireBytes

/// One lock that the adapter has added, with the stand-in that tells the truth about it.
final class LockOnTrial {
    let process: AdapterProcess
    let device: StandIn
    let capabilities: LockCapabilities
    let model: String
    /// The capabilities as written, with those that later methods bring.
    let declared: JSONObject
    let stage: Stage
    private var nextOperation = 0
    private static let readMilliseconds: Int64 = 10_000
    /// The core waits so much longer than an operation may take.
    private static let graceMilliseconds = 500

    init(_ process: AdapterProcess, _ device: StandIn, _ lock: LockAddResult, declared: JSONObject, stage: Stage) {
        self.process = process
        self.device = device
        self.capabilities = lock.capabilities
        self.model = lock.model
        self.declared = declared
        self.stage = stage
    }

    /// How long one operation may take here.
    var ttl: Int { capabilities.operationMilliseconds }

    /// How long what happens at the lock may take until it is told, in milliseconds: it may have to be met first, and its motor to stop.
    var patience: Int64 { Int64(2000 + capabilities.connectMilliseconds + capabilities.motorMilliseconds) }

    func params(_ more: (String, JSONValue)...) -> JSONValue { .object(JSONObject([("lock", .string(Trial.lock))] + more)) }

    /// A new operation id.
    func newOperation() -> String {
        nextOperation += 1
        return "op-\(nextOperation)"
    }

    /// Sends an order.
    func order(_ action: String, operation: String, openSeconds: Int? = nil, ttl: Int? = nil) -> RequestID {
        var params: JSONObject = ["operation": .string(operation), "lock": .string(Trial.lock), "action": .string(action)]
        if let openSeconds { params["openSeconds"] = .integer(Int64(openSeconds)) }
        params["ttlMilliseconds"] = .integer(Int64(ttl ?? self.ttl))
        return process.send("lock.operate", .object(params))
    }

    /// Waits for the answer to an order, as long as the core would.
    func answer(_ id: RequestID, ttl: Int? = nil) throws -> AdapterProcess.Answer {
        try process.answer(to: id, withinMilliseconds: Int64((ttl ?? self.ttl) + LockOnTrial.graceMilliseconds))
    }

    /// Waits for an outcome.
    /// - Throws: broken for an error, or a result that is none.
    func outcome(_ id: RequestID, ttl: Int? = nil) throws -> OperateResult {
        switch try answer(id, ttl: ttl) {
        case .failure(let error): throw Finding.broken("lock.operate was answered with the error \(error) though the lock was there")
        case .result(let object):
            do throws(JSONDecodingError) { return try RequestMethod.lockOperate.result(object) } catch {
                throw Finding.broken("its result of lock.operate: \(error)")
            }
        }
    }

    /// Orders under a new id, and waits for the outcome.
    func operate(_ action: MotorAction, openSeconds: Int? = nil) throws -> OperateResult {
        try outcome(order(action.rawValue, operation: newOperation(), openSeconds: openSeconds))
    }

    /// Brings the bolt there by hand, and waits until what it tells of that is over.
    func bring(_ bolt: BoltState) throws {
        guard try device.state().bolt != bolt else { return }
        try device.turn(bolt == .locked ? .lock : .unlock)
        let isThere = try stage.poll(milliseconds: 2000) { try device.state().bolt == bolt }
        guard isThere else { throw Finding.notReached("the stand-in's bolt does not follow a hand") }
        try stage.pass(milliseconds: 50)
    }

    /// Reads the lock by the adapter.
    func read() throws -> LockReading {
        let object = try process.result("lock.read", params(), withinMilliseconds: LockOnTrial.readMilliseconds)
        do throws(JSONDecodingError) { return try RequestMethod.lockRead.result(object) } catch {
            throw Finding.broken("its result of lock.read: \(error)")
        }
    }

    /// The order that moves the bolt from where it is.
    func nextAction() throws -> MotorAction { try device.state().bolt == .locked ? .unlock : .lock }

    /// Waits until the lock's motor runs, or runs no more.
    func waitForMotor(running: Bool) throws -> Bool {
        try stage.poll(milliseconds: 5000) { try device.state().isMotorRunning == running }
    }

    /// Lets the motor turn without end, orders, and waits until it turns.
    func stalled(_ action: MotorAction, operation: String, ttl: Int? = nil) throws -> RequestID {
        try device.set("stall", true)
        let id = order(action.rawValue, operation: operation, ttl: ttl)
        guard try waitForMotor(running: true) else {
            _ = try answer(id, ttl: ttl)
            throw Finding.broken("\(action.rawValue) did not start the motor")
        }
        return id
    }

    /// Breaks the rule unless the lock's motor got exactly so many commands since.
    func expectDrives(_ count: Int, since before: LockTruth, _ what: String) throws {
        let drives = try device.state().drives - before.drives
        try expect(drives == count, "\(what) sent \(drives) motor commands to the lock instead of \(count)")
    }
}

extension MotorAction {
    /// Whether a bolt is where this action brings it.
    func isReached(_ bolt: BoltState) -> Bool {
        switch self {
        case .lock: bolt == .locked
        case .unlock, .unlatch: bolt == .unlocked || bolt == .unlatched
        }
    }

    /// The other one of lock and unlock.
    var opposite: MotorAction { self == .lock ? .unlock : .lock }
}
