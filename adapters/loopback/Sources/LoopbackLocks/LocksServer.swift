import Glibc
import LinuxIO
import LockModel
import WireBytes

/// The socket at which the virtual locks are reached, and in stand-in mode standard input too. Anybody who reaches its folder may use it: an adapter has a
/// user of its own, and these doors are nobody's.
final class LocksServer {
    private static let limits = LineLimits(outputBytes: 8 << 20)
    /// Standard input and output, as a link.
    private static let standardLink = 0

    private let loop: EventLoop
    private let bank: LockBank
    private let options: Options
    private var listener: UnixListener?
    private var channels: [Int: LineChannel] = [:]
    private var nextLink = 1

    init(_ options: Options, loop: EventLoop) throws {
        self.options = options
        self.loop = loop
        bank = LockBank(options.locks, loop: loop, moveLog: try MoveLog(path: options.moveLog))
        listener = try UnixListener(loop: loop, path: options.socket, mode: 0o666) { [weak self] descriptor, _ in
            self?.connected(descriptor)
        }
        bank.send = { [weak self] link, line in _ = self?.channels[link]?.send(line) }
        bank.hangUp = { [weak self] link in self?.hangUp(link) }
        bank.fail = { [weak self] error in self?.fail(error) }
        if options.isStandIn {
            channels[LocksServer.standardLink] = try LineChannel(
                loop: loop, input: OwnedDescriptor(taking: STDIN_FILENO), output: OwnedDescriptor(taking: STDOUT_FILENO),
                limits: LocksServer.limits,
                onLine: { [weak self] line in self?.bank.receive(line, from: LocksServer.standardLink) },
                onClosed: { [weak self] _ in self?.loop.stop() })
        }
    }

    /// Says on standard output that the locks can be reached.
    func sayReady() throws {
        struct Ready: Encodable {
            struct Config: Encodable {
                var socket: String
            }
            var ready = true
            var config: Config
            var vendorState: JSONValue = .null
            var pin: JSONValue = .null
        }
        let line = try StrictJSON.encode(Ready(config: .init(socket: options.socket)))
        if let standard = channels[LocksServer.standardLink] {
            _ = standard.send(line)
        } else {
            _ = write(STDOUT_FILENO, line + [0x0A], line.count + 1)
        }
    }

    private func connected(_ descriptor: OwnedDescriptor) {
        let link = nextLink
        nextLink += 1
        channels[link] = try? LineChannel(
            loop: loop, input: descriptor, output: descriptor, limits: LocksServer.limits,
            onLine: { [weak self] line in self?.bank.receive(line, from: link) },
            onClosed: { [weak self] _ in self?.ended(link) })
    }

    private func hangUp(_ link: Int) {
        guard link != LocksServer.standardLink else { return }
        channels[link]?.close()
        ended(link)
    }

    private func ended(_ link: Int) {
        channels[link] = nil
        bank.linkEnded(link)
    }

    private func fail(_ error: any Error) {
        let text = "the move log cannot be written: \(error)\n"
        _ = write(STDERR_FILENO, text, text.utf8.count)
        _exit(1)
    }
}
