import AdapterProtocol
import LockModel

/// A program that drives one vendor's locks for the gateway. ``AdapterRunner`` does the protocol; the adapter does the lock.
///
/// The runner guarantees: the adapter exists only after a configuration that decodes; calls for a lock come only between its `add` and its
/// `remove`; one `operate` per lock at a time, only for an action and a number of seconds the capabilities declare; a repeated operation
/// id is answered from memory and never reaches the adapter; each call may be cancelled by Swift's task cancellation. Calls for different
/// locks, and reads beside an operation, run at the same time, all on one thread: a call waits with `await` and never blocks. Work that must
/// block (a serial port, a library's own loop) has a thread of its own.
///
/// The adapter guarantees: at most one try on the motor for one call of `operate`; `done` only by the lock's own report after its motor
/// stopped; `read` asks the lock and not a cache; no file is written.
///
/// The heart of one; the whole example is in `README.md`, and the program ends with `await AdapterRunner.run(Acme.self)`.
///
/// ```swift
/// func operate(_ order: MotorOrder) async throws -> MotorReport {
///     let bolt = try bolt(of: order.lock)
///     // What throws before this line tells the core that the lock got nothing; what throws after it, that nobody knows.
///     try order.commit()
///     try await bolt.drive(lock: order.action == .lock)
///     return MotorReport(outcome: .done, bolt: await bolt.isLocked ? .locked : .unlocked, door: .absent)
/// }
/// ```
public protocol LockAdapter: Sendable {
    /// The operator's configuration; one that does not decode is answered 1004 with the member's name.
    associatedtype Configuration: Decodable & Sendable
    /// What the adapter itself keeps in the core, by ``AdapterOutput/saveState(_:)``; ``NoState`` where it keeps nothing.
    associatedtype SavedState: Codable & Sendable
    /// What it keeps for one lock: keys, addresses; ``NoState`` where it keeps nothing.
    associatedtype VendorState: Codable & Sendable

    /// Name and version, equal to the manifest's.
    static var identity: AdapterIdentity { get }

    /// Makes the adapter. Throw ``AdapterFailure`` with `badConfig` for a configuration that cannot work; don't wait for devices here.
    init(configuration: Configuration, state: SavedState?, output: AdapterOutput) async throws

    /// Work of the adapter's own, beside the calls: holding a link, listening for events. Runs until it returns or is cancelled.
    func run() async

    /// Takes a lock over, or takes its new vendor state. Throw `deviceUnreachable` where it must be met first and is out of reach.
    func add(_ lock: LockID, vendorState: VendorState?) async throws -> LockAddResult

    /// Forgets a lock here and changes nothing in it.
    func remove(_ lock: LockID) async

    /// Moves the motor once. Call ``MotorOrder/commit()`` right before the first byte that can move it.
    func operate(_ order: MotorOrder) async throws -> MotorReport

    /// Reads the lock itself.
    func read(_ lock: LockID) async throws -> LockReading

    /// Changes the lock's own auto-relock and reads it back.
    func configure(_ lock: LockID, autoRelock: AutoRelockSetting) async throws -> ConfigureResult

    /// Closes the link to the lock and forgets what waits to be written there. Open calls for it are being cancelled; returns once
    /// nothing more can reach the lock. The next call connects again.
    func drop(_ lock: LockID) async

    /// Begins to look for locks and returns; each is told by ``PairingDesk/found(_:)``.
    func startPairing(options: [String: String], desk: PairingDesk) async throws

    /// Pairs with one of the found. May ask by the desk; cancelled when the pairing is given up.
    func choose(_ candidate: String, desk: PairingDesk) async throws -> PairedLock<VendorState>

    /// Stops looking; an open ``choose(_:desk:)`` is being cancelled.
    func cancelPairing() async

    /// Removes what was set in the lock (codes, schedules), restores its auto-relock as found at pairing, drops the key, forgets the lock. Throw
    /// `deviceUnreachable` where it is out of reach; then nothing is forgotten.
    func unpair(_ lock: LockID) async throws

    /// Has the lock beep or blink; never its motor.
    func identify(_ lock: LockID) async throws

    /// Writes a code into a slot and reads it back.
    func setCode(_ lock: LockID, slot: Int, code: String, name: String?) async throws -> ConfigureResult.State

    /// Empties a slot and reads it back.
    func clearCode(_ lock: LockID, slot: Int) async throws -> ConfigureResult.State

    /// All codes, read from the lock.
    func listCodes(_ lock: LockID) async throws -> [CodeEntry]
}

extension LockAdapter {
    /// Nothing to do beside the calls.
    public func run() async {}

    /// Refuses: this adapter does not pair.
    public func startPairing(options: [String: String], desk: PairingDesk) async throws {
        throw AdapterFailure(.unsupported, "this adapter does not pair")
    }

    /// Refuses: this adapter does not pair.
    public func choose(_ candidate: String, desk: PairingDesk) async throws -> PairedLock<VendorState> {
        throw AdapterFailure(.unsupported, "this adapter does not pair")
    }

    /// Nothing to stop.
    public func cancelPairing() async {}

    /// Refuses: this adapter does not pair.
    public func unpair(_ lock: LockID) async throws { throw AdapterFailure(.unsupported, "this adapter does not pair") }

    /// Refuses: this lock can't show itself.
    public func identify(_ lock: LockID) async throws { throw AdapterFailure(.unsupported, "this lock can't show itself") }

    /// Refuses: this lock has no codes.
    public func setCode(_ lock: LockID, slot: Int, code: String, name: String?) async throws -> ConfigureResult.State {
        throw AdapterFailure(.unsupported, "this lock has no codes")
    }

    /// Refuses: this lock has no codes.
    public func clearCode(_ lock: LockID, slot: Int) async throws -> ConfigureResult.State {
        throw AdapterFailure(.unsupported, "this lock has no codes")
    }

    /// Refuses: this lock has no codes.
    public func listCodes(_ lock: LockID) async throws -> [CodeEntry] { throw AdapterFailure(.unsupported, "this lock has no codes") }

    /// Refuses: this adapter changes no settings.
    public func configure(_ lock: LockID, autoRelock: AutoRelockSetting) async throws -> ConfigureResult {
        throw AdapterFailure(.unsupported, "this adapter changes no settings")
    }
}

/// Who an adapter is; checked by the core against its manifest.
public struct AdapterIdentity: Sendable, Equatable {
    /// The manifest's name.
    public let name: String
    /// The manifest's version.
    public let version: String

    /// An identity.
    public init(name: String, version: String) {
        self.name = name
        self.version = version
    }
}

/// The state of an adapter that keeps none.
public struct NoState: Codable, Sendable, Equatable {
    /// Nothing.
    public init() {}
}

/// What the lock itself reported after its motor stopped.
public struct MotorReport: Sendable, Equatable {
    /// `done` where the asked bolt was reached, also if it was there already.
    public var outcome: OperationOutcome
    /// The bolt by the lock's report.
    public var bolt: BoltState
    /// The door by the lock's report.
    public var door: DoorState
    /// Why, where it is not `done`.
    public var reason: Reason?

    /// A report.
    public init(outcome: OperationOutcome, bolt: BoltState, door: DoorState, reason: Reason? = nil) {
        self.outcome = outcome
        self.bolt = bolt
        self.door = door
        self.reason = reason
    }
}
