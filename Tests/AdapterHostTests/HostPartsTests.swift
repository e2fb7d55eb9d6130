import Glibc
import LinuxIO
import Testing

@testable import AdapterHost

@Suite("Parts of the host")
struct HostPartsTests {
    @Test("the fifty-first notification in one second is one too many, and the second passes")
    func floodSecond() {
        var gauge = FloodGauge(.init())
        let admitted = ((0..<50).map { Int64($0) } + [999, 1001]).map { gauge.admit(at: $0) }
        #expect(admitted == Array(repeating: true, count: 50) + [false, true])
    }

    @Test("the six hundred and first in one minute is one too many")
    func floodMinute() {
        var gauge = FloodGauge(.init())
        let admitted = ((0..<600).map { Int64($0) * 90 } + [59_999, 60_001]).map { gauge.admit(at: $0) }
        #expect(admitted == Array(repeating: true, count: 600) + [false, true])
    }

    @Test("the pause before a restart doubles from one second to five minutes")
    func backOff() {
        var timings = ChildTimings()
        timings.quarantineCrashes = 100
        var policy = RestartPolicy(timings)
        var now: Int64 = 0
        let pauses = (0..<11).map { _ -> Int64 in
            now += 1000
            guard case .restart(let pause) = policy.crashed(startedAt: now - 500, at: now) else { return -1 }
            return pause
        }
        #expect(pauses == [1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000, 300_000])
    }

    @Test("five crashes within ten minutes are the quarantine, five in an hour are not")
    func quarantine() {
        var hurried = RestartPolicy(ChildTimings())
        let verdicts = (0..<5).map { hurried.crashed(startedAt: Int64($0) * 100_000, at: Int64($0) * 100_000 + 1) }
        #expect(verdicts.last == .quarantine && !verdicts.dropLast().contains(.quarantine))
        var slow = RestartPolicy(ChildTimings())
        let patient = (0..<5).map { slow.crashed(startedAt: Int64($0) * 720_000, at: Int64($0) * 720_000 + 1) }
        #expect(!patient.contains(.quarantine))
    }

    @Test("a long good life starts the pauses again")
    func goodLife() {
        var policy = RestartPolicy(ChildTimings())
        _ = policy.crashed(startedAt: 0, at: 1)
        _ = policy.crashed(startedAt: 1000, at: 1001)
        let verdict = policy.crashed(startedAt: 3000, at: 3_000_000)
        #expect(verdict == .restart(afterMilliseconds: 1000))
    }

    @Test("standard error comes in whole lines, cut at 4 KiB, with nothing in them that could forge a line")
    func relay() {
        var relay = StandardErrorRelay()
        let long = Array(repeating: UInt8(ascii: "x"), count: 10_000) + [0x0A]
        let pieces = [Array("one\ntw".utf8), Array("o\u{1B}[2J\u{202E}\n".utf8), [0xFF, 0x0A], long, Array("last".utf8)]
        let lines = pieces.map { relay.take($0, at: 0) }
        #expect(lines == [["one"], ["two\\u{1b}[2J\\u{202e}"], ["\u{FFFD}"], [String(repeating: "x", count: 4096) + "…"], []])
        let ends = [relay.end(at: 0), relay.end(at: 0)]
        #expect(ends == ["last", nil])
    }

    @Test("of more than a hundred lines a second the rest is dropped and counted")
    func relayRate() {
        var relay = StandardErrorRelay()
        let first = relay.take(Array(String(repeating: "x\n", count: 150).utf8), at: 5000)
        let later = relay.take(Array("y\n".utf8), at: 6000)
        #expect(first.count == 100 && relay.dropped == 50 && later == ["y"])
    }

    @Test("a lane lets so many go at once and the rest in order")
    func lane() {
        var lane = CallLane(limit: 2)
        var gone: [Int] = []
        for number in 0..<5 { lane.enter { gone.append(number) }?() }
        #expect(gone == [0, 1])
        for _ in 0..<3 { lane.leave()?() }
        #expect(gone == [0, 1, 2, 3, 4])
        let after = (0..<2).map { _ in lane.leave() == nil }
        #expect(after == [true, true])
        lane.enter { gone.append(9) }?()
        #expect(gone.last == 9)
    }

    @Test("a child's folder is emptied whatever is in it, and links are not followed")
    func folder() throws {
        var template = Array("/tmp/folder-XXXXXX".utf8CString)
        let base = try #require(mkdtemp(&template).map { String(cString: $0) })
        let (mine, other) = (base + "/mine", base + "/other")
        mkdir(other, 0o700)
        close(open(other + "/keep", O_CREAT | O_WRONLY, 0o600))
        try PrivateFolder.prepare(mine)
        mkdir(mine + "/deep", 0o700)
        mkdir(mine + "/deep/er", 0o700)
        close(open(mine + "/deep/er/file", O_CREAT | O_WRONLY, 0o600))
        symlink(other, mine + "/link")
        try PrivateFolder.prepare(mine)
        #expect(rmdir(mine) == 0)
        #expect(access(other + "/keep", F_OK) == 0)
        symlink(other, mine)
        #expect(throws: IOFailure.self) { try PrivateFolder.prepare(mine) }
        PrivateFolder.remove(base)
        #expect(access(base, F_OK) != 0)
    }
}
