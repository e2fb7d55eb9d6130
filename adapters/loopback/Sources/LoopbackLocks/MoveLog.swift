import Glibc
import LinuxIO
import LockModel
import WireBytes

/// The append-only record of every motor run: what really happened at the door, for whoever has to judge the gateway.
///
/// One JSON line `{lock, move, phase, at}` by one write(2), before the motor turns; it outlives a crash of this process, not of the
/// machine.
final class MoveLog {
    private struct Line: Encodable {
        var lock: String
        var move: MotorAction
        var phase: VirtualLock.MovePhase
        var at: Timestamp
    }

    private let descriptor: OwnedDescriptor

    /// Opens or makes the file.
    /// - Throws: ``IOFailure`` where it cannot be written.
    init(path: String) throws(IOFailure) {
        let number = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        guard number >= 0 else { throw .last("open") }
        descriptor = OwnedDescriptor(taking: number)
    }

    /// Writes one line.
    /// - Throws: any error means that it is not written; then no motor may turn, and the program ends.
    func write(lock: String, _ move: MotorAction, _ phase: VirtualLock.MovePhase) throws {
        let at = Timestamp(milliseconds: Clocks.wallMilliseconds())
        var bytes = try StrictJSON.encode(Line(lock: lock, move: move, phase: phase, at: at))
        bytes.append(0x0A)
        guard Glibc.write(descriptor.number, bytes, bytes.count) == bytes.count else { throw IOFailure.last("write") }
    }
}
