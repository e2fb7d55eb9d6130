import Glibc
import LinuxIO
import Testing

@Suite("Unix sockets")
struct UnixListenerTests {
    @Test("a connection comes with the peer's process, user and groups")
    func credentials() throws {
        let folder = try TemporaryFolder()
        let peers = Seen<PeerCredentials>()
        try withLoop { loop in
            let listener = try UnixListener(loop: loop, path: folder.file("s"), mode: 0o660) { _, peer in
                peers.values.append(peer)
                loop.stop()
            }
            let client = try UnixSocket.connect(folder.file("s"))
            try loop.run()
            #expect(client.number > 0)
            listener.close()
            loop.schedule(afterMilliseconds: 0) { loop.stop() }
        }
        var groups = [gid_t](repeating: 0, count: 1024)
        let count = Int(getgroups(1024, &groups))
        let peer = try #require(peers.values.first)
        #expect((peer.pid, peer.uid, peer.gid) == (getpid(), geteuid(), getegid()))
        #expect(peer.groups.sorted() == groups[..<count].sorted())
    }

    @Test("the file has the mode it was given, and is gone after close")
    func mode() throws {
        let folder = try TemporaryFolder()
        let loop = try EventLoop()
        let listener = try UnixListener(loop: loop, path: folder.file("s"), mode: 0o620) { _, _ in }
        var status = stat()
        #expect(stat(folder.file("s"), &status) == 0)
        #expect(status.st_mode & 0o7777 == 0o620)
        listener.close()
        #expect(stat(folder.file("s"), &status) == -1)
    }

    @Test("a socket somebody answers at is left alone, one left by the dead is replaced")
    func stale() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("s")
        let loop = try EventLoop()
        let living = try UnixListener(loop: loop, path: path, mode: 0o600) { _, _ in }
        #expect(throws: UnixListener.Failure.inUse) { try UnixListener(loop: loop, path: path, mode: 0o600) { _, _ in } }
        #expect(throws: Never.self) { try UnixSocket.connect(path) }
        living.close()

        // A bound socket whose process has closed it: the file stays behind.
        let abandoned = try UnixListener(loop: loop, path: folder.file("other"), mode: 0o600) { _, _ in }
        #expect(link(folder.file("other"), path) == 0)
        abandoned.close()
        let replacing = try UnixListener(loop: loop, path: path, mode: 0o600) { _, _ in }
        #expect(throws: Never.self) { try UnixSocket.connect(path) }
        replacing.close()
    }

    @Test("a file that is no socket is never removed")
    func notASocket() throws {
        let folder = try TemporaryFolder()
        close(open(folder.file("precious"), O_CREAT | O_WRONLY, 0o600))
        let loop = try EventLoop()
        #expect(throws: UnixListener.Failure.notASocket) {
            try UnixListener(loop: loop, path: folder.file("precious"), mode: 0o600) { _, _ in }
        }
        #expect(access(folder.file("precious"), F_OK) == 0)
    }

    @Test("a path of 107 bytes works, one of 108 is refused by name")
    func longPaths() throws {
        let folder = try TemporaryFolder()
        let loop = try EventLoop()
        let longest = folder.file(String(repeating: "x", count: 107 - folder.path.utf8.count - 1))
        let listener = try UnixListener(loop: loop, path: longest, mode: 0o600) { _, _ in }
        #expect(throws: Never.self) { try UnixSocket.connect(longest) }
        listener.close()
        #expect(throws: UnixListener.Failure.pathUnusable) {
            try UnixListener(loop: loop, path: longest + "x", mode: 0o600) { _, _ in }
        }
        #expect(throws: IOFailure(call: "connect", code: ENAMETOOLONG)) { try UnixSocket.connect(longest + "x") }
    }
}
