import AdapterProtocol
import Gateway
import Glibc
import LinuxIO
import WireBytes

/// The command line's end of the admin socket: one request at a time, notifications on the way.
final class AdminClient {
    private let socket: OwnedDescriptor
    private var buffer: [UInt8] = []
    private var nextID: Int64 = 0
    /// Notifications that came while a call was being answered and that nobody took.
    private var kept: [(AdminNotification, JSONObject)] = []
    let greeting: AdminGreeting

    /// Connects and greets.
    /// - Throws: `CommandFailure` 69 when no gateway answers, 77 when the user may not.
    init(home: String?) throws {
        let path = GatewayHome.standard(flag: home).adminSocket
        let socket: OwnedDescriptor
        do throws(IOFailure) {
            socket = try UnixSocket.connect(path)
        } catch {
            if error.code == EACCES || error.code == EPERM {
                throw CommandFailure(
                    .roleMissing, "your user may not use \(path); ask the operator to add you to a group named under `roles`")
            }
            throw CommandFailure(
                .notRunning,
                "no gateway answers at \(path) (\(IOFailure.text(of: error.code))); start it with `lockbridge run`, or name its folder with --home"
            )
        }
        self.socket = socket
        greeting = try AdminClient.greet(socket, &buffer)
        nextID = 1
    }

    /// Calls a method and waits for its answer; notifications that come before it go to `onNotification`.
    func call<Result: Decodable>(
        _ method: AdminMethod, _ params: some Encodable, as type: Result.Type = Result.self,
        onNotification: ((AdminNotification, JSONObject) throws -> Void)? = nil
    ) throws -> Result {
        nextID += 1
        try AdminClient.send(try LineCodec.call(method.rawValue, id: .number(nextID), params), to: socket)
        while true {
            switch try AdminClient.receive(socket, &buffer) {
            case .result(_, let object): return try StrictJSON.decode(Result.self, from: .object(object))
            case .failure(_, let error): throw AdminClient.failure(error)
            case .notification(let name, let params):
                guard let notification = AdminNotification(rawValue: name) else { continue }
                if let onNotification { try onNotification(notification, params) } else { kept.append((notification, params)) }
            case .request: continue
            }
        }
    }

    /// What ``wait(alsoFor:)`` came back with.
    enum Event {
        case notification(AdminNotification, JSONObject)
        /// There is something to read on the other descriptor.
        case input
    }

    /// Waits for a notification, those that came during a call first, or for something to read on a descriptor.
    func wait(alsoFor input: Int32?) throws -> Event {
        while true {
            if !kept.isEmpty {
                let (notification, params) = kept.removeFirst()
                return .notification(notification, params)
            }
            if buffer.firstIndex(of: 0x0A) == nil, let input {
                var entries = [
                    pollfd(fd: socket.number, events: Int16(POLLIN), revents: 0), pollfd(fd: input, events: Int16(POLLIN), revents: 0),
                ]
                poll(&entries, 2, -1)
                if entries[0].revents == 0 && entries[1].revents != 0 { return .input }
                if entries[0].revents == 0 { continue }
            }
            if case .notification(let name, let params) = try AdminClient.receive(socket, &buffer),
                let notification = AdminNotification(rawValue: name)
            {
                return .notification(notification, params)
            }
        }
    }

    /// Waits for the next notification, for as long as it takes.
    func nextNotification() throws -> (AdminNotification, JSONObject) {
        while true {
            if case .notification(let name, let params) = try AdminClient.receive(socket, &buffer),
                let notification = AdminNotification(rawValue: name)
            {
                return (notification, params)
            }
        }
    }

    // MARK: Lines

    private static func greet(_ socket: OwnedDescriptor, _ buffer: inout [UInt8]) throws -> AdminGreeting {
        try send(try LineCodec.call(AdminMethod.initialize.rawValue, id: .number(1), Nothing()), to: socket)
        while true {
            switch try receive(socket, &buffer) {
            case .result(_, let object): return try StrictJSON.decode(AdminGreeting.self, from: .object(object))
            case .failure(_, let error): throw failure(error)
            case .notification, .request: continue
            }
        }
    }

    private static func send(_ line: [UInt8], to socket: OwnedDescriptor) throws {
        var bytes = (line + [0x0A])[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.send(socket.number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count < 0 && (errno == EINTR || errno == EAGAIN) {
                wait(socket, for: POLLOUT)
                continue
            }
            guard count > 0 else { throw lost }
            bytes = bytes.dropFirst(count)
        }
    }

    private static func receive(_ socket: OwnedDescriptor, _ buffer: inout [UInt8]) throws -> Message {
        while true {
            if let end = buffer.firstIndex(of: 0x0A) {
                let line = Array(buffer[..<end])
                buffer.removeSubrange(...end)
                return try LineCodec.read(line)
            }
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = chunk.withUnsafeMutableBytes { Glibc.read(socket.number, $0.baseAddress, $0.count) }
            if count < 0 && (errno == EINTR || errno == EAGAIN) {
                wait(socket, for: POLLIN)
                continue
            }
            guard count > 0 else { throw lost }
            buffer += chunk[..<count]
        }
    }

    private static func wait(_ socket: OwnedDescriptor, for events: Int32) {
        var entry = pollfd(fd: socket.number, events: Int16(events), revents: 0)
        poll(&entry, 1, -1)
    }

    private static var lost: CommandFailure {
        CommandFailure(.notRunning, "the gateway closed the connection before it answered; see its log, then try again")
    }

    private static func failure(_ error: RPCError) -> CommandFailure {
        if error.code == -32001 { return CommandFailure(.roleMissing, error.message) }
        if let reason = error.reason { return .refused(reason, error.message) }
        return CommandFailure(.failed, error.message)
    }
}
