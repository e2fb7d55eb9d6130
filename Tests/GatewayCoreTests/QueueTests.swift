import LockModel
import Simulation
import Testing

@testable import GatewayCore

@Suite("Unlocks that wait")
struct QueueTests {
    @Test("sixteen wait behind the one under way; the next is refused as busy")
    func sixteen() {
        let world = World.home()
        let grant = world.grant()
        let commands = (0..<18).map { _ in world.unlock(grant) }
        #expect(commands[..<17].allSatisfy { world.statuses(of: $0) == [.accepted] })
        #expect(world.replies(to: commands[17]).map(\.reason) == [.busy])
        #expect(world.unlocks() == 1)
    }

    @Test("each is taken up when the door is locked again, and prolongs nothing")
    func oneAfterAnother() {
        let world = World.home()
        let grant = world.grant()
        let first = world.unlock(grant, openSeconds: 10)
        let second = world.unlock(grant, openSeconds: 10)
        world.seconds(50)
        #expect(world.doors[front]?.moves.map(\.action) == [.unlock, .lock, .unlock, .lock])
        #expect(world.statuses(of: first) == [.accepted, .unlocked, .secured])
        #expect(world.statuses(of: second) == [.accepted, .unlocked, .secured])
        #expect(world.violations.isEmpty, "\(world.violations)")
    }

    @Test("one whose command expires while it waits ends as timeout, with its use given back")
    func expires() {
        let world = World.home()
        let grant = world.grant()
        world.unlock(grant, openSeconds: 60)
        let waiting = world.send(world.command(grant: grant) { $0.expires = $0.envelope.issuedAt.advanced(byMilliseconds: 10_000) })
        world.advance(14_900)
        #expect(world.statuses(of: waiting) == [.accepted])
        world.advance(200)
        #expect(world.statuses(of: waiting) == [.accepted, .failed])
        #expect(world.replies(to: waiting).last?.reason == .timeout)
        #expect(world.machine.ledger.uses[grant.id]?.spent == 1)
        world.seconds(120)
        #expect(world.unlocks() == 1)
    }

    @Test("a lock command overtakes them: the door is locked first, then they go on")
    func lockOvertakes() {
        let world = World.home()
        let grant = world.grant()
        world.unlock(grant, openSeconds: 60)
        let second = world.unlock(grant, openSeconds: 5)
        world.seconds(5)
        let lock = world.send(world.command(.lock, openSeconds: nil))
        #expect(world.statuses(of: lock) == [.accepted])
        world.seconds(6)
        #expect(world.statuses(of: lock) == [.accepted, .secured])
        #expect(world.doors[front]?.moves.map(\.action).prefix(2) == [.unlock, .lock])
        world.seconds(30)
        #expect(world.statuses(of: second) == [.accepted, .unlocked, .secured])
        #expect(world.violations.isEmpty, "\(world.violations)")
    }

    @Test("a lock command while an unlock waits for its notice locks first, and the unlock is announced anew")
    func lockWhileAccepted() {
        let world = World.home { $0.acknowledgesNotices = false }
        let grant = world.grant()
        let unlock = world.unlock(grant)
        let lock = world.send(world.command(.lock, openSeconds: nil))
        world.acknowledgesNotices = true
        world.seconds(10)
        #expect(world.statuses(of: lock) == [.accepted, .secured])
        #expect(world.statuses(of: unlock) == [.accepted, .unlocked])
        #expect(world.unlocks() == 1)
    }

    @Test("a lock command while the motor unlocks locks as soon as the unlock is answered")
    func lockWhileUnlocking() {
        let world = World.home()
        let grant = world.grant()
        world.unlock(grant, openSeconds: 60)
        world.seconds(1)
        let lock = world.send(world.command(.lock, openSeconds: nil))
        world.seconds(8)
        #expect(world.statuses(of: lock) == [.accepted, .secured])
        #expect(world.doors[front]?.moves.map(\.action) == [.unlock, .lock])
    }

    @Test("a retailer with neither an obligation nor a live grant can't lock; with a live grant it can")
    func whoMayLock() {
        let world = World.home()
        let grant = world.grant()
        let stranger = world.send(world.command(.lock, by: rival, openSeconds: nil))
        #expect(world.replies(to: stranger).map(\.reason) == [.noGrant])
        #expect(world.replies(to: world.send(world.command(.lock, openSeconds: nil))).map(\.reason) == [.noGrant])
        let quoted = world.send(world.command(.lock, grant: grant, openSeconds: nil))
        world.seconds(10)
        #expect(world.statuses(of: quoted) == [.accepted, .secured])
    }

    @Test("when the lock's link breaks they all end as lockOffline, with their uses given back")
    func linkBreaks() {
        let world = World.home()
        let grant = world.grant()
        world.unlock(grant, openSeconds: 60)
        let waiting = [world.unlock(grant), world.unlock(grant)]
        world.seconds(5)
        world.linkDown(front)
        #expect(waiting.allSatisfy { world.replies(to: $0).last?.reason == .lockOffline })
        #expect(world.machine.ledger.uses[grant.id]?.spent == 1)
    }

    @Test("wishes to lock are bounded too")
    func lockRequestsAreBounded() {
        let world = World.home()
        let grant = world.grant()
        world.unlock(grant, openSeconds: 5)
        world.doors[front]?.door = .open
        world.seconds(10)
        for _ in 0..<100 {
            world.send(world.command(.lock, grant: grant, openSeconds: nil))
            world.advance(250)
        }
        #expect((world.machine.locks[front]?.requests.count ?? 0) <= world.settings.relock.waitingUnlocks)
        #expect(world.replies.last?.reply.reason == .busy)
    }
}
