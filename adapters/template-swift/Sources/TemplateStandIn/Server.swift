// SPDX-License-Identifier: MIT-0
import Glibc
import TemplateLines

/// The socket the adapter reaches the lock at, and the kit's lines on standard input: one thread, which waits for all of them at once.
final class Server {
    private let lock = VirtualLock()
    private let path: String
    private let listener: Int32
    private var hearsKit: Bool
    private var links: [Int32: LineBuffer] = [:]
    private var kit = LineBuffer()

    /// Listens at `bolt.sock` in the folder.
    /// - Returns: `nil` where it can't.
    init?(folder: String, hearsKit: Bool) {
        path = folder + "/bolt.sock"
        self.hearsKit = hearsKit
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard listener >= 0, path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        unlink(path)
        let bound = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0, chmod(path, 0o666) == 0, listen(listener, 8) == 0 else { return nil }
        lock.tell = { [weak self] line in self?.tellAll(line) }
        lock.over = { [weak self] driver, result in self?.over(driver, result) }
    }

    /// Serves until standard input ends, where the kit is heard; else until it is killed.
    func run() {
        print(KitLine.ready(socket: path))
        while true {
            let due = lock.due(at: Server.now())
            var waits = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
            for link in links.keys { waits.append(pollfd(fd: link, events: Int16(POLLIN), revents: 0)) }
            // The kit last: what came over a link before its line is done before its answer.
            if hearsKit { waits.append(pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)) }
            poll(&waits, nfds_t(waits.count), Int32(due.map { max(0, $0 - Server.now()) } ?? -1))
            for wait in waits where wait.revents != 0 {
                if wait.fd == listener {
                    let link = accept(listener, nil, nil)
                    guard link >= 0 else { continue }
                    _ = fcntl(link, F_SETFL, O_NONBLOCK)
                    links[link] = LineBuffer()
                } else if wait.fd == STDIN_FILENO {
                    guard case .bytes(let piece) = Server.read(STDIN_FILENO) else { return }
                    for line in kit.take(piece) { heard(line) }
                } else if links[wait.fd] != nil {
                    receive(wait.fd)
                }
            }
        }
    }

    private func print(_ line: String) { Server.write(STDOUT_FILENO, line + "\n") }

    // MARK: - The kit

    private func heard(_ line: String) {
        let request = KitLine(line)
        switch request {
        case .state: break
        case .turn(let action, let source): lock.turn(action, source: source, at: Server.now())
        case .setDoor(let door): lock.set(door: door)
        case .set(let name, let isOn):
            guard lock.set(name, isOn, at: Server.now()) else { return print(KitLine.refusal("unknown setting")) }
        case .hangUp: for link in links.keys { hangUp(link) }
        case nil: return print(KitLine.refusal("unknown line"))
        }
        _ = lock.due(at: Server.now())
        print(KitLine.state(of: lock, links: links.count))
    }

    // MARK: - The adapter

    private func receive(_ link: Int32) {
        // To the end of what is there, so that a link that hung up is gone at once.
        while links[link] != nil {
            switch Server.read(link) {
            case .bytes(let piece): take(piece, from: link)
            case .nothingYet: return
            case .end: hangUp(link)
            }
        }
    }

    private func take(_ piece: [UInt8], from link: Int32) {
        for line in links[link]?.take(piece) ?? [] {
            let words = line.split(separator: " ").map(String.init)
            guard words.count >= 2 else { continue }
            switch words[1] {
            case "attach": say(link, "\(words[0]) ok")
            case "read":
                let jammed = lock.isJammed ? "yes" : "no"
                say(link, "\(words[0]) ok bolt=\(lock.bolt) door=\(lock.door) jammed=\(jammed) battery=97")
            case "drive" where words.count == 4:
                lock.drive(words[2], by: VirtualLock.Driver(link: link, number: words[0], operation: words[3]), at: Server.now())
            default: say(link, "\(words[0]) refused")
            }
        }
    }

    private func over(_ driver: VirtualLock.Driver, _ result: String) {
        say(driver.link, "\(driver.number) \(result) bolt=\(lock.bolt) door=\(lock.door)")
    }

    private func tellAll(_ line: String) { for link in links.keys { say(link, line) } }

    private func say(_ link: Int32, _ line: String) {
        guard links[link] != nil, !lock.isQuiet else { return }
        Server.write(link, line + "\n")
    }

    private func hangUp(_ link: Int32) {
        links[link] = nil
        close(link)
    }

    // MARK: - Bytes

    private enum Piece {
        case bytes([UInt8])
        case nothingYet
        case end
    }

    private static func read(_ descriptor: Int32) -> Piece {
        var piece = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(descriptor, &piece, piece.count)
        if count > 0 { return .bytes(Array(piece[..<count])) }
        return count < 0 && (errno == EAGAIN || errno == EINTR) ? .nothingYet : .end
    }

    private static func write(_ descriptor: Int32, _ text: String) { _ = Glibc.write(descriptor, text, text.utf8.count) }

    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
