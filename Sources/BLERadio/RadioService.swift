import AdapterProtocol
import BLEStack
import LinuxIO
import LockCrypto
import WireBytes

/// The radio process as the core sees it: JSON-RPC lines on one side, a ``RadioEngine`` on the other, no judgement between.
///
/// - Every request is answered once; at most ``maximumOpen`` are open, beyond that they are refused as busy.
/// - A line that breaks the protocol is the core's fault and ends the process with status 1; the end of the lines means that the core is gone.
package final class RadioService {
    package static let name = "lockbridge-ble"
    package static let version = "0.1.0"
    /// A user channel that was lost can only be opened by a process that still has its capability.
    package static let lostStatus: Int32 = 75

    static let maximumOpen = 256
    /// What `shutdown` gives links to end.
    private static let drainMilliseconds: Int64 = 1_000
    private static let outputBytes = 2 * 1_024 * 1_024

    /// A request of the core's, and how its answer is written.
    struct Open {
        let id: RequestID
        let answer: (HostAnswer) -> [UInt8]?
    }

    private let loop: EventLoop
    private let onEnd: (Int32) -> Void
    /// The only controller there is, whatever the core names.
    private let place: ControllerPlace?
    private(set) var phase = Phase.greeting
    private var channel: LineChannel?
    private(set) var engine: RadioEngine?
    var pacer = AdvertisementPacer()
    var requests: [HostRequestID: Open] = [:]
    private var nextRequest: HostRequestID = 1
    /// Links the core holds, for the end.
    var links: Set<Int> = []
    /// What a human is asked, by way of the core: at most one question a link.
    var prompts = PendingRequests<Prompt>()
    var promptOfLink: [Int: RequestID] = [:]
    private var closing: (id: RequestID, waiting: Int)?

    /// Takes lines from `input` and writes them to `output`; `onEnd` gets the exit status, once.
    /// - Parameter place: where the controller is; nil: where the core says.
    /// - Throws: ``IOFailure`` when the descriptors are no pipes, sockets or terminals.
    package init(
        loop: EventLoop, input: OwnedDescriptor, output: OwnedDescriptor, place: ControllerPlace? = nil, onEnd: @escaping (Int32) -> Void
    ) throws(IOFailure) {
        self.loop = loop
        self.onEnd = onEnd
        self.place = place
        channel = try LineChannel(
            loop: loop, input: input, output: output, limits: LineLimits(outputBytes: RadioService.outputBytes),
            onLine: { [weak self] line in self?.received(line) }, onClosed: { [weak self] reason in self?.closed(reason) })
    }

    /// A line for the operator's log.
    package func note(_ level: LogLevel, _ text: String) {
        guard phase != .greeting, let line = try? LineCodec.notification(.log, LogParams(level: level, text: text)) else { return }
        _ = channel?.send(line)
    }

    // MARK: - Lines

    private func received(_ line: [UInt8]) {
        do throws(LineRefusal) {
            switch try LineCodec.read(line) {
            case .request(let id, let method, let params): request(id, method, params)
            case .notification(let method, let params): notification(method, params)
            case .result(let id, let result): if !promptAnswered(id, result) { breakOff("an answer to nothing") }
            case .failure(let id, _): if !promptAnswered(id, nil) { breakOff("an answer to nothing") }
            }
        } catch {
            breakOff("\(error)")
        }
    }

    private func request(_ id: RequestID, _ name: String, _ params: JSONObject) {
        guard let method = Method(rawValue: name), method.row.kind == .request, method.row.direction != .toCore else {
            return answer(id, .methodNotFound(name))
        }
        guard method.isAllowed(in: phase) else { return answer(id, .invalidRequest("\(name) may not come now")) }
        do throws(JSONDecodingError) {
            switch method {
            case .initialize: initialize(id, try RequestMethod.initialize.params(params))
            case .health: answer(id, Nothing())
            case .shutdown: shutdown(id)
            default: try radioRequest(id, method, params)
            }
        } catch {
            answer(id, .invalidParams("\(error)"))
        }
    }

    private func notification(_ name: String, _ params: JSONObject) {
        guard let method = Method(rawValue: name), method.row.kind == .notification else { return }
        guard method.isAllowed(in: phase) else { return breakOff("\(name) may not come now") }
        guard method == .cancel, let cancelled = try? NotificationMethod.cancel.params(params) else { return }
        if let id = requests.first(where: { $0.value.id == cancelled.id })?.key { engine?.give(.cancel(id)) }
    }

    // MARK: - Life

    private func initialize(_ id: RequestID, _ params: InitializeParams) {
        guard params.protocolVersions.contains(1) else {
            answer(id, .invalidParams("protocolVersions: only 1 is spoken"))
            return end(1)
        }
        guard let place = place ?? params.config["hci"].flatMap({ if case .string(let text) = $0 { ControllerPlace(text) } else { nil } })
        else {
            answer(id, RPCError(.badConfig, "hci: none of hci0, tcp:host:port, unix:path, serial:/path"))
            return end(1)
        }
        answer(id, InitializeResult(protocolVersion: 1, name: RadioService.name, version: RadioService.version))
        phase = .ready
        let engine = RadioEngine(loop: loop, place: place, ownAddress: Self.address(of: params.gateway), handlers: handlers())
        self.engine = engine
        engine.start()
    }

    /// The address a gateway goes by: made of its id, so that the bonds of its locks outlive a broken stick.
    static func address(of gateway: String) -> BluetoothAddress {
        let digest = sha256(Array("lockbridge ble address ".utf8) + Array(gateway.utf8))
        let bits = digest.prefix(6).reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        // Static random: the two top bits set, and the rest neither all 0 nor all 1, which a hash is not (Vol 6 Part B 1.3.2.1).
        return BluetoothAddress(bits: bits | 0b11 << 46, kind: .random)
    }

    private func shutdown(_ id: RequestID) {
        phase = .draining
        closing = (id, links.count)
        guard let engine, !links.isEmpty else { return finish() }
        loop.schedule(afterMilliseconds: Self.drainMilliseconds) { [weak self] in self?.finish() }
        for link in links.sorted() {
            engine.give(.disconnect(take(id) { [weak self] _ in self?.linkClosed() }, link: link))
        }
    }

    private func linkClosed() -> [UInt8]? {
        closing?.waiting -= 1
        if closing?.waiting == 0 { loop.schedule(afterMilliseconds: 0) { [weak self] in self?.finish() } }
        return nil
    }

    private func finish() {
        guard let closing else { return }
        self.closing = nil
        engine?.close()
        let waiting = requests.sorted { $0.key < $1.key }.map(\.value.id).filter { $0 != closing.id }
        requests = [:]
        for id in waiting { answer(id, RPCError(.radioUnavailable, "the radio ends")) }
        answer(closing.id, Nothing())
        channel?.closeWhenSent()
    }

    // MARK: - Answers

    /// Numbers a request for the engine and keeps how it is answered.
    func take(_ id: RequestID, _ answer: @escaping (HostAnswer) -> [UInt8]?) -> HostRequestID {
        defer { nextRequest += 1 }
        requests[nextRequest] = Open(id: id, answer: answer)
        return nextRequest
    }

    func answered(_ id: HostRequestID, _ result: Result<HostAnswer, HostFailure>) {
        guard let request = requests.removeValue(forKey: id) else { return }
        switch result {
        case .success(let value): if let line = request.answer(value) { _ = channel?.send(line) }
        case .failure(let failure):
            if closing?.id == request.id { _ = request.answer(.done) } else { answer(request.id, RPCError(failure)) }
        }
    }

    func notify<Params>(_ method: NotificationMethod<Params>, _ params: Params) {
        guard let line = try? LineCodec.notification(method, params) else {
            return note(.error, "dropped a \(method.method.rawValue) that fits no line")
        }
        _ = channel?.send(line)
    }

    func send(_ line: [UInt8]) { _ = channel?.send(line) }

    func answer(_ id: RequestID, _ result: some Encodable) {
        guard let line = try? LineCodec.result(result, to: id) else { return answer(id, .internalError("unwritable")) }
        _ = channel?.send(line)
    }

    func answer(_ id: RequestID, _ error: RPCError) {
        _ = channel?.send(LineCodec.failure(error, to: id))
    }

    // MARK: - The end

    private func closed(_ reason: LineChannel.CloseReason) {
        end(reason == .endOfStream || reason == .sent ? 0 : 1)
    }

    private func breakOff(_ what: String) {
        note(.error, "the core broke the protocol: \(what)")
        end(1)
    }

    func end(_ status: Int32) {
        engine?.close()
        engine = nil
        channel?.close()
        channel = nil
        onEnd(status)
    }
}
