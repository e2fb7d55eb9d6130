import Glibc
import LinuxIO
import Testing

/// Runs a loop on the test's thread until the body's handlers stop it, or records an issue after ten seconds.
func withLoop(_ body: (EventLoop) throws -> Void) throws {
    try Signals.ignoreBrokenPipes()
    let loop = try EventLoop()
    try body(loop)
    let watchdog = loop.schedule(afterMilliseconds: 10_000) {
        Issue.record("nothing stopped the loop within ten seconds")
        loop.stop()
    }
    try loop.run()
    loop.cancel(watchdog)
}

/// Gathers what a handler saw; lives on the loop's thread like the handler.
final class Seen<Value> {
    var values: [Value] = []
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// Writes all of it to a blocking or roomy descriptor.
func writeAll(_ bytes: [UInt8], to descriptor: OwnedDescriptor) -> Bool {
    write(descriptor.number, bytes, bytes.count) == bytes.count
}

/// An empty folder that goes with its contents when the test ends.
final class TemporaryFolder {
    let path: String

    init() throws {
        var template = bytes("/tmp/linuxio-XXXXXX") + [0]
        let made = template.withUnsafeMutableBufferPointer { room -> String? in
            room.withMemoryRebound(to: CChar.self) { room in
                room.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
            }
        }
        path = try #require(made)
    }

    func file(_ name: String) -> String { path + "/" + name }

    deinit {
        if let folder = opendir(path) {
            while let entry = readdir(folder) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                unlink(file(name))
            }
            closedir(folder)
        }
        rmdir(path)
    }
}
