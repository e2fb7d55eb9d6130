import LockModel
import Simulation
import Testing

@testable import GatewayCore

@Suite("Who is told")
struct AudienceTests {
    @Test("a retailer sees a lock's events only within its own obligations; the resident sees all of them")
    func ownObligationsOnly() {
        let world = World.home()
        let grant = world.grant(to: shop)
        world.grant(to: rival)
        let (mine, theirs, home) = (world.events(of: shop).count, world.events(of: rival).count, world.events(of: anna).count)
        world.turn(front, to: .unlocked, .manual)
        world.turn(front, to: .locked, .manual)
        world.unlock(grant, openSeconds: 5)
        world.seconds(3)
        world.swing(front, to: .open)
        world.swing(front, to: .closed)
        world.seconds(10)
        world.swing(front, to: .open)
        #expect(
            Array(world.events(of: shop)[mine...]) == [
                "lock.unlockAccepted", "lock.unlocked", "door.opened", "door.closed", "lock.relocked",
            ])
        #expect(world.events(of: rival).count == theirs)
        #expect(world.events(of: anna).count == home + 8)
        #expect(world.violations.isEmpty, "\(world.violations)")
    }

    @Test("a retailer that waits for the same lock does not see another's acceptance, unlock or relock")
    func anothersCommand() {
        let world = World.home()
        let mine = world.grant(to: shop)
        let theirs = world.grant(to: rival)
        let seen = world.events(of: shop).count
        world.unlock(theirs, openSeconds: 10)
        world.unlock(mine, openSeconds: 5)
        #expect(Array(world.events(of: shop)[seen...]) == ["lock.unlockAccepted"])
        world.seconds(60)
        let told = world.published.filter { $0.addressees.contains { $0.principal == shop } }
        for record in told.suffix(3) {
            switch record.body {
            case .unlockAccepted(let body): #expect(body.obligation.command?.issuer == shop)
            case .lockChanged(let body): #expect(body.command?.issuer == shop)
            default: Issue.record("unexpected \(record.body.kind)")
            }
        }
        #expect(Array(world.events(of: shop)[seen...]) == ["lock.unlockAccepted", "lock.unlocked", "lock.relocked"])
    }

    @Test("a grant is told to its resident and its retailer, to nobody else")
    func grants() {
        let world = World.home()
        let before = world.events(of: rival).count
        world.grant(to: shop)
        #expect(world.events(of: shop).last == "grant.installed")
        #expect(world.events(of: anna).last == "grant.installed")
        #expect(world.events(of: rival).count == before)
    }

    @Test("a retailer's snapshot is there while its grant's window is open or its obligation stands, and cleared after")
    func snapshots() {
        let world = World.home()
        let grant = world.grant { $0.expires = $0.notBefore.advanced(byMilliseconds: 20_000) }
        #expect(world.snapshots.last { $0.to == shop }?.snapshot?.bolt == .locked)
        world.unlock(grant, openSeconds: 60)
        world.seconds(30)
        world.swing(front, to: .open)
        #expect(world.snapshots.last { $0.to == shop }?.snapshot?.door == .open)
        world.swing(front, to: .closed)
        world.seconds(60)
        #expect(world.isClosed())
        #expect(world.snapshots.last { $0.to == shop }?.snapshot == nil)
        #expect(!world.snapshots.contains { $0.to == rival })
    }

    @Test("a record is sealed for the resident whose door it is about")
    func owner() {
        let world = World.home()
        let grant = world.grant()
        world.unlock(grant)
        world.seconds(60)
        let owners = world.shelf.records.suffix(3).map(\.owner)
        #expect(owners == [anna, anna, anna])
    }
}
