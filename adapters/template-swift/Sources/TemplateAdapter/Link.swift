// SPDX-License-Identifier: MIT-0
import AdapterKit
import AdapterProtocol
import Dispatch
import Glibc
import Synchronization
import TemplateLines

/// The one link to the lock: questions with their answers, and what the lock tells unasked. Your lock's own protocol takes its place.
///
/// Nothing waits to be sent later: where there is no link a question fails, so a command never reaches a lock after its time.
final class Link: Sendable {
    private struct State {
        /// −1 while there is no link.
        var socket: Int32 = -1
        var isWanted = false
        var lastNumber = 0
        var waiting: [Int: CheckedContinuation<LockAnswer, any Error>] = [:]
    }

    private static let answerTime = Duration.seconds(2)
    private let path: String
    private let onEvent: @Sendable (LockEvent) -> Void
    private let state = Mutex(State())
    /// Reading blocks, so it has a thread of its own.
    private let reading = DispatchQueue(label: "link")

    /// A link that is made when it is first needed.
    init(path: String, onEvent: @escaping @Sendable (LockEvent) -> Void) {
        self.path = path
        self.onEvent = onEvent
    }

    // MARK: - Asking

    /// Asks, and waits two seconds for the answer.
    func ask(_ question: String) async throws -> LockAnswer {
        try await withThrowingTaskGroup(of: LockAnswer.self) { group in
            group.addTask { try await self.ask(question) {} }
            group.addTask {
                try await Task.sleep(for: Link.answerTime)
                throw AdapterFailure(.deviceUnreachable, "the lock does not answer")
            }
            defer { group.cancelAll() }
            guard let answer = try await group.next() else { throw CancellationError() }
            return answer
        }
    }

    /// Asks, and waits for the answer as long as the link holds.
    ///
    /// - Parameter beforeSend: called when the link stands, right before the first byte; where it throws, nothing is sent.
    /// - Throws: ``AdapterFailure`` `deviceUnreachable` where there is no link or it breaks; `CancellationError`; what `beforeSend` throws.
    func ask(_ question: String, beforeSend: () throws -> Void) async throws -> LockAnswer {
        try connect()
        let number = state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                state.withLock { $0.waiting[number] = continuation }
                do {
                    try Task.checkCancellation()
                    try beforeSend()
                    try send("\(number) \(question)")
                } catch {
                    finish(number, .failure(error))
                }
            }
        } onCancel: {
            finish(number, .failure(CancellationError()))
        }
    }

    private func finish(_ number: Int, _ result: Result<LockAnswer, any Error>) {
        let waiting = state.withLock { $0.waiting.removeValue(forKey: number) }
        waiting?.resume(with: result)
    }

    private func send(_ line: String) throws(AdapterFailure) {
        let bytes = Array((line + "\n").utf8)
        // Under the mutex, so that the descriptor is not another's by then.
        let isSent = state.withLock { state in
            state.socket >= 0
                && Glibc.send(state.socket, bytes, bytes.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL)) == bytes.count
        }
        guard isSent else { throw AdapterFailure(.deviceUnreachable, "the link to the lock broke") }
    }

    // MARK: - The link

    /// Makes the link, unless it stands.
    /// - Throws: ``AdapterFailure`` `deviceUnreachable` where nobody listens.
    func connect() throws(AdapterFailure) {
        let isNew = try state.withLock { state throws(AdapterFailure) -> Int32? in
            state.isWanted = true
            guard state.socket < 0 else { return nil }
            state.socket = try Link.open(path)
            return state.socket
        }
        guard let socket = isNew else { return }
        reading.async { self.listen(socket) }
        try send("0 attach")
    }

    /// Ends the link; nothing more reaches the lock by it.
    func close() {
        state.withLock { state in
            state.isWanted = false
            // The reader wakes and closes it.
            if state.socket >= 0 { shutdown(state.socket, Int32(SHUT_RDWR)) }
            state.socket = -1
        }
    }

    private func listen(_ socket: Int32) {
        var buffer = LineBuffer()
        var piece = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(socket, &piece, piece.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            for line in buffer.take(piece[..<count]) { received(line) }
        }
        let lost = state.withLock { state in
            if state.socket == socket { state.socket = -1 }
            Glibc.close(socket)
            defer { state.waiting = [:] }
            return state.waiting
        }
        for continuation in lost.values { continuation.resume(throwing: AdapterFailure(.deviceUnreachable, "the link to the lock broke")) }
        meetAgain()
    }

    private func received(_ line: String) {
        switch LockWords(line) {
        case .answer(let number, let answer): finish(number, .success(answer))
        case .event(let event): onEvent(event)
        case nil: break
        }
    }

    /// Listens on after the lock hung up, unless nobody wants the link.
    private func meetAgain() {
        guard state.withLock({ $0.isWanted }) else { return }
        do throws(AdapterFailure) { try connect() } catch {
            reading.asyncAfter(deadline: .now() + .milliseconds(500)) { self.meetAgain() }
        }
    }

    private static func open(_ path: String) throws(AdapterFailure) -> Int32 {
        let socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard socket >= 0, path.utf8.count < room else { throw AdapterFailure(.badConfig, "socket: no path for a socket") }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let connected = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard connected == 0 else {
            Glibc.close(socket)
            throw AdapterFailure(.deviceUnreachable, "the lock is out of reach")
        }
        return socket
    }
}
