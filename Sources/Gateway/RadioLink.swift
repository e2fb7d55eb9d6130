import AdapterHost
import AdapterProtocol
import LockModel
import Logging
import WireBytes

/// One radio process, and what the core holds of it.
final class RadioLink {
    let configuration: Configuration.Radio
    let child: ChildSupervisor
    /// As it last told; `nil` before it came up.
    private(set) var status: RadioStatusParams?
    private let log: Logger

    struct Handlers {
        var up: (RadioLink) -> Void
        var down: (RadioLink) -> Void
        var advertisement: (RadioLink, RadioAdvertisementParams) -> Void
        var notified: (RadioLink, RadioNotifiedParams) -> Void
        var disconnected: (RadioLink, RadioDisconnectedParams) -> Void
        var peerState: (RadioPeerStateParams) -> Void
        var prompt: (PromptParams, ChildReply) -> Void
    }

    init(_ configuration: Configuration.Radio, child: ChildSupervisor, log: Logger, handlers: Handlers) {
        self.configuration = configuration
        self.child = child
        self.log = log
        child.onUp = { [weak self] _ in if let self { handlers.up(self) } }
        child.onDown = { [weak self] _ in
            guard let self else { return }
            status = nil
            handlers.down(self)
        }
        child.onNotification = { [weak self] method, params in self?.told(method, params, handlers) }
        child.onRequest = { [weak self] method, params, reply in
            guard method == .prompt else { return reply.fail(.methodNotFound(method.rawValue)) }
            do throws(JSONDecodingError) { handlers.prompt(try RequestMethod.prompt.params(params), reply) } catch {
                self?.child.fail(.malformed("prompt: \(error)"))
            }
        }
    }

    /// Whether connecting makes sense now.
    var isUp: Bool { status?.state == .up }

    /// For the command line.
    var view: RadioView {
        RadioView(
            hci: configuration.hci, state: status?.state.rawValue ?? (child.state == .up ? "starting" : "down"),
            cause: status?.cause?.rawValue, controller: status?.controller.map { VisibleText.line($0, 100) })
    }

    private func told(_ method: Method, _ params: JSONObject, _ handlers: Handlers) {
        do throws(JSONDecodingError) {
            switch method {
            case .radioAdvertisement: handlers.advertisement(self, try NotificationMethod.radioAdvertisement.params(params))
            case .radioNotified: handlers.notified(self, try NotificationMethod.radioNotified.params(params))
            case .radioDisconnected: handlers.disconnected(self, try NotificationMethod.radioDisconnected.params(params))
            case .radioPeerState: handlers.peerState(try NotificationMethod.radioPeerState.params(params))
            case .radioStatus: changed(try NotificationMethod.radioStatus.params(params))
            default: break
            }
        } catch {
            child.fail(.malformed("\(method.rawValue): \(error)"))
        }
    }

    private func changed(_ new: RadioStatusParams) {
        let level: Logger.Level = new.state == .up && new.cause == nil ? .notice : .warning
        let cause = new.cause.map { ", \($0.rawValue)" } ?? ""
        log.log(
            level: level, "radio \(new.state.rawValue)\(cause)",
            metadata: ["hci": "\(configuration.hci)", "controller": "\(VisibleText.line(new.controller ?? "", 100))"])
        status = new
    }
}
