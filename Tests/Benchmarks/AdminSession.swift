import AdapterProtocol
import Glibc
import LinuxIO
import WireBytes

/// The admin socket, many requests at a time: enrolling thousands of locks one by one would take longer than the benchmark.
final class AdminSession {
    private static let openRequests = 32
    private let socket: OwnedDescriptor
    private var splitter = LineSplitter(limit: LineCodec.maximumBytes)
    private var nextID: Int64 = 0

    init(path: String) throws {
        socket = try UnixSocket.connect(path)
        _ = try call(.initialize, Nothing()) as AdminGreeting
    }

    func call<Result: Decodable>(_ method: AdminMethod, _ params: some Encodable) throws -> Result {
        try send(method, params)
        return try StrictJSON.decode(Result.self, from: .object(try answer()))
    }

    /// Makes one request after another, without waiting for each; every one must succeed.
    func callAll<Params: Encodable>(_ method: AdminMethod, _ all: some Sequence<Params>) throws {
        var open = 0
        for params in all {
            if open == Self.openRequests {
                _ = try answer()
                open -= 1
            }
            try send(method, params)
            open += 1
        }
        for _ in 0..<open { _ = try answer() }
    }

    private func send(_ method: AdminMethod, _ params: some Encodable) throws {
        nextID += 1
        var bytes = (try LineCodec.call(method.rawValue, id: .number(nextID), params) + [0x0A])[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.send(socket.number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count < 0 && (errno == EINTR || errno == EAGAIN) {
                wait(for: POLLOUT)
                continue
            }
            guard count > 0 else { throw Mishap("the admin socket was closed") }
            bytes = bytes.dropFirst(count)
        }
    }

    private func answer() throws -> JSONObject {
        while true {
            if case .line(let line) = splitter.next() {
                switch try LineCodec.read(line) {
                case .result(_, let object): return object
                case .failure(_, let error): throw Mishap("the gateway refused: \(error.message)")
                case .notification, .request: continue
                }
            }
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = read(socket.number, &chunk, chunk.count)
            if count < 0 && (errno == EINTR || errno == EAGAIN) {
                wait(for: POLLIN)
                continue
            }
            guard count > 0 else { throw Mishap("the admin socket was closed") }
            chunk[..<count].withUnsafeBytes { splitter.append($0) }
        }
    }

    private func wait(for events: Int32) {
        var entry = pollfd(fd: socket.number, events: Int16(events), revents: 0)
        poll(&entry, 1, -1)
    }
}
