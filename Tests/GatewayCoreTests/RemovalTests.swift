import LockModel
import Simulation
import Testing

@testable import GatewayCore

@Suite("Removing a lock")
struct RemovalTests {
    private func refusals(_ world: World, _ lock: LockID = front) -> [Reason?] {
        world.replies(to: world.admin(.removeLock(lock))).map(\.reason) + world.replies(to: world.admin(.holdLock(lock))).map(\.reason)
    }

    @Test("a lock at rest is recorded as removed, and its timers and its machine are gone, after a restart too")
    func removed() {
        let world = World.home()
        let before = world.lastRecord
        let ticket = world.admin(.removeLock(front))
        #expect(world.replies(to: ticket).map(\.status) == [.accepted])
        #expect(world.kinds(after: before) == ["lock.removed"])
        #expect(world.timers[front]?.isEmpty != false)
        for _ in 0..<2 {
            #expect(world.machine.locks[front] == nil && world.machine.ledger.locks[front] == nil)
            #expect(world.machine.locks[back] != nil)
            world.crash()
            world.start()
            world.seconds(5)
        }
        #expect(world.violations.isEmpty, "\(world.violations)")
    }

    @Test("its grants are revoked: they open nothing, not even a lock that gets its name later")
    func grants() {
        let world = World.home()
        let grant = world.grant()
        let before = world.lastRecord
        world.admin(.removeLock(front))
        #expect(world.kinds(after: before) == ["lock.removed", "grant.revoked"])
        #expect(world.statuses.last?.id == grant.id && world.statuses.last?.status == .revoked)
        #expect(world.events(of: shop).last == "grant.revoked")
        #expect(world.replies(to: world.unlock(grant)).map(\.reason) == [.unknownLock])
        world.admin(.addLock(LockEntry(lock: front, adapter: named("loopback"), relockWaiver: "a test's")))
        world.seconds(5)
        #expect(world.isClosed())
        #expect(world.replies(to: world.unlock(grant)).map(\.reason) == [.grantRevoked])
        #expect(world.statuses(of: world.unlock(world.grant())) == [.accepted])
        #expect(world.unlocks() == 1)
        #expect(world.violations.isEmpty, "\(world.violations)")
    }

    @Test("what was retained of it is taken back from everybody who saw it, and again from a broker that was away")
    func snapshots() {
        let world = World.home()
        world.grant()
        world.grant(to: rival, on: back)
        func cleared(_ body: () -> Void) -> Set<PrincipalID> {
            let before = world.snapshots.count
            body()
            let told = world.snapshots[before...].filter { $0.lock == front }
            #expect(told.allSatisfy { $0.snapshot == nil })
            return Set(told.map(\.to))
        }
        #expect(cleared { world.admin(.removeLock(front)) } == [anna, shop])
        #expect(cleared { world.give(.busConnected(Home.bus)) } == [anna, shop])
        world.seconds(120)
        world.admin(.addLock(LockEntry(lock: front, adapter: named("loopback"))))
        world.seconds(5)
        #expect(world.snapshots.last { $0.lock == front && $0.to == anna }?.snapshot != nil)
    }

    @Test("a lock that is open, or owes a relock, stays")
    func owed() {
        let world = World.home()
        let command = world.unlock(world.grant(), openSeconds: 30)
        world.seconds(5)
        #expect(refusals(world) == [.busy, .busy])
        world.seconds(60)
        #expect(world.statuses(of: command).last == .secured)
        #expect(world.replies(to: world.admin(.removeLock(front))).map(\.status) == [.accepted])
    }

    @Test("a lock with an unlock that waits for its notice stays")
    func accepted() {
        let world = World.home { $0.acknowledgesNotices = false }
        world.unlock(world.grant())
        #expect(refusals(world) == [.busy, .busy])
    }

    @Test("a lock that is being locked stays, though nothing is owed")
    func locking() {
        let world = World.home { $0.doors[Home.front]?.reading = .never }
        world.admin(.lock(front, actor: ChangeActor(kind: .installer)))
        #expect(refusals(world) == [.busy, .busy])
    }

    @Test("a lock with an alarm stays until somebody answers for it")
    func alarmed() {
        let world = World.home()
        world.turn(front, to: .unlocked, .remote)
        world.seconds(2)
        #expect(world.alarms[front] == .unsolicitedUnlock)
        #expect(refusals(world) == [.actionNotAllowed, .actionNotAllowed])
        world.admin(.release(front, note: "it was me"))
        world.seconds(2)
        #expect(world.replies(to: world.admin(.removeLock(front))).map(\.status) == [.accepted])
    }

    @Test("a lock that is not there can't be removed, and a gateway that is frozen or stops removes none")
    func elsewhere() {
        let world = World.home()
        #expect(refusals(world, named("cellar")) == [.unknownLock, .unknownLock])
        world.give(.roomIsScarce(true))
        #expect(refusals(world) == [.frozen, .frozen])
        world.give(.roomIsScarce(false))
        world.give(.stop)
        #expect(refusals(world) == [.shuttingDown, .shuttingDown])
        #expect(world.machine.ledger.locks[front] != nil)
    }

    @Test("while its adapter parts from it nothing new is taken on, and it opens again if it stays")
    func held() {
        let world = World.home()
        let grant = world.grant()
        #expect(world.replies(to: world.admin(.holdLock(front))).map(\.final) == [false])
        #expect(world.replies(to: world.unlock(grant)).map(\.reason) == [.busy])
        #expect(world.replies(to: world.admin(.lock(front, actor: ChangeActor(kind: .installer)))).map(\.reason) == [.busy])
        world.admin(.keepLock(front))
        #expect(world.statuses(of: world.unlock(grant)) == [.accepted])
    }

    @Test("a removal that was refused leaves nothing held")
    func refusedWhileHeld() {
        let world = World.home()
        let grant = world.grant()
        world.admin(.holdLock(front))
        world.turn(front, to: .unlocked, .remote)
        world.seconds(2)
        #expect(world.replies(to: world.admin(.removeLock(front))).map(\.reason) == [.actionNotAllowed])
        world.admin(.release(front, note: "it was me"))
        world.turn(front, to: .locked, .manual)
        world.seconds(10)
        #expect(world.statuses(of: world.unlock(grant)).first == .accepted)
    }

    @Test("a reading asked of the lock before is none of the lock that has its name now")
    func lateReading() {
        let world = World.home()
        let last = world.machine.locks[front]?.readNumber ?? 0
        #expect(last > 0)
        world.attachesLocks = false
        world.admin(.removeLock(front))
        world.admin(.addLock(LockEntry(lock: front, adapter: named("loopback"))))
        world.attachesLocks = true
        world.linkUp(front)
        #expect(world.machine.locks[front]?.readNumber == last + 1)
    }
}
