import LockModel
import Simulation
import Testing

@testable import GatewayCore

@Suite("When a grant may be used")
struct WindowTests {
    private let mondays = GrantWindow.weekly(days: [.mon], fromMinute: 540, toMinute: 720)

    private func openings(_ world: World, from: Int64, to: Int64, until: Int64) -> GrantOpenings {
        let wall = world.instants.wall
        return GrantOpenings(
            stretches: [GrantOpenings.Stretch(from: wall.advanced(byMilliseconds: from), to: wall.advanced(byMilliseconds: to))],
            until: wall.advanced(byMilliseconds: until))
    }

    @Test("a weekly window that was not worked out yet is not open")
    func unknown() {
        let world = World.home()
        let grant = world.grant { $0.windows = [mondays] }
        #expect(world.expansions.map(\.id) == [grant.id])
        #expect(world.replies(to: world.unlock(grant)).map(\.reason) == [.outsideWindow])
    }

    @Test("inside its window a command opens, outside it is refused, half-open, and past what was worked out nothing is open")
    func edges() {
        let world = World.home()
        let grant = world.grant { $0.windows = [mondays] }
        world.give(.expanded(grant.id, openings(world, from: 10_000, to: 20_000, until: 30_000)))
        #expect(world.replies(to: world.unlock(grant)).map(\.reason) == [.outsideWindow])
        let check = world.send(world.command(.check, grant: grant, openSeconds: nil))
        #expect(world.replies(to: check).last?.opensAt == world.instants.wall.advanced(byMilliseconds: 10_000))
        world.advance(10_000)
        world.unlock(grant, openSeconds: 1)
        world.advance(9_999)
        #expect(world.unlocks() == 1)
        world.advance(1)
        #expect(world.replies(to: world.unlock(grant)).map(\.reason) == [.outsideWindow])
        world.give(.expanded(grant.id, openings(world, from: -1000, to: 50_000, until: 0)))
        #expect(world.replies(to: world.unlock(grant)).map(\.reason) == [.outsideWindow])
    }

    @Test("a window that closes between acceptance and the motor stops the unlock")
    func closesInBetween() {
        let world = World.home { $0.acknowledgesNotices = false }
        let grant = world.grant { $0.windows = [mondays] }
        world.give(.expanded(grant.id, openings(world, from: -1000, to: 1000, until: 90_000)))
        let command = world.unlock(grant)
        world.advance(1000)
        for held in world.heldNotices { world.give(.noticeAcknowledged(held.lock, held.operation)) }
        #expect(world.unlocks() == 0)
        #expect(world.replies(to: command).last?.reason == .outsideWindow)
    }

    @Test("a retailer's sight of a lock begins and ends with the window, to the minute")
    func sight() {
        let world = World.home()
        let grant = world.grant { $0.windows = [mondays] }
        world.give(.expanded(grant.id, openings(world, from: 60_000, to: 180_000, until: 900_000)))
        func shown() -> Bool? { world.snapshots.last { $0.to == shop && $0.lock == front }.map { $0.snapshot != nil } }
        #expect(shown() == false)
        world.advance(61_000)
        world.give(.minute)
        #expect(shown() == true)
        world.advance(120_000)
        world.give(.minute)
        #expect(shown() == false)
    }

    @Test("windows are asked for again before they run out, and after a restart")
    func again() {
        let world = World.home()
        let grant = world.grant { $0.windows = [mondays] }
        world.give(.expanded(grant.id, openings(world, from: 0, to: 1000, until: 3 * 86_400_000)))
        world.expansions = []
        world.give(.minute)
        #expect(world.expansions.isEmpty)
        world.advance(86_400_000 + 1)
        world.give(.minute)
        #expect(world.expansions.map(\.id) == [grant.id])
        world.expansions = []
        world.crash()
        world.start()
        #expect(world.expansions.map(\.id) == [grant.id])
    }

    @Test("a grant's status says expiring on its last day and expired after it")
    func status() {
        let world = World.home()
        let grant = world.grant(days: 2)
        #expect(world.statuses.last?.status == .installed)
        world.advance(86_400_000 + 1000)
        world.give(.minute)
        #expect(world.statuses.last?.status == .expiring)
        world.advance(86_400_000)
        world.give(.minute)
        #expect(world.statuses.last?.status == .expired)
        #expect(world.statuses.last?.id == grant.id)
    }
}
