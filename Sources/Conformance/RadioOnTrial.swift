import AdapterHost
import AdapterProtocol
import LinuxIO
import LockModel
import WireBytes

/// The gateway's own radio process on the controller that the stand-in plays, for an adapter whose lock is on the air.
///
/// The adapter's `radio.*` requests go to it as they are, and what it tells goes back; what it wants kept of a peer is kept here for as long as the
/// rule is tried.
final class RadioOnTrial {
    private static let readyMilliseconds: Int64 = 15_000

    /// Told what the radio says unasked, but its own log.
    var onNotification: (_ method: String, _ params: JSONObject) -> Void = { _, _ in }
    /// A question of a pairing's, and where its answer goes.
    var onPrompt: (PromptParams) -> PromptResult = { _ in .cancelled }

    private let stage: Stage
    private let process: ChildProcess
    private let errors: ErrorText
    private var channel: LineChannel?
    private var pending = PendingRequests<(Message) -> Void>()
    private var isUp = false
    private var isOver = false
    private var kept: [RadioPeer: JSONObject?] = [:]

    /// Starts it at a controller, and waits until that is up.
    /// - Throws: ``Finding`` `notReached` where it does not come up.
    init(hci: String, peers: [RadioPeer], stage: Stage) throws {
        self.stage = stage
        let finder = ProgramFinder()
        let program: String
        do { program = try finder.program("lockbridge-ble", adapterFolder: finder.programFolder) } catch {
            throw Finding.notReached("the radio was not found: \(error)")
        }
        process = try stage.spawn(
            SpawnRequest(executable: program, environment: ["LANG": "C.UTF-8", "TZ": "UTC"], limits: ProcessLimits(openFiles: 64)))
        errors = try ErrorText(process.standardError, loop: stage.loop)
        channel = try LineChannel(
            loop: stage.loop, input: process.standardOutput, output: process.standardInput, limits: LineLimits(lineBytes: 1 << 20),
            onLine: { [weak self] in self?.received($0) }, onClosed: { [weak self] _ in self?.isOver = true })
        ask(
            "initialize",
            [
                "protocolVersions": [1], "gateway": "gw-conformance", "config": ["hci": .string(hci)],
                "limits": ["inFlight": 16, "observedPerSecond": 10, "lineBytes": .integer(Int64(LineCodec.maximumBytes))],
            ]
        ) { _ in }
        _ = try stage.wait(milliseconds: Self.readyMilliseconds) { isUp || isOver }
        guard isUp else { throw Finding.notReached("the stand-in's controller at \(hci) did not come up") }
        for peer in peers { kept[peer] = .some(nil) }
        tellPeers()
    }

    /// Passes a request of the adapter's on; `done` gets the radio's answer. Whom it connects to is its peer from then on.
    func ask(_ method: String, _ params: JSONObject, _ done: @escaping (Message) -> Void) {
        if method == Method.radioConnect.rawValue, let peer = params["peer"].flatMap({ try? StrictJSON.decode(RadioPeer.self, from: $0) }),
            kept.updateValue(kept[peer] ?? nil, forKey: peer) == nil
        {
            tellPeers()
        }
        let id = pending.issue(done)
        guard case .number(let number) = id else { return }
        write(["jsonrpc": "2.0", "id": .integer(number), "method": .string(method), "params": .object(params)])
    }

    /// The adapter's process is gone, or its lock was forgotten: no link of it stands any more.
    func dropAll() { for peer in kept.keys { ask("radio.drop", ["peer": Self.json(peer)]) { _ in } } }

    func end() {
        channel?.close()
        process.kill(9)
        errors.close()
    }

    // MARK: - Hearing

    private func received(_ line: [UInt8]) {
        guard let message = try? LineCodec.read(line) else { return }
        switch message {
        case .result(let id, _), .failure(let id, _): if case .open(let done) = pending.claim(id) { done(message) }
        case .request(let id, let method, let params):
            guard method == Method.prompt.rawValue, let prompt = try? RequestMethod.prompt.params(params) else {
                return write(LineCodec.failure(.methodNotFound(method), to: id))
            }
            write((try? LineCodec.result(onPrompt(prompt), to: id)) ?? [])
        case .notification(let name, let params): told(name, params)
        }
    }

    private func told(_ name: String, _ params: JSONObject) {
        switch Method(rawValue: name) {
        case .log: break
        case .radioStatus: isUp = params["state"] == "up"
        case .radioPeerState:
            guard let news = try? NotificationMethod.radioPeerState.params(params) else { return }
            kept[news.peer] = news.state
            tellPeers()
        default: onNotification(name, params)
        }
    }

    private func tellPeers() {
        let peers = kept.map { JSONValue.object(["peer": Self.json($0.key), "state": ($0.value).map { .object($0) } ?? .null]) }
        ask("radio.peers", ["peers": .array(peers)]) { _ in }
    }

    private static func json(_ peer: RadioPeer) -> JSONValue {
        .object(["address": .string(peer.address), "type": .string(peer.type.rawValue)])
    }

    private func write(_ line: JSONObject) { write((try? StrictJSON.encode(JSONValue.object(line))) ?? []) }
    private func write(_ line: [UInt8]) { _ = channel?.send(line) }
}
