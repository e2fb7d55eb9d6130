import AdapterProtocol
import LinuxIO
import WireBytes

/// The bus process as the core sees it: JSON-RPC lines on one side, a ``BrokerConnection`` on the other, no judgement between.
///
/// Phases as for every child: `initialize`, then anything, then `shutdown`. A line that breaks the protocol is the core's
/// fault and ends the process with status 1; the end of the lines means that the core is gone, and leaves the will to the
/// broker.
package final class BusService {
    package static let name = "lockbridge-bus"
    package static let version = "0.1.0"

    /// What `shutdown` gives to publishes that wait, so that the process ends within the core's two seconds.
    private static let drainMilliseconds: Int64 = 1_000
    /// Room for 64 messages of the largest kind and what goes beside.
    private static let outputBytes = 8 * 1_024 * 1_024

    private let loop: EventLoop
    private var phase = Phase.greeting
    private var channel: LineChannel?
    private var connection: BrokerConnection?
    private let onEnd: (Int32) -> Void
    /// Publishes that the broker took, one after another, and the core was not told of yet.
    private var taken: ClosedRange<Int64>?

    /// Takes lines from `input` and writes them to `output`; `onEnd` gets the exit status, once.
    /// - Throws: ``IOFailure`` when the descriptors are no pipes, sockets or terminals.
    package init(
        loop: EventLoop, input: OwnedDescriptor, output: OwnedDescriptor, onEnd: @escaping (Int32) -> Void
    ) throws(IOFailure) {
        self.loop = loop
        self.onEnd = onEnd
        channel = try LineChannel(
            loop: loop, input: input, output: output, limits: LineLimits(outputBytes: BusService.outputBytes),
            onLine: { [weak self] line in self?.received(line) }, onClosed: { [weak self] reason in self?.closed(reason) })
        loop.onTurnEnd = { [weak self] in
            self?.connection?.endTurn()
            self?.tellPublished()
        }
    }

    /// For what comes from outside the protocol, as a signal that is not obeyed.
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
            case .result, .failure: breakOff("an answer to nothing")
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
            case .busConfigure: configure(id, try RequestMethod.busConfigure.params(params))
            default: answer(id, .methodNotFound(name))
            }
        } catch {
            answer(id, .invalidParams("\(error)"))
        }
    }

    private func notification(_ name: String, _ params: JSONObject) {
        guard let method = Method(rawValue: name), method.row.kind == .notification else { return }
        guard method.isAllowed(in: phase) else { return breakOff("\(name) may not come now") }
        do throws(JSONDecodingError) {
            switch method {
            case .busPublish: publish(try NotificationMethod.busPublish.params(params))
            case .busAck: connection?.acknowledge(upTo: try NotificationMethod.busAck.params(params).upTo)
            default: break
            }
        } catch {
            breakOff("\(name): \(error)")
        }
    }

    // MARK: - Requests

    private func initialize(_ id: RequestID, _ params: InitializeParams) {
        guard params.protocolVersions.contains(1) else {
            answer(id, .invalidParams("protocolVersions: only 1 is spoken"))
            return end(1)
        }
        answer(id, InitializeResult(protocolVersion: 1, name: BusService.name, version: BusService.version))
        phase = .ready
    }

    private func configure(_ id: RequestID, _ params: BusConfigureParams) {
        guard connection == nil else { return answer(id, .invalidRequest("configured already")) }
        let settings: BusSettings
        do throws(BusSettings.Fault) {
            settings = try BusSettings(params)
        } catch {
            return answer(id, RPCError(.badConfig, "\(error)"))
        }
        do throws(IOFailure) {
            connection = try BrokerConnection(loop: loop, settings: settings, handlers: handlers())
            answer(id, Nothing())
            connection?.start()
        } catch {
            answer(id, .internalError("\(error)"))
        }
    }

    private func shutdown(_ id: RequestID) {
        phase = .draining
        guard let connection else { return finish(id) }
        connection.close(withinMilliseconds: BusService.drainMilliseconds) { [weak self] in self?.finish(id) }
    }

    private func finish(_ id: RequestID) {
        tellPublished()
        connection = nil
        answer(id, Nothing())
        channel?.closeWhenSent()
    }

    private func publish(_ params: BusPublishParams) {
        guard let connection else { return published(params.n, .disconnected) }
        var correlation: [UInt8]?
        if let text = params.correlation {
            guard let bytes = try? Base64URL.decode(text) else { return published(params.n, .invalid("correlation")) }
            correlation = bytes
        }
        var expiry: UInt32?
        if let seconds = params.expirySeconds {
            guard let number = UInt32(exactly: seconds) else { return published(params.n, .invalid("expirySeconds")) }
            expiry = number
        }
        connection.publish(
            OutboundMessage(
                n: params.n, topic: params.topic, payload: params.payload, qos: params.qos, retain: params.retain,
                contentType: params.contentType,
                correlation: correlation, responseTopic: params.responseTopic, expirySeconds: expiry))
    }

    // MARK: - News

    private func handlers() -> BrokerConnection.Handlers {
        BrokerConnection.Handlers(
            onConnected: { [weak self] in self?.notify(.busConnected, Nothing()) },
            onDisconnected: { [weak self] loss in self?.notify(.busDisconnected, BusDisconnectedParams(reason: "\(loss)")) },
            onMessage: { [weak self] n, message in self?.forward(n, message) },
            onPublished: { [weak self] n, fault in self?.published(n, fault) },
            onNotice: { [weak self] level, text in self?.note(level, text) })
    }

    private func forward(_ n: Int64, _ message: InboundMessage) {
        notify(
            .busMessage,
            BusMessageParams(
                n: n, topic: message.topic, payload: message.payload, retained: message.retained,
                correlation: message.correlation.map { Base64URL.encode($0) }, responseTopic: message.responseTopic,
                expirySeconds: message.expirySeconds, limited: message.limited ? true : nil))
    }

    private func published(_ n: Int64, _ fault: PublishFault?) {
        if let fault {
            tellPublished()
            return notify(.busPublished, BusPublishedParams(n: n, ok: false, reason: "\(fault)"))
        }
        if let first = taken?.lowerBound, taken?.upperBound == n - 1 {
            taken = first...n
        } else {
            tellPublished()
            taken = n...n
        }
    }

    /// Tells the core what the broker took in this turn: thousands a second would else be as many lines.
    private func tellPublished() {
        guard let taken else { return }
        self.taken = nil
        let through = taken.upperBound > taken.lowerBound ? taken.upperBound : nil
        notify(.busPublished, BusPublishedParams(n: taken.lowerBound, through: through, ok: true))
    }

    private func notify<Params>(_ method: NotificationMethod<Params>, _ params: Params) {
        // ``MosquittoHandle/fits(_:)`` has seen to it that every message fits a line.
        guard let line = try? LineCodec.notification(method, params) else {
            return note(.error, "dropped a \(method.method.rawValue) that fits no line")
        }
        _ = channel?.send(line)
    }

    private func answer(_ id: RequestID, _ result: some Encodable) {
        guard let line = try? LineCodec.result(result, to: id) else { return answer(id, .internalError("unwritable")) }
        _ = channel?.send(line)
    }

    private func answer(_ id: RequestID, _ error: RPCError) {
        _ = channel?.send(LineCodec.failure(error, to: id))
    }

    // MARK: - The end

    private func closed(_ reason: LineChannel.CloseReason) {
        connection?.abandon()
        end(reason == .endOfStream || reason == .sent ? 0 : 1)
    }

    private func breakOff(_ what: String) {
        note(.error, "the core broke the protocol: \(what)")
        connection?.abandon()
        end(1)
    }

    private func end(_ status: Int32) {
        connection = nil
        channel?.close()
        channel = nil
        onEnd(status)
    }
}
