import GatewayCore
import LockModel
import Testing

@testable import Simulation

/// Each checker is shown what it is there for; the machines themselves never do this.
@Suite("A checker notices")
struct CheckerTests {
    /// A home with one unlock accepted, announced and not yet sent, and its operation.
    private func accepted(_ change: (inout Grant) -> Void = { _ in }) throws -> (World, OperationNumber, CommandToken, Grant) {
        let world = World.home { $0.acknowledgesNotices = false }
        let grant = world.grant(change)
        let command = world.unlock(grant, openSeconds: 30)
        let operation = try #require(world.shelf.open.first?.operation)
        world.witness.announced.insert(operation)
        return (world, operation, command, grant)
    }

    private func unlock(_ world: World, _ operation: OperationNumber) {
        world.perform(.drive(Home.front, operation, .unlock, timedSeconds: nil, ttlMilliseconds: 5000))
    }

    private func broken(_ world: World) -> [Invariant] { world.violations.map(\.invariant) }

    @Test("nothing where nothing is wrong")
    func good() throws {
        let (world, operation, _, _) = try accepted()
        unlock(world, operation)
        #expect(broken(world).isEmpty, "\(world.violations)")
    }

    @Test("an unlock nobody accepted, and one whose command nobody signed or that is over")
    func authority() throws {
        let world = World.home()
        unlock(world, OperationNumber(99))
        #expect(broken(world) == [.i1])
        let (other, operation, command, _) = try accepted()
        other.witness.issued[command.envelope.hash] = nil
        unlock(other, operation)
        #expect(broken(other) == [.i1])
        let (late, old, _, _) = try accepted()
        late.now += 200_000
        unlock(late, old)
        #expect(broken(late) == [.i1])
    }

    @Test("an unlock for the same command again, and one more than the grant has")
    func twice() throws {
        let (world, operation, _, _) = try accepted()
        unlock(world, operation)
        unlock(world, operation)
        #expect(broken(world).contains(.i1b))
        let (used, another, _, grant) = try accepted { $0.maxUses = 1 }
        used.witness.granted[grant.id]?.sent["before"] = 1
        unlock(used, another)
        #expect(broken(used) == [.i1c])
    }

    @Test("an unlock of a revoked grant or a suspended retailer")
    func revoked() throws {
        let (world, operation, _, grant) = try accepted()
        world.witness.revoked.insert(grant.id)
        unlock(world, operation)
        #expect(broken(world) == [.i4])
        let (other, another, _, _) = try accepted()
        other.witness.suspended.insert(Home.shop)
        unlock(other, another)
        #expect(broken(other) == [.i4])
    }

    @Test("an unlock of an earlier process, of an unread lock, of one nothing would lock again, or before its notice")
    func moment() throws {
        let (old, first, _, _) = try accepted()
        old.witness.operationsBefore = first.value
        unlock(old, first)
        #expect(broken(old) == [.i5])
        let (unread, second, _, _) = try accepted()
        unread.cut(Home.front)
        unlock(unread, second)
        #expect(broken(unread) == [.i6])
        let (doubtful, third, _, _) = try accepted()
        doubtful.witness.waived.remove(Home.front)
        unlock(doubtful, third)
        #expect(broken(doubtful) == [.i14])
        let (silent, fourth, _, _) = try accepted()
        silent.witness.announced.remove(fourth)
        unlock(silent, fourth)
        #expect(broken(silent) == [.i2])
    }

    @Test("an unlock that waits past its time with no alarm, with a bus and without one")
    func overdue() throws {
        for (hasBus, expected) in [(true, Invariant.i2), (false, .i12)] {
            let (world, _, _, _) = try accepted()
            world.hasBus = hasBus
            world.now += 1_000_000
            world.checkTime()
            #expect(broken(world) == [expected])
        }
    }

    @Test("a bolt that moves for an unlock that ended, and a door open and taken for closed")
    func mistaken() throws {
        let world = World.home()
        world.unlock(world.grant(), openSeconds: 5)
        world.seconds(20)
        let operation = try #require(world.shelf.ended.first)
        world.runMotor(Home.front, operation, .unlock, nil, isStray: false)
        #expect(broken(world) == [.i2b])
        world.seconds(30)
        world.seconds(30)
        #expect(broken(world).contains(.i2b) && world.violations.contains { $0.what.contains("taken for closed") })
        world.checkEnds()
        #expect(broken(world).contains(.i2c))
    }

