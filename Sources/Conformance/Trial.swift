import AdapterHost
import AdapterProtocol
import LinuxIO
import LockModel
import WireBytes

/// One rule being tried: fresh processes of the adapter and of its stand-in, gone when the rule is judged.
final class Trial {
    /// The name the lock has here; a stand-in without a vendor state answers to it.
    static let lock = "front"
    private static let initializeMilliseconds: Int64 = 10_000
    /// As long as the gateway waits while it knows nothing of a lock.
    private static let addMilliseconds: Int64 = 40_000

    let installed: InstalledAdapter
    let stage: Stage
    let transcript: Transcript
    private var processes: [AdapterProcess] = []
    /// What pairing gave.
    private var paired: JSONObject?
    private var device: StandIn?
    private var radio: RadioOnTrial?
    /// Who answers the adapter's questions, once the stand-in is there.
    private(set) var person: PersonOnTrial?

    init(_ installed: InstalledAdapter, stage: Stage, transcript: Transcript) {
        self.installed = installed
        self.stage = stage
        self.transcript = transcript
    }

    /// The device; started when first asked for.
    func standIn() throws -> StandIn {
        if let device { return device }
        guard let command = installed.manifest.standIn else { throw Finding.notReached("the manifest names no stand-in") }
        let device = try StandIn(command, adapterFolder: installed.folder, folder: stage.folder + "/device", stage: stage)
        self.device = device
        person = PersonOnTrial(device, transcript)
        return device
    }

    /// The radio, where the stand-in plays a controller; started when first asked for.
    private func radioOnTrial() throws -> RadioOnTrial? {
        if let radio { return radio }
        guard installed.manifest.standIn != nil, let hci = try standIn().radio else { return nil }
        let radio = try RadioOnTrial(hci: hci, peers: try standIn().peers, stage: stage)
        radio.onPrompt = { [weak self] in self?.person?.answer($0) ?? .cancelled }
        radio.onNotification = { [weak self] method, params in self?.processes.last { $0.exit == nil }?.notify(method, params) }
        self.radio = radio
        return radio
    }

    /// A process of the adapter's is gone: the gateway closes the links it had.
    func adapterEnded() { radio?.dropAll() }

    /// The configuration the stand-in gave; without a stand-in an empty one.
    private func config() throws -> JSONObject { installed.manifest.standIn == nil ? [:] : try standIn().config }

    /// Starts the adapter in its box, and says nothing to it.
    func start() throws -> AdapterProcess {
        let plan = installed.plan(gateway: "gw-conformance", config: try config(), workFolder: stage.folder)
        do {
            let process = try AdapterProcess(
                plan, stage: stage, transcript: transcript, radio: try radioOnTrial(), person: person)
            if !processes.isEmpty { adapterEnded() }
            processes.append(process)
            return process
        } catch let failure as SpawnFailure {
            throw Finding.broken("it could not be started: \(failure)")
        }
    }

    /// What `initialize` carries.
    func greeting(versions: [Int] = [1]) throws -> JSONValue {
        let params = InitializeParams(protocolVersions: versions, gateway: "gw-conformance", config: try config(), adapterState: nil)
        let bytes = try StrictJSON.encode(params)
        return try StrictJSON.parse(bytes, maximumDepth: LineCodec.maximumDepth)
    }

    /// Starts the adapter and greets it.
    func greeted() throws -> AdapterProcess {
        let process = try start()
        try process.result("initialize", try greeting(), withinMilliseconds: Trial.initializeMilliseconds)
        return process
    }

    /// Starts stand-in and adapter, and has the lock added.
    func added() throws -> LockOnTrial {
        let device = try standIn()
        let process = try greeted()
        return try add(to: process, device, vendorState: device.needsPairing ? try pair(process) : nil)
    }

    /// Adds the lock to a process that was greeted.
    ///
    /// - Parameter vendorState: as pairing gave it; what an earlier pairing of this rule gave, or the stand-in, where it is left out.
    func add(to process: AdapterProcess, _ device: StandIn, vendorState: JSONObject? = nil) throws -> LockOnTrial {
        paired = vendorState ?? paired
        let state = paired ?? device.vendorState
        let params: JSONObject = ["lock": .string(Trial.lock), "vendorState": state.map { .object($0) } ?? .null]
        let result = try process.result("lock.add", .object(params), withinMilliseconds: Trial.addMilliseconds)
        let lock: LockAddResult
        do throws(JSONDecodingError) { lock = try RequestMethod.lockAdd.result(result) } catch {
            throw Finding.broken("its answer to lock.add: \(error)")
        }
        return LockOnTrial(process, device, lock, declared: result["capabilities"]?.object ?? [:], stage: stage)
    }

    /// Ends everything that was started.
    func end() throws {
        for process in processes { try process.end() }
        radio?.end()
        device?.end()
    }
}
