import AdapterProtocol
import Glibc
import LinuxIO
import LockModel
import Logging
import WireBytes

/// The admin socket: who connects, with which roles, and whose answer belongs to which request.
///
/// Roles come from the peer's credentials alone (SO_PEERCRED): uid 0 and the daemon's own uid hold both, others by the groups of the configuration; who holds none
/// is told so and let go.
///
/// **Bounds**: 32 sessions; a session that does not read is closed by its channel.
final class AdminServer {
    static let maximumSessions = 32

    /// What the server asks of its gateway.
    struct Handlers {
        /// A request by somebody with these roles; the answer goes to `respond` with the ticket, now or later.
        var request: (_ ticket: Int64, _ method: AdminMethod, _ params: JSONObject, _ session: Int64, _ roles: [AdminRole]) -> Void
        var greeting: (_ roles: [AdminRole]) -> AdminGreeting
    }

    private final class Session {
        let channel: LineChannel
        let roles: [AdminRole]
        let user: String
        var isGreeted = false
        var isWatching = false
        var isFollowing = false

        init(channel: LineChannel, roles: [AdminRole], user: String) {
            self.channel = channel
            self.user = user
            self.roles = roles
        }
    }

    private let handlers: Handlers
    private let log: Logger
    private let loop: EventLoop
    private let roles: AdminRoles
    private var listener: UnixListener?
    private var sessions: [Int64: Session] = [:]
    private var tickets: [Int64: (session: Int64, id: RequestID)] = [:]
    private var nextSession: Int64 = 0
    private var nextTicket: Int64 = 0

    /// Listens at the path, mode 0660.
    init(loop: EventLoop, path: String, roles: AdminRoles, log: Logger, handlers: Handlers) throws(UnixListener.Failure) {
        self.handlers = handlers
        self.log = log
        self.loop = loop
        self.roles = roles
        listener = try UnixListener(loop: loop, path: path, mode: 0o660) { [weak self] socket, peer in self?.accept(socket, peer) }
    }

    func close() {
        listener?.close()
        for session in sessions.values { session.channel.closeWhenSent() }
        sessions = [:]
    }

    // MARK: Answers

    func respond(_ ticket: Int64, _ result: some Encodable) {
        guard let (session, id) = take(ticket) else { return }
        do throws(LineCodec.WriteRefusal) {
            _ = session.channel.send(try LineCodec.result(result, to: id))
        } catch {
            _ = session.channel.send(LineCodec.failure(.internalError("the answer is too long for one line; ask for less"), to: id))
        }
    }

    func fail(_ ticket: Int64, _ error: RPCError) {
        guard let (session, id) = take(ticket) else { return }
        _ = session.channel.send(LineCodec.failure(error, to: id))
    }

    /// Tells the asker of a request how far it got.
    /// - Returns: whether the asker is still there.
    @discardableResult
    func notify(_ ticket: Int64, _ notification: AdminNotification, _ params: some Encodable) -> Bool {
        guard let entry = tickets[ticket], let session = sessions[entry.session] else { return false }
        send(notification, params, to: session)
        return true
    }

    /// The account of whoever asked.
    func user(of ticket: Int64) -> String { tickets[ticket].flatMap { sessions[$0.session]?.user } ?? "unknown" }

    /// Sends an event to everybody who watches.
    func broadcast(_ params: some Encodable) {
        for session in sessions.values where session.isWatching { send(.event, params, to: session) }
    }

    /// Whether anybody watches, so that events need not be written for nobody.
    var hasWatchers: Bool { sessions.values.contains { $0.isWatching } }

    func startWatching(_ session: Int64) { sessions[session]?.isWatching = true }

    /// Sends to everybody who follows the pairing.
    func tellFollowers(_ notification: AdminNotification, _ params: some Encodable) {
        for session in sessions.values where session.isFollowing { send(notification, params, to: session) }
    }

    func startFollowing(_ session: Int64) { sessions[session]?.isFollowing = true }

    private func send(_ notification: AdminNotification, _ params: some Encodable, to session: Session) {
        guard let line = try? LineCodec.call(notification.rawValue, id: nil, params) else { return }
        _ = session.channel.send(line)
    }

    private func take(_ ticket: Int64) -> (Session, RequestID)? {
        guard let entry = tickets.removeValue(forKey: ticket), let session = sessions[entry.session] else { return nil }
        return (session, entry.id)
    }

    // MARK: Sessions

    private func accept(_ socket: OwnedDescriptor, _ peer: PeerCredentials) {
        let held = roles.roles(of: peer)
        guard sessions.count < AdminServer.maximumSessions else {
            log.warning("admin session refused: too many", metadata: ["uid": "\(peer.uid)"])
            socket.close()
            return
        }
        nextSession += 1
        let number = nextSession
        do throws(IOFailure) {
            let channel = try LineChannel(
                loop: loop, input: socket, output: socket, onLine: { [weak self] in self?.line($0, number) },
                onClosed: { [weak self] _ in self?.forget(number) })
            sessions[number] = Session(channel: channel, roles: held, user: AdminRoles.name(of: peer))
        } catch {
            log.warning("admin session failed", metadata: ["error": "\(error)"])
            socket.close()
        }
    }

    private func forget(_ number: Int64) {
        sessions[number] = nil
        tickets = tickets.filter { $0.value.session != number }
    }

    private func line(_ bytes: [UInt8], _ number: Int64) {
        guard let session = sessions[number] else { return }
        let message: Message
        do throws(LineRefusal) { message = try LineCodec.read(bytes) } catch {
            log.warning("admin session ended", metadata: ["cause": "\(error)"])
            session.channel.close()
            forget(number)
            return
        }
        guard case .request(let id, let name, let params) = message else { return }
        guard !session.roles.isEmpty else {
            let error = RPCError(code: -32001, message: "your user has no role here; ask the operator to add one of your groups to `roles`")
            _ = session.channel.send(LineCodec.failure(error, to: id))
            session.channel.closeWhenSent()
            forget(number)
            return
        }
        guard let method = AdminMethod(rawValue: name) else {
            _ = session.channel.send(LineCodec.failure(.methodNotFound(name), to: id))
            return
        }
        if method == .initialize {
            session.isGreeted = true
            if let answer = try? LineCodec.result(handlers.greeting(session.roles), to: id) { _ = session.channel.send(answer) }
            return
        }
        guard session.isGreeted else {
            _ = session.channel.send(LineCodec.failure(.invalidRequest("initialize comes first"), to: id))
            return
        }
        guard method.roles.contains(where: session.roles.contains) else {
            let needed = method.roles.map(\.rawValue).joined(separator: " or ")
            _ = session.channel.send(LineCodec.failure(RPCError(code: -32001, message: "this needs the role \(needed)"), to: id))
            return
        }
        nextTicket += 1
        tickets[nextTicket] = (number, id)
        handlers.request(nextTicket, method, params, number, session.roles)
    }
}