    @Test("a motor run against a door known to be open")
    func harm() {
        let world = World.home()
        world.swing(Home.front, to: .open)
        world.perform(.drive(Home.front, OperationNumber(50), .lock, timedSeconds: nil, ttlMilliseconds: 5000))
        #expect(broken(world) == [.i2c])
    }

    @Test("a gap in a principal's events, an event told twice, and one told before it is durable")
    func events() throws {
        let world = World.home()
        var record = try #require(world.shelf.records.last)
        record.number += 1
        record.addressees = [Record.Addressee(principal: Home.anna, sequence: 1000)]
        world.checkRecord(record)
        #expect(broken(world) == [.i3])
        world.publish(record)
        #expect(broken(world).last == .i9)
        world.publish(record)
        #expect(broken(world).last == .i3)
    }

    @Test("an acceptance told before it is durable, and one told to another")
    func telling() throws {
        let (world, _, command, _) = try accepted()
        let reply = try #require(world.replies(to: command).first)
        world.witness.answered = []
        world.perform(.reply(.bus(ReplyRoute(bus: Home.bus, principal: Home.shop)), reply))
        #expect(broken(world) == [.i9])
        world.perform(.reply(.bus(ReplyRoute(bus: Home.bus, principal: Home.rival)), reply))
        #expect(broken(world).contains(.i11))
        world.perform(
            .notice(Notice(lock: Home.back, principal: Home.rival, bus: Home.bus, owed: .init(relockBy: reply.at, since: reply.at))))
        #expect(broken(world).last == .i11)
    }

    @Test("a start on less than was acknowledged, and on something else")
    func start() {
        let world = World.home()
        var state = world.shelf.state
        state.lastRecord -= 1
        world.checkLoaded(state)
        #expect(broken(world) == [.i9])
        var other = world.shelf.state
        other.cursors = []
        world.checkLoaded(other)
        #expect(broken(world) == [.i9, .i9])
    }

    @Test("a start that says nothing of what was owed, or forgets an alarm")
    func silentStart() throws {
        let (world, _, _, _) = try accepted()
        world.checkStart(world.shelf.state)
        #expect(broken(world) == [.i2])
    }

    @Test("an answer from behind the fence that does something")
    func fence() {
        let world = World.home()
        world.witness.fenced.insert(OperationNumber(7))
        world.check(.lock(Home.front, .answered(OperationNumber(7), .notSent(.busy))), [.drop(Home.front)])
        #expect(broken(world) == [.i13])
    }

    @Test("a command accepted though it was known to be over")
    func known() throws {
        let (world, _, command, _) = try accepted()
        let obligation = try #require(world.shelf.open.first)
        var record = try #require(world.shelf.records.last)
        record.bootMilliseconds += 200_000
        world.checkAcceptance(obligation, record)
        #expect(broken(world) == [.i8])
        #expect(world.replies(to: command).count == 1)
    }

    @Test("a healthy lock that is not relocked while another is in trouble, and a lock nobody tends")
    func neglected() {
        let world = World.home { $0.livesOn = true }
        world.doors[Home.front]?.locking = .never
        world.unlock(world.grant(), openSeconds: 5)
        world.seconds(3)
        world.doors[Home.front]?.locking = .truly
        world.witness.locks[Home.front]?.wellSince = 10
        world.now += 30_000
        world.checkTime()
        #expect(broken(world).contains(.i7))
        world.now += 600_000
        world.checkTime()
        #expect(broken(world).contains(.i2c))
    }

    @Test("more waiting than the bounds allow")
    func bounds() {
        let world = World.home { $0.settings.relock.waitingUnlocks = 3 }
        let grant = world.grant()
        for _ in 0..<8 { world.unlock(grant) }
        #expect(broken(world).isEmpty)
        world.settings.relock.waitingUnlocks = 0
        world.check(.lock(Home.front, .timer(.queue)), [])
        #expect(broken(world) == [.i10])
    }
}
