import LockModel
import Testing

@testable import LoopbackLocks

@Suite("The arguments of the virtual locks")
struct OptionsTests {
    @Test("a lock is described in one word")
    func oneWord() throws {
        let options = try Options(["--socket", "/s", "--move-log", "/m", "--lock", "front:door:auto=30:timed:unlatch:motor=0"])
        let lock = try #require(options.locks.first)
        #expect(lock.name == "front" && lock.door == .closed && lock.timedUnlock && lock.unlatch && lock.motorMilliseconds == 0)
        #expect(lock.autoRelock == AutoRelock(armed: true, seconds: 30, waitsForDoor: false))
        #expect(lock.capabilities.doorSensor && lock.capabilities.timedUnlock != nil && lock.capabilities.autoRelock != nil)
    }

    @Test("a lock without a door contact, relock or timer declares none")
    func bare() throws {
        let options = try Options(["--socket", "/s", "--move-log", "/m", "--lock", "back"])
        let capabilities = try #require(options.locks.first).capabilities
        #expect(!capabilities.doorSensor && capabilities.autoRelock == nil && capabilities.timedUnlock == nil && !capabilities.unlatch)
    }

    @Test(
        "wrong arguments are named",
        arguments: [
            [], ["--socket", "/s"], ["--socket"], ["--socket", "/s", "--move-log", "/m"], ["--colour", "red"],
            ["--socket", "/s", "--move-log", "/m", "--lock", "Front"],
            ["--socket", "/s", "--move-log", "/m", "--lock", "a:auto=0"],
            ["--socket", "/s", "--move-log", "/m", "--lock", "a:motor"],
            ["--socket", "/s", "--move-log", "/m", "--lock", "a", "--lock", "a"],
            ["--socket", "/s", "--move-log", "/m", "--locks", "/does/not/exist"],
        ])
    func wrong(arguments: [String]) {
        #expect { try Options(arguments) } throws: { !String(describing: $0).isEmpty && $0 is Options.Refusal }
    }
}
