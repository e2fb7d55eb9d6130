import AdapterHost
import AdapterProtocol
import LinuxIO
import LockModel
import WireBytes

/// One adapter in its box, with its stand-in beside it, under somebody's hands: says what is typed, shows all that passes.
///
/// Its loop turns only in the calls that wait. `state.put` is answered and kept; other requests of the adapter's are answered −32601.
package final class AdapterBench {
    /// Every line that passes, as it passes; an answer of the adapter's with its question and how long it took.
    package var onLine: (RecordedLine, _ answered: (method: String, milliseconds: Int64)?) -> Void = { _, _ in }
    /// What a short form may leave out.
    package var known = ShortForm.Known()
    /// How the adapter ended; `nil` while it runs.
    package private(set) var exit: ChildExit?
    /// The loop, for a prompt that listens on it.
    package var loop: EventLoop { stage.loop }

    private static let greetingMilliseconds: Int64 = 10_000
    private static let shutdownMilliseconds: Int64 = 2500
    private let installed: InstalledAdapter
    private let stage: Stage
    private let config: JSONObject
    private let device: StandIn?
    private let child: ChildProcess
    private let errors: ErrorText
    private var channel: LineChannel?
    private var nextID: Int64 = 1
    private var open: [RequestID: (method: String, lock: String?, at: Int64)] = [:]
    private let begin = Clocks.bootMilliseconds()

    /// Starts the adapter, and its stand-in unless a configuration is given. Nothing is said yet.
    /// - Parameters:
    ///   - adapterFolder: where `adapter.json` is, or that file.
    ///   - config: the adapter's configuration; `nil` takes the stand-in's, or an empty one where the manifest names none.
    /// - Throws: ``ConformanceRefusal`` for what the author has to repair.
    package init(adapterFolder: String, config given: JSONObject?) throws(ConformanceRefusal) {
        installed = try InstalledAdapter.read(adapterFolder)
        do {
            stage = try Stage()
            if given == nil, let command = installed.manifest.standIn {
                let device = try StandIn(command, adapterFolder: installed.folder, folder: stage.folder + "/device", stage: stage)
                self.device = device
                config = device.config
                known.vendorState = device.vendorState.map { .object($0) } ?? .null
            } else {
                device = nil
                config = given ?? [:]
            }
            let plan = installed.plan(gateway: "gw-workbench", config: config, workFolder: stage.folder)
            try PrivateFolder.prepare(plan.folder)
            child = try stage.spawn(plan.spawnRequest)
            errors = try ErrorText(child.standardError, loop: stage.loop)
        } catch Finding.notReached(let why) {
            throw ConformanceRefusal(description: why)
        } catch {
            throw ConformanceRefusal(description: "\(error)")
        }
        errors.onLine = { [weak self] text in self?.show(.log, .text(text)) }
        child.onExit = { [weak self] status in self?.exit = status }
        do throws(IOFailure) {
            channel = try LineChannel(
                loop: stage.loop, input: child.standardOutput, output: child.standardInput,
                limits: LineLimits(lineBytes: LineCodec.maximumBytes, outputBytes: 8 << 20),
                onLine: { [weak self] line in self?.received(line) }, onClosed: { [weak self] _ in self?.channel = nil })
        } catch {
            throw ConformanceRefusal(description: "\(error)")
        }
    }

    /// The adapter's name and version, as its manifest says.
    package var name: String { "\(installed.manifest.name) \(installed.manifest.version)" }
    /// Whether there is a stand-in to be touched.
    package var hasDevice: Bool { device != nil }

    // MARK: - Saying

    /// Greets it, and waits for the answer.
    /// - Throws: ``ConformanceRefusal`` where it does not come.
    package func greet() throws {
        let id = try sendGreeting()
        guard try wait(for: id, milliseconds: Self.greetingMilliseconds) else {
            throw ConformanceRefusal(description: "initialize was not answered" + (errors.lastLine.map { "; its last words: \($0)" } ?? ""))
        }
    }

    /// Greets it.
    func sendGreeting() throws -> RequestID {
        let params = InitializeParams(protocolVersions: [1], gateway: "gw-workbench", config: config, adapterState: nil)
        guard case .object(let object) = try StrictJSON.parse(try StrictJSON.encode(params), maximumDepth: LineCodec.maximumDepth) else {
            throw ConformanceRefusal(description: "the configuration is no object")
        }
        return request("initialize", object)
    }

    /// Sends a request.
    /// - Returns: its id, by which ``wait(for:milliseconds:)`` knows it.
    @discardableResult
    package func request(_ method: String, _ params: JSONObject) -> RequestID {
        let id = nextID
        nextID += 1
        open[.number(id)] = (method, params["lock"]?.string, Clocks.bootMilliseconds())
        write(["jsonrpc": "2.0", "id": .integer(id), "method": .string(method), "params": .object(params)])
        return .number(id)
    }

    /// Sends a notification.
    package func notify(_ method: String, _ params: JSONObject) {
        write(["jsonrpc": "2.0", "method": .string(method), "params": .object(params)])
    }

    /// Sends a line as it is.
    /// - Returns: its id, where it is a request.
    @discardableResult
    package func sendRaw(_ text: String) -> RequestID? {
        let bytes = Array(text.utf8)
        var opened: RequestID?
        if case .request(let id, let method, let params)? = try? LineCodec.read(bytes) {
            open[id] = (method, params["lock"]?.string, Clocks.bootMilliseconds())
            opened = id
        }
        onLine(RecordedLine(milliseconds: now, from: .core, bytes: bytes), nil)
        _ = channel?.send(bytes)
        return opened
    }

    /// Does something to the device, and shows what it answers.
    /// - Throws: ``ConformanceRefusal`` where there is none, or it does not answer.
    package func touch(_ line: JSONObject) throws {
        guard let device else {
            throw ConformanceRefusal(description: "there is no stand-in: the manifest names none, or --config was given")
        }
        show(.hand, .line(line))
        do {
            show(.device, .line(try device.ask(line)))
        } catch Finding.notReached(let why) {
            throw ConformanceRefusal(description: why)
        }
    }

    private func write(_ line: JSONObject) {
        show(.core, .line(line))
        _ = channel?.send((try? StrictJSON.encode(JSONValue.object(line))) ?? [])
    }

    // MARK: - Waiting

    /// Waits for the answer to a request, or the adapter's end.
    /// - Returns: whether it was answered.
    @discardableResult
    package func wait(for id: RequestID, milliseconds: Int64 = 60_000) throws -> Bool {
        _ = try stage.wait(milliseconds: milliseconds) { open[id] == nil || exit != nil }
        // What it said last may still be in the pipe.
        if exit != nil { _ = try stage.wait(milliseconds: 200) { open[id] == nil || channel == nil } }
        return open[id] == nil
    }

    /// Waits until a condition holds, the adapter has ended, or the time is over.
    package func wait(milliseconds: Int64, until condition: () -> Bool) throws {
        _ = try stage.wait(milliseconds: milliseconds) { condition() || exit != nil }
    }

    /// Ends it as the core would, and frees what it held.
    /// - Returns: how it ended.
    @discardableResult
    package func end() throws -> ChildExit? {
        if exit == nil {
            if !open.values.contains(where: { $0.method == "shutdown" }) { request("shutdown", [:]) }
            _ = try stage.wait(milliseconds: Self.shutdownMilliseconds) { exit != nil }
        }
        _ = try stage.wait(milliseconds: 200) { channel == nil }
        child.kill(9)
        _ = try stage.wait(milliseconds: 1000) { exit != nil }
        channel?.close()
        errors.close()
        device?.end()
        PrivateFolder.remove(stage.folder)
        return exit
    }

    // MARK: - Hearing

    private var now: Int64 { Clocks.bootMilliseconds() - begin }

    private func show(_ from: RecordedLine.Speaker, _ content: RecordedLine.Content) {
        onLine(RecordedLine(milliseconds: now, from: from, content), nil)
    }

    private func received(_ bytes: [UInt8]) {
        let line = RecordedLine(milliseconds: now, from: .adapter, bytes: bytes)
        switch try? LineCodec.read(bytes) {
        case .result(let id, let result):
            let question = open.removeValue(forKey: id)
            if question?.method == "lock.add", let lock = question?.lock {
                known.ttlMilliseconds[lock] = (try? RequestMethod.lockAdd.result(result))?.capabilities.operationMilliseconds
            }
            onLine(line, question.map { ($0.method, Clocks.bootMilliseconds() - $0.at) })
        case .failure(let id, _):
            let question = open.removeValue(forKey: id)
            onLine(line, question.map { ($0.method, Clocks.bootMilliseconds() - $0.at) })
        case .request(let id, let method, _):
            onLine(line, nil)
            answer(id, method)
        case .notification, nil: onLine(line, nil)
        }
    }

    private func answer(_ id: RequestID, _ method: String) {
        let bytes: [UInt8] =
            method == Method.statePut.rawValue
            ? (try? LineCodec.result(Nothing(), to: id)) ?? [] : LineCodec.failure(.methodNotFound(method), to: id)
        onLine(RecordedLine(milliseconds: now, from: .core, bytes: bytes), nil)
        _ = channel?.send(bytes)
    }
}
