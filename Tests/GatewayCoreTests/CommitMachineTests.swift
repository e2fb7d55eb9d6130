import LockModel
import Testing

@testable import GatewayCore

@Suite("What waits for a commit")
struct CommitMachineTests {
    private func entry(_ number: Int64, _ body: RecordBody = .gatewayStopped) -> Effect {
        .append(
            JournalEntry(
                record: Record(number: number, at: Timestamp(milliseconds: 0), bootMilliseconds: 0, timeTrust: .trusted, body: body),
                changes: []
            )
        )
    }

    private func accepted(_ number: Int64, _ operation: Int64) -> Effect {
        let obligation = Obligation(
            operation: OperationNumber(operation), lock: front, action: .unlock, command: nil, resident: nil, bus: nil, openSeconds: 5,
            since: Timestamp(milliseconds: 0), relockBy: Timestamp(milliseconds: 1)
        )
        return entry(number, .unlockAccepted(UnlockAccepted(obligation: obligation, actor: ChangeActor(kind: .installer))))
    }

    private func drive(_ operation: Int64, _ action: MotorAction = .unlock) -> Effect {
        .drive(front, OperationNumber(operation), action, timedSeconds: nil, ttlMilliseconds: 5000)
    }

    private var reply: Effect {
        .reply(.admin(1), Reply(kind: .command, status: .accepted, final: false, at: Timestamp(milliseconds: 0), timeTrust: .trusted))
    }

    private func performed(_ outputs: [CommitMachine.Output]) -> [Effect] {
        outputs.compactMap { if case .perform(let effect) = $0 { effect } else { nil } }
    }

    private func committed(_ outputs: [CommitMachine.Output]) -> [Int64] {
        outputs.flatMap { if case .commit(let batch) = $0 { batch.map(\.record.number) } else { [Int64]() } }
    }

    @Test("locking, reading, dropping, timers and alarms never wait for a disk")
    func safetyFirst() {
        var commits = CommitMachine(lastRecord: 0)
        let safe: [Effect] = [
            drive(9, .lock), .read(front, 1), .drop(front), .timer(front, .step, atBootMilliseconds: 1),
            .alarm(front, .doorOpen, raised: true),
        ]
        #expect(performed(commits.handle(.effects([entry(1)] + safe))) == safe)
        #expect(performed(commits.handle(.effects(safe))) == safe)
        _ = commits.handle(.failed)
        #expect(performed(commits.handle(.effects(safe))) == safe)
    }

    @Test("what tells of a record waits until it is durable, in the order it came")
    func order() {
        var commits = CommitMachine(lastRecord: 0)
        let status = Effect.snapshot(front, anna, bus, nil)
        #expect(performed(commits.handle(.effects([entry(1), reply, entry(2), status]))).isEmpty)
        #expect(committed(commits.handle(.turnEnded)) == [1, 2])
        #expect(performed(commits.handle(.committed(2))) == [reply, status])
        #expect(commits.isIdle)
        #expect(performed(commits.handle(.effects([reply]))) == [reply])
    }

    @Test("one batch syncs while the next gathers")
    func group() {
        var commits = CommitMachine(lastRecord: 0)
        _ = commits.handle(.effects([entry(1)]))
        #expect(committed(commits.handle(.turnEnded)) == [1])
        _ = commits.handle(.effects([entry(2), reply]))
        #expect(committed(commits.handle(.turnEnded)).isEmpty)
        _ = commits.handle(.effects([entry(3)]))
        #expect(performed(commits.handle(.committed(1))).isEmpty)
        #expect(committed(commits.handle(.turnEnded)) == [2, 3])
        #expect(performed(commits.handle(.committed(3))) == [reply])
    }

    @Test("an unlock goes only once its own acceptance is durable, and only once")
    func unlock() {
        var commits = CommitMachine(lastRecord: 0)
        _ = commits.handle(.effects([accepted(1, 7)]))
        #expect(performed(commits.handle(.effects([drive(7)]))).isEmpty)
        _ = commits.handle(.turnEnded)
        #expect(
            performed(commits.handle(.committed(1))).isEmpty, "an unlock that came before its record was durable is a fault and never sent")

        var good = CommitMachine(lastRecord: 0)
        _ = good.handle(.effects([accepted(1, 7)]))
        _ = good.handle(.turnEnded)
        _ = good.handle(.committed(1))
        #expect(performed(good.handle(.effects([drive(7)]))) == [drive(7)])
        #expect(performed(good.handle(.effects([drive(7)]))).isEmpty)
    }

    @Test("an unlock does not wait for a later record of something else: it would be sent when nobody counts on it any more")
    func noStaleUnlock() {
        var commits = CommitMachine(lastRecord: 0)
        _ = commits.handle(.effects([accepted(1, 7)]))
        _ = commits.handle(.turnEnded)
        _ = commits.handle(.committed(1))
        #expect(performed(commits.handle(.effects([entry(2), drive(7)]))) == [drive(7)])
        _ = commits.handle(.turnEnded)
        #expect(performed(commits.handle(.committed(2))).isEmpty)
    }

    @Test("an unlock accepted before the last start is never sent")
    func restart() {
        var commits = CommitMachine(lastRecord: 50)
        #expect(performed(commits.handle(.effects([drive(7)]))).isEmpty)
    }

    @Test("a cancelled unlock is never sent")
    func cancelled() {
        var commits = CommitMachine(lastRecord: 0)
        _ = commits.handle(.effects([accepted(1, 7)]))
        _ = commits.handle(.turnEnded)
        _ = commits.handle(.committed(1))
        let cancelled = UnlockCancelled(lock: front, operation: OperationNumber(7), command: nil, reason: .timeout)
        _ = commits.handle(.effects([entry(2, .unlockCancelled(cancelled))]))
        #expect(performed(commits.handle(.effects([drive(7)]))).isEmpty)
    }

    @Test(
        "after the journal failed nothing is opened, recorded or claimed on a bus; refusals are still told, and the operator hears how locking goes"
    )
    func failed() {
        var commits = CommitMachine(lastRecord: 0)
        _ = commits.handle(.effects([accepted(1, 7)]))
        _ = commits.handle(.turnEnded)
        _ = commits.handle(.committed(1))
        _ = commits.handle(.effects([entry(2), reply]))
        _ = commits.handle(.turnEnded)
        _ = commits.handle(.failed)
        #expect(commits.handle(.committed(2)).isEmpty)
        let refused = Effect.reply(
            .admin(1),
            Reply(kind: .command, status: .refused, final: true, reason: .frozen, at: Timestamp(milliseconds: 0), timeTrust: .trusted)
        )
        let claimed = Effect.reply(
            .bus(ReplyRoute(bus: bus, principal: shop)),
            Reply(kind: .command, status: .accepted, final: false, at: Timestamp(milliseconds: 0), timeTrust: .trusted)
        )
        #expect(performed(commits.handle(.effects([entry(3), drive(7), claimed, refused, reply]))) == [refused, reply])
        #expect(commits.handle(.turnEnded).isEmpty)
        #expect(commits.hasFailed && commits.isIdle)
    }
}
