import AdapterProtocol
import LinuxIO
import WireBytes

/// The radio process as the core sees it: JSON-RPC lines, with the phases every child has.
///
/// A line that breaks the protocol is the core's fault and ends the process with status 1; the end of the lines means that the core is gone.
package final class RadioService {
    package static let name = "lockbridge-ble"
    package static let version = "0.1.0"

    private var phase = Phase.greeting
    private var channel: LineChannel?
    private let onEnd: (Int32) -> Void
    private var place: ControllerPlace?

    /// Takes lines from `input` and writes them to `output`; `onEnd` gets the exit status, once.
    /// - Throws: ``IOFailure`` when the descriptors are no pipes, sockets or terminals.
    package init(
        loop: EventLoop, input: OwnedDescriptor, output: OwnedDescriptor, onEnd: @escaping (Int32) -> Void
    ) throws(IOFailure) {
        self.onEnd = onEnd
        channel = try LineChannel(
            loop: loop, input: input, output: output, limits: LineLimits(outputBytes: 1_024 * 1_024),
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
            case .notification: break
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
            default: answer(id, .methodNotFound(name))
            }
        } catch {
            answer(id, .invalidParams("\(error)"))
        }
    }

    private func initialize(_ id: RequestID, _ params: InitializeParams) {
        guard params.protocolVersions.contains(1) else {
            answer(id, .invalidParams("protocolVersions: only 1 is spoken"))
            return end(1)
        }
        guard case .string(let text)? = params.config["hci"], let place = ControllerPlace(text) else {
            answer(id, RPCError(.badConfig, "hci: none of hci0, tcp:host:port, unix:path, serial:/path"))
            return end(1)
        }
        self.place = place
        answer(id, InitializeResult(protocolVersion: 1, name: RadioService.name, version: RadioService.version))
        phase = .ready
    }

    private func shutdown(_ id: RequestID) {
        phase = .draining
        answer(id, Nothing())
        channel?.closeWhenSent()
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
        end(reason == .endOfStream || reason == .sent ? 0 : 1)
    }

    private func breakOff(_ what: String) {
        note(.error, "the core broke the protocol: \(what)")
        end(1)
    }

    private func end(_ status: Int32) {
        channel?.close()
        channel = nil
        onEnd(status)
    }
}
